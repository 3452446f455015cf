"""The addresses of the room: the resident's and the outside bodies' here, the staff's in ``staff_urls.py``."""

from django.urls import path

from gongzhi.workorders import outside_views, staff_urls
from gongzhi.workorders.open311 import urls as open311
from gongzhi.workorders.resident_views import codes, following, hooks, matter, photos, reporting, tips, way

app_name = "workorders"

urlpatterns = [
    path("report/", reporting.report, name="report"),
    path("report/near/", reporting.near, name="near"),
    path("report/questions/", reporting.asked, name="report_questions"),
    path("report/places/", reporting.places, name="report_places"),
    path("report/done/", reporting.done, name="report_done"),
    path("report/topics/<slug:board>/", reporting.topics, name="topics"),
    path("matter/<int:pk>/", matter.show, name="order"),
    path("matter/<int:pk>/way/", way.way, name="way"),
    path("matter/<int:pk>/follow/", following.follow, name="follow"),
    path("matter/<int:pk>/unfollow/", following.unfollow, name="unfollow"),
    path("matter/<int:pk>/<slug:verb>/", matter.act, name="act"),
    path("q/", codes.enter, name="enter_code"),
    path("q/<str:code>/", codes.scanned, name="code"),
    path("account/webhooks/", hooks.show, name="hooks"),
    path("account/webhooks/given-up/<int:pk>/", hooks.resend, name="hook_resend"),
    path("account/webhooks/<int:pk>/<slug:verb>/", hooks.act, name="hook"),
    path("police/", way.police, name="police"),
    path("tip/", tips.give, name="tip"),
    path("tip/done/", tips.done, name="tip_done"),
    path("tip/code/", tips.enter, name="tip_code"),
    path("outside/<str:code>/", outside_views.outside, name="outside"),
    path("photo/<uuid:key>/", photos.photo, name="photo"),
    path("photo/<uuid:key>/small/", photos.photo, {"small": True}, name="photo_small"),
    *open311.urlpatterns,
    *staff_urls.urlpatterns,
]
