"""The addresses of the staff's side; ``urls.py`` includes them under the room's name."""

from django.urls import path

from gongzhi.workorders.staff_views import acting, bench, exporting, intake, ledger, likely, overview, rules

urlpatterns = [
    path("desk/", bench.desk, name="desk"),
    path("desk/bell/", bench.bell, name="desk_bell"),
    path("desk/filters/", bench.keep_filter, name="desk_filters"),
    path("desk/export.<slug:form>", exporting.export, name="desk_export"),
    path("desk/print/", exporting.paper, name="desk_print"),
    path("desk/new/", intake.new, name="desk_new"),
    path("desk/new/near/", intake.near, name="desk_near"),
    path("desk/new/done/", intake.taken, name="desk_taken"),
    path("desk/map/", overview.staff_map, name="desk_map"),
    path("desk/map/areas.json", overview.map_areas, name="desk_map_areas"),
    path("desk/map/points.json", overview.map_points, name="desk_map_points"),
    path("desk/units/", overview.units, name="desk_units"),
    path("desk/ledger/", ledger.ledger, name="desk_ledger"),
    path("desk/ledger/table.csv", ledger.file, name="desk_ledger_file"),
    path("desk/ledger/print/", ledger.paper, name="desk_ledger_print"),
    path("desk/ledger/cap/", ledger.cap, name="desk_ledger_cap"),
    path("desk/rules/", rules.rules, name="desk_rules"),
    path("desk/rules/table.csv", rules.table_file, name="desk_rules_file"),
    path("desk/rules/try/", rules.try_table, name="desk_rules_try"),
    path("desk/rules/force/", rules.put_table_in_force, name="desk_rules_force"),
    path("desk/rules/promises/<slug:code>/", rules.edit_promise, name="desk_promise"),
    path("desk/rules/<slug:code>/", rules.edit_line, name="desk_rule"),
    path("desk/<int:order_id>/", bench.desk_order, name="desk_order"),
    path("desk/<int:order_id>/print/", exporting.paper_order, name="desk_paper"),
    path("desk/<int:order_id>/likely/", likely.likely, name="desk_likely"),
    path("desk/<int:order_id>/contact/", acting.contact, name="desk_contact"),
    path("desk/<int:order_id>/<slug:verb>/", acting.take_step, name="desk_step"),
]
