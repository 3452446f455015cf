"""The addresses of papers: everybody's check, and the forms of those who keep them."""

from django.urls import path

from gongzhi.papers import views

app_name = "papers"

urlpatterns = [
    path("papers/check/", views.check, name="check"),
    path("papers/check/<str:digest>/", views.check_one, name="check_one"),
    path("house/papers/", views.forms_page, name="forms"),
    path("house/papers/<str:code>/", views.form, name="form"),
    path("house/papers/<str:code>/file/", views.form_file, name="form_file"),
    path("house/papers/<str:code>/review/", views.review, name="review"),
]
