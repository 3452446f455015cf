"""The addresses of the knowledge base: everybody's and the staff's."""

from django.urls import path

from gongzhi.knowledge.views import files, house, public

app_name = "knowledge"

urlpatterns = [
    path("knowledge/", public.home, name="home"),
    path("knowledge/likely/", public.likely, name="likely"),
    path("knowledge/<int:article_id>/", public.article, name="article"),
    path("knowledge/<int:article_id>/helped/", public.helped, name="helped"),
    path("house/knowledge/", house.house, name="house"),
    path("house/knowledge/new/", house.write, name="write"),
    path("house/knowledge/similar/", house.similar, name="similar"),
    path("house/knowledge/likely/", house.likely, name="desk_likely"),
    path("house/knowledge/table.xlsx", files.table, name="table"),
    path("house/knowledge/take-in/", files.take_in, name="take_in"),
    path("house/knowledge/<int:article_id>/", house.house_article, name="house_article"),
    path("house/knowledge/<int:article_id>/change/", house.change, name="change"),
    path("house/knowledge/<int:article_id>/<slug:verb>/", house.step, name="step"),
]
