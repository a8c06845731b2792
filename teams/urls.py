"""Staff's pages of the organisation."""

from django.urls import path

from teams import views

app_name = "teams"
urlpatterns = [
    path("", views.pass_list, name="pass_list"),
    path("teams/", views.pass_teams, name="pass_teams"),
    path("<int:pk>/revoke/", views.pass_revoke, name="pass_revoke"),
]
