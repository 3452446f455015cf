"""The addresses of the observation window."""

from django.urls import path

from gongzhi.observation.views import board, briefs

app_name = "observation"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/panes/", board.panes, name="panes"),
    path("board/areas.json", board.areas, name="areas"),
    path("board/stream/", board.stream, name="stream"),
    path("board/list/", board.behind, name="behind"),
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/form/", briefs.form, name="brief_form"),
    path("briefs/form/file/", briefs.form_file, name="brief_form_file"),
    path("briefs/<int:brief_id>/", briefs.brief, name="brief"),
    path("briefs/<int:brief_id>/file.<slug:form>", briefs.file, name="brief_file"),
    path("briefs/<int:brief_id>/<slug:verb>/", briefs.act, name="brief_act"),
]
