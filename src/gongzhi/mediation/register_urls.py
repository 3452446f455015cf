"""Addresses of the register and of the figures."""

from django.urls import path

from gongzhi.mediation.views import covering, figures, register, register_files, tables

urlpatterns = [
    path("mediators/", covering.nearby, name="nearby"),
    path("mediators/figures/", figures.published, name="published"),
    path("committee/", register.committees, name="committees"),
    path("committee/new/", register.committee_new, name="committee_new"),
    path("committee/<int:committee_id>/", register.committee, name="committee"),
    path("committee/mediators/", register.mediators, name="mediators"),
    path("committee/mediators/new/", register.mediator_new, name="mediator_new"),
    path("committee/mediators/mine/", register.declare, name="declare"),
    path("committee/mediators/file.xlsx", register_files.table, name="mediators_table"),
    path("committee/mediators/import/", register_files.take_in, name="mediators_import"),
    path("committee/mediators/<int:account_id>/", register.mediator, name="mediator"),
    path("committee/cases/<int:case_id>/mediators/", register.proposal, name="proposal"),
    path("committee/coverage/", covering.coverage, name="coverage"),
    path("committee/coverage/<slug:layer>.json", covering.coverage_map, name="coverage_map"),
    path("committee/duty/", covering.duty, name="duty"),
    path("committee/duty/stations/new/", tables.station, name="station_new"),
    path("committee/duty/stations/<int:station_id>/", tables.station, name="station"),
    path("committee/terms/", tables.terms_page, name="terms"),
    path("committee/terms/<slug:promise>/", tables.term, name="term"),
    path("cases/handovers/", tables.handovers, name="handovers"),
    path("committee/figures/", figures.figures, name="figures"),
    path("committee/figures/file.xlsx", figures.workbook, name="figures_file"),
    path("committee/ledger/", figures.ledger, name="ledger"),
    path("committee/ledger/<int:campaign_id>/", figures.ledger, name="campaign"),
    path("committee/self-help/", figures.self_help, name="self_help"),
    path("committee/petitions/", figures.petitions, name="petitions"),
]
