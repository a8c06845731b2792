"""Where a person is signed in, and by what else he can come in."""

from django.urls import path

from teams import access_pages

app_name = "access"
urlpatterns = [
    path("", access_pages.own, name="own"),
    path("<int:pk>/", access_pages.person, name="person"),
    path("end/", access_pages.end_others, name="end_others"),
    path("<int:pk>/end/", access_pages.end_all, name="end_all"),
    path("sessions/<int:pk>/end/", access_pages.end_one, name="end_one"),
    path("tokens/<int:pk>/revoke/", access_pages.token_revoke, name="token_revoke"),
    path("<int:pk>/factor/", access_pages.factor_reset, name="factor_reset"),
]
