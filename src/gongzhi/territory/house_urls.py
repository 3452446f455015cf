"""The addresses of the ground's house-keeping; ``urls.py`` includes them under its name."""

from django.urls import path

from gongzhi.territory import house_views, place_views

urlpatterns = [
    path("house/calendar/", house_views.calendar, name="calendar"),
    path("house/calendar/day/", house_views.set_day, name="set_day"),
    path("house/calendar/hours/", house_views.set_hours, name="set_hours"),
    path("house/calendar/year/", house_views.seed_year, name="seed_year"),
    path("house/calendar/confirm/", house_views.confirm_year, name="confirm_year"),
    path("house/places/", place_views.places, name="places_page"),
    path("house/places/new/", place_views.place, name="place_new"),
    path("house/places/import/", place_views.import_places, name="places_import"),
    path("house/places/table.csv", place_views.table, name="places_table"),
    path("house/places/<int:place_id>/", place_views.place, name="place"),
    path("house/ground/", house_views.ground_page, name="ground"),
    path("house/ground/end/", house_views.end, name="end"),
    path("house/ground/borders/", house_views.borders, name="borders"),
]
