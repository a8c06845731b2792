"""The board of the day, and the pages that say where its figures come from."""

from django.urls import path

from desk.board import boundary_pages, pages
from reports.explain import pages as explain_pages
from reports.proof import pages as proof_pages

app_name = "dashboard"
urlpatterns = [
    path("", pages.home, name="home"),
    path("live/", pages.live_board, name="live"),
    path("wall/", pages.wall, name="wall"),
    path("wall/live/", pages.live_wall, name="live_wall"),
    path("w/<slug:name>/", pages.widget, name="widget"),
    path("w/<slug:name>/csv/", pages.widget_csv, name="widget_csv"),
    path("w/<slug:name>/svg/", pages.widget_svg, name="widget_svg"),
    path("team/<str:code>/", pages.team, name="team"),
    path("boundaries/", boundary_pages.boundaries, name="boundaries"),
    path("boundaries/remove/", boundary_pages.boundaries_remove, name="boundaries_remove"),
    path("proof/", proof_pages.proof, name="proof"),
    path("proof/progress/", proof_pages.progress, name="proof_progress"),
    path("explain/", explain_pages.explain_figure, name="explain"),
    path("explain/<uuid:session_id>/", explain_pages.explain_session, name="explain_session"),
]
