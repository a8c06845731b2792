"""Planning a day."""

from django.urls import path

from desk.plan.views import boards, calendars, campaigns, days, files, points, sending, targets

app_name = "plan"
urlpatterns = [
    path("", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/new/", campaigns.campaign_add, name="campaign_add"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:pk>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("campaigns/<int:pk>/start/", campaigns.campaign_start, name="campaign_start"),
    path("campaigns/<int:pk>/targets/", targets.targets, name="targets"),
    path("campaigns/<int:pk>/targets/set/<slug:way>/", targets.targets_set, name="targets_set"),
    path("days/<int:pk>/", days.day, name="day"),
    path("days/<int:pk>/misfits/", days.misfits, name="misfits"),
    path("days/<int:pk>/board/", boards.board, name="board"),
    path("days/<int:pk>/points/", boards.points, name="points"),
    path("days/<int:pk>/deploy/", sending.deploy, name="deploy"),
    path("days/<int:pk>/export/", files.day_export, name="day_export"),
    path("deployments/<int:pk>/", days.deployment, name="deployment"),
    path("deployments/<int:pk>/cancel/", days.deployment_cancel, name="deployment_cancel"),
    path("deployments/<int:pk>/move/", boards.deployment_move, name="deployment_move"),
    path("points/", points.point_list, name="point_list"),
    path("points/new/", points.point_add, name="point_add"),
    path("points/<int:pk>/", points.point_edit, name="point_edit"),
    path("points/<int:pk>/close/", points.point_close, name="point_close"),
    path("calendars/", calendars.calendar_list, name="calendar_list"),
    path("calendars/<slug:kind>/<int:pk>/", calendars.calendar_issue, name="calendar_issue"),
    path("calendars/<int:pk>/revoke/", calendars.calendar_revoke, name="calendar_revoke"),
    path("ical/<str:key>.ics", calendars.ical, name="ical"),
]
