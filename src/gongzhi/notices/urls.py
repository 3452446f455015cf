"""The mailbox page. It answers only in development."""

from django.urls import path

from gongzhi.notices import views

app_name = "notices"

urlpatterns = [path("mailbox/", views.mailbox, name="mailbox")]
