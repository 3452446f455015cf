"""The addresses of the register of posts."""

from django.urls import path

from gongzhi.people import key_views, line_views, views

app_name = "people"

urlpatterns = [
    path("house/people/", views.posts, name="posts"),
    path("house/people/give/", views.give, name="give"),
    path("house/people/posts/<int:post_id>/end/", views.end, name="end"),
    path("house/keys/", key_views.keys, name="keys"),
    path("house/keys/<int:pk>/take/", key_views.take, name="key_take"),
    path("house/lines/", line_views.lines_page, name="lines"),
    path("house/lines/import/", line_views.import_lines, name="lines_import"),
    path("house/lines/table.csv", line_views.table, name="lines_table"),
    path("house/lines/<slug:line>.json", line_views.layer, name="lines_layer"),
]
