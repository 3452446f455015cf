"""The addresses of the meetings."""

from django.urls import path

from gongzhi.meetings.views import calendar, calling, one

app_name = "meetings"

urlpatterns = [
    path("meetings/", calendar.mine, name="mine"),
    path("meetings/week/", calendar.week, name="week"),
    path("meetings/levels/", calendar.levels, name="levels"),
    path("meetings/new/", calling.new, name="new"),
    path("meetings/levels/new/", calling.new_series, name="new_series"),
    path("meetings/levels/<int:series_id>/", calling.series, name="series"),
    path("meetings/levels/<int:series_id>/end/", calling.end_series, name="end_series"),
    path("meetings/invitations/<int:invitation_id>/", one.answer, name="answer"),
    path("meetings/<int:meeting_id>/", one.meeting, name="meeting"),
    path("meetings/<int:meeting_id>/print/", one.paper, name="paper"),
    path("meetings/<int:meeting_id>/meeting.ics", one.ics_file, name="ics"),
    path("meetings/<int:meeting_id>/attendance/", one.attendance, name="attendance"),
    path("meetings/<int:meeting_id>/minutes/", one.minutes, name="minutes"),
    path("meetings/<int:meeting_id>/change/", calling.change, name="change"),
    path("meetings/<int:meeting_id>/invite/", calling.invite_more, name="invite"),
    path("meetings/<int:meeting_id>/cancel/", calling.cancel, name="cancel"),
]
