"""The addresses of the register of posts."""

from django.urls import path

from gongzhi.people import views

app_name = "people"

urlpatterns = [
    path("house/people/", views.posts, name="posts"),
    path("house/people/give/", views.give, name="give"),
    path("house/people/posts/<int:post_id>/end/", views.end, name="end"),
]
