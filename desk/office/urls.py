"""Văn phòng: nhật ký, quyền, danh mục theo ngày, thời hạn lưu giữ, việc của máy chủ."""

from django.urls import path

from desk.office import catalogue, monitor_pages, person_pages, retention_pages, roles
from desk.office.trail import views as trail

app_name = "office"
urlpatterns = [
    path("trail/", trail.trail, name="trail"),
    path("trail/units/", trail.units, name="trail_units"),
    path("trail/export/", trail.take_out, name="trail_export"),
    path("trail/<int:pk>/", trail.event, name="event"),
    path("trail/alarms/<int:pk>/", trail.settle, name="alarm_settle"),
    path("roles/", roles.roles, name="roles"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/campaigns/", catalogue.campaigns, name="catalogue_campaigns"),
    path("retention/", retention_pages.retention, name="retention"),
    path("retention/<slug:name>/", retention_pages.rule, name="retention_rule"),
    path("retention/<slug:name>/hold/", retention_pages.hold, name="retention_hold"),
    path("monitor/", monitor_pages.monitor, name="monitor"),
    path("monitor/state/", monitor_pages.state, name="monitor_state"),
    path("monitor/retry/", monitor_pages.retry, name="monitor_retry"),
    path("monitor/jobs/<int:pk>/repeat/", monitor_pages.repeat, name="monitor_repeat"),
    path("monitor/jobs/<int:pk>/stop/", monitor_pages.stop, name="monitor_stop"),
    path("people/<int:pk>/", person_pages.person, name="person"),
    path("people/<int:pk>/export/", person_pages.hand_out, name="person_export"),
    path("people/<int:pk>/forget/", person_pages.forget, name="person_forget"),
]
