"""The addresses of the evaluation."""

from django.urls import path

from gongzhi.evaluation.views import appeals, exporting, formulas, months, units

app_name = "evaluation"

urlpatterns = [
    path("evaluation/", months.month, name="month"),
    path("evaluation/print/", exporting.paper, name="paper"),
    path("evaluation/export.<slug:form>", exporting.export, name="export"),
    path("evaluation/formulas/", formulas.formulas, name="formulas"),
    path("evaluation/formulas/<int:version>/", formulas.formula, name="formula"),
    path("evaluation/formulas/<int:version>/copy/", formulas.copy, name="copy_formula"),
    path("evaluation/formulas/<int:version>/try/", formulas.try_formula, name="try_formula"),
    path("evaluation/formulas/<int:version>/enforce/", formulas.enforce, name="enforce_formula"),
    path("evaluation/formulas/<int:version>/drop/", formulas.drop, name="drop_formula"),
    path("evaluation/appeals/<int:appeal_id>/", appeals.decide, name="appeal"),
    path("evaluation/<str:month>/publish/", months.publish, name="publish"),
    path("evaluation/<str:month>/<int:unit_id>/", units.unit, name="unit"),
    path("evaluation/<str:month>/<int:unit_id>/print/", exporting.paper_unit, name="paper_unit"),
    path("evaluation/<str:month>/<int:unit_id>/<slug:figure>/", units.behind, name="behind"),
]
