"""The addresses of the standard; ``urls.py`` of the room includes them under the room's name."""

from django.urls import path

from gongzhi.workorders.open311 import doors

urlpatterns = [
    path("open311/discovery.<slug:form>", doors.discovery, name="open311_discovery"),
    # some clients look for it beside the services
    path("open311/v2/discovery.<slug:form>", doors.discovery, name="open311_v2_discovery"),
    path("open311/v2/services.<slug:form>", doors.service_list, name="open311_services"),
    path("open311/v2/services/<str:code>.<slug:form>", doors.service, name="open311_service"),
    path("open311/v2/requests.<slug:form>", doors.requests, name="open311_requests"),
    path("open311/v2/requests/<str:number>.<slug:form>", doors.one_request, name="open311_request"),
    path("open311/v2/tokens/<str:token>.<slug:form>", doors.token, name="open311_token"),
    path("open311/v2/media/<uuid:key>/<slug:code>.jpg", doors.media, name="open311_media"),
]
