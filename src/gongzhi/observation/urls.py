"""The addresses of the observation window."""

from django.urls import path

from gongzhi.observation.views import board, briefs, maps, reports

app_name = "observation"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/panes/", board.panes, name="panes"),
    path("board/areas.json", board.areas, name="areas"),
    path("board/stream/", board.stream, name="stream"),
    path("board/list/", board.behind, name="behind"),
    path("board/maps/", maps.maps, name="maps"),
    path("board/maps/areas.json", maps.areas, name="maps_areas"),
    path("board/maps/heat.json", maps.heat, name="maps_heat"),
    path("board/maps/people/", maps.heads, name="heads"),
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/form/", briefs.form, name="brief_form"),
    path("briefs/form/file/", briefs.form_file, name="brief_form_file"),
    path("briefs/<int:brief_id>/", briefs.brief, name="brief"),
    path("briefs/<int:brief_id>/file.<slug:form>", briefs.file, name="brief_file"),
    path("briefs/<int:brief_id>/<slug:verb>/", briefs.act, name="brief_act"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<int:plan_id>/", reports.report, name="report"),
    path("reports/<int:plan_id>/file.xlsx", reports.workbook, name="report_file"),
    path("reports/<int:plan_id>/<slug:verb>/", reports.act, name="report_act"),
]
