"""The addresses of this room."""

from django.urls import path

from gongzhi.mediation import register_urls
from gongzhi.mediation.views import boundary, cases, offering, papers, signing, steps

app_name = "mediation"
urlpatterns = [
    path("cases/", cases.mine, name="mine"),
    path("cases/new/", cases.new, name="new"),
    path("cases/look-in/", cases.look_in, name="look_in"),
    path("cases/<int:case_id>/", cases.case, name="case"),
    path("cases/<int:case_id>/files/<uuid:key>/", cases.file, name="file"),
    path("cases/<int:case_id>/files/<uuid:key>/small/", cases.file, {"small": True}, name="thumbnail"),
    path("cases/<int:case_id>/signing/<int:version>/", signing.sign, name="signing"),
    path("cases/<int:case_id>/boundary/", boundary.boundary, name="boundary"),
    path("cases/<int:case_id>/offers/", offering.offers, name="offers"),
    path("cases/<int:case_id>/papers/", papers.papers_page, name="papers"),
    path("cases/<int:case_id>/papers/<slug:code>-<int:of>.<slug:form>", papers.paper, name="paper"),
    path("cases/<int:case_id>/<slug:verb>/", steps.step, name="step"),
    *register_urls.urlpatterns,
]
