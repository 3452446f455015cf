"""The JSON door: one document for all rooms. Each room brings its operations in ``api.py`` as ``router``."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from ninja import NinjaAPI

api = NinjaAPI(title="Gongzhi 共治", version="1.0.0", openapi_url="/openapi.json", docs_url="/docs")

for _app in settings.INSTALLED_APPS:
    if _app.startswith("gongzhi.") and find_spec(f"{_app}.api") is not None:
        api.add_router("", import_module(f"{_app}.api").router)
