"""Routes under ``/api/v1/``."""

from django.urls import include, path

from reports.api import StatsApi, StatsPeriodsApi, StatsSchemaApi
from reports.events.api import EventsApi

urlpatterns = [
    path("", include("reports.odata.urls")),
    path("stats/", StatsApi.as_view(), name="stats"),
    path("stats/schema/", StatsSchemaApi.as_view(), name="stats_schema"),
    path("stats/periods/", StatsPeriodsApi.as_view(), name="stats_periods"),
    path("events/", EventsApi.as_view(), name="events"),
    path("stats/explain/", include("reports.explain.api_urls")),
]
