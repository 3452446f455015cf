"""The addresses of the house: each installed room and window brings its own ``urls.py``, the API its routers."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from gongzhi.api import api

handler400 = "gongzhi.kit.middleware.bad_request"
handler403 = "gongzhi.kit.middleware.forbidden"
handler404 = "gongzhi.kit.middleware.not_found"
handler500 = "gongzhi.kit.middleware.server_error"

urlpatterns = [
    *(
        path("", include(f"{app}.urls"))
        for app in settings.INSTALLED_APPS
        if app.startswith("gongzhi.") and find_spec(f"{app}.urls") is not None
    ),
    path("api/", api.urls),
]
