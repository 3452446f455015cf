"""The addresses of messages out. The mailbox page answers only in development."""

from django.urls import path

from gongzhi.notices import views

app_name = "notices"

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("notices/", views.inbox, name="inbox"),
    path("notices/read/", views.read, name="read_all"),
    path("notices/count/", views.count, name="count"),
    path("notices/choices/", views.choices, name="choices"),
    path("notices/hours/", views.hours, name="hours"),
    path("notices/outlets/", views.add_outlet, name="add_outlet"),
    path("notices/outlets/<int:pk>/drop/", views.drop_outlet, name="drop_outlet"),
    path("notices/subscribe/", views.subscribe, name="subscribe"),
    path("notices/sw.js", views.worker, name="worker"),
    path("notices/stop/<str:token>/", views.stop, name="stop"),
    path("notices/receipts/sms/", views.sms_receipt, name="sms_receipt"),
    path("notices/<uuid:key>/read/", views.read, name="read"),
]
