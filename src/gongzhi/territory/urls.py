"""The addresses of the ground: shapes and names for maps and forms."""

from django.urls import path

from gongzhi.territory import house_urls, views

app_name = "territory"

urlpatterns = [
    path("ground/grids.json", views.grids, name="grids"),
    path("ground/grid/<int:grid_id>.json", views.sketch, name="sketch"),
    path("ground/features.json", views.features, name="features"),
    path("ground/places.json", views.places, name="places"),
    path("ground/where/", views.where, name="where"),
    *house_urls.urlpatterns,
]
