"""Registers the work orders with Django."""

from django.apps import AppConfig


class WorkOrdersConfig(AppConfig):
    name = "gongzhi.workorders"
    label = "workorders"
    verbose_name = "Work orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gongzhi.kit import banners
        from gongzhi.knowledge import topics
        from gongzhi.people import loads
        from gongzhi.workorders import books, key_scopes, staff_navigation
        from gongzhi.workorders.emergencies import modes as emergency_modes
        from gongzhi.workorders.staff_loads import open_in_areas, open_of_people
        from gongzhi.workorders.tables import told_topics
        from gongzhi.workorders.words import callouts as callout_words
        from gongzhi.workorders.words import messages

        staff_navigation.register_all()
        books.register_all()
        key_scopes.register_all()
        callout_words.register()
        messages.register_all()
        topics.register(told_topics)
        banners.register("workorders", emergency_modes.banners)
        loads.register("workorders", of_people=open_of_people, in_areas=open_in_areas)
