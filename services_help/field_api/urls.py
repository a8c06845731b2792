"""Routes under ``/field/api/``. What is logged goes to ``/api/v1/sync/``, as from any other client."""

from django.urls import path

from services_help.field_api import views

urlpatterns = [
    path("session/", views.SessionApi.as_view(), name="api_session"),
    path("kit/", views.KitApi.as_view(), name="api_kit"),
    path("former/", views.FormerApi.as_view(), name="api_former"),
    path("teams/", views.TeamsApi.as_view(), name="api_teams"),
    path("sessions/<uuid:session_id>/answer/", views.AnswerApi.as_view(), name="api_answer"),
    path("device/", views.DeviceApi.as_view(), name="api_device"),
    path("photos/<uuid:photo_id>/", views.PhotoApi.as_view(), name="api_photo"),
]
