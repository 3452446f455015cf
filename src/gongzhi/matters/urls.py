"""The addresses of what rooms offer: topics for those who take them up, stories for everybody."""

from django.urls import path

from gongzhi.matters import views

app_name = "matters"
urlpatterns = [
    path("offers/", views.topics, name="topics"),
    path("offers/<int:offer_id>/", views.topic, name="topic"),
    path("stories/", views.stories, name="stories"),
    path("stories/<uuid:key>/", views.story, name="story"),
]
