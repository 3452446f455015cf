"""The addresses of the record: what changed in the tables."""

from django.urls import path

from gongzhi.journal import views

app_name = "journal"

urlpatterns = [
    path("house/changes/", views.changes, name="changes"),
    path("house/changes/<slug:table>/", views.changes, name="changes_of"),
    path("house/changes/<slug:table>/<int:entry_id>/undo/", views.undo, name="undo"),
]
