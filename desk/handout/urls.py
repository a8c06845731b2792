"""What is handed out before a day."""

from django.urls import path

from desk.handout import views

app_name = "handout"
urlpatterns = [
    path("", views.home, name="home"),
    path("day/<int:pk>/", views.day, name="day"),
    path("unit/", views.choose_unit, name="choose_unit"),
    path("units/", views.units, name="units"),
    path("unit/<int:pk>/", views.unit, name="unit"),
]
