"""The board of the day."""

from django.urls import path

from reports import dashboard

app_name = "dashboard"
urlpatterns = [
    path("", dashboard.home, name="home"),
    path("live/", dashboard.live, name="live"),
]
