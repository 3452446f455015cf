"""Addresses of the kit itself: the choice of language, and in development the page of all components."""

from django.conf import settings
from django.urls import path
from django.views.i18n import set_language

from gongzhi.kit.gallery import gallery

urlpatterns = [path("language/", set_language, name="set_language")]
if settings.DEVELOPMENT:
    urlpatterns.append(path("kit/", gallery, name="kit_gallery"))
