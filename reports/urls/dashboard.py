"""The board of the day."""

from django.urls import path

from reports import dashboard
from reports.explain import pages
from reports.proof import pages as proof_pages

app_name = "dashboard"
urlpatterns = [
    path("", dashboard.home, name="home"),
    path("live/", dashboard.live, name="live"),
    path("proof/", proof_pages.proof, name="proof"),
    path("proof/progress/", proof_pages.progress, name="proof_progress"),
    path("explain/", pages.explain_figure, name="explain"),
    path("explain/<uuid:session_id>/", pages.explain_session, name="explain_session"),
]
