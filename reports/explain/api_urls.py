"""Routes under ``/api/v1/stats/explain/``."""

from django.urls import path

from reports.explain.api import ExplainApi, ExplainDistinctApi, ExplainLinesApi, ExplainSessionsApi

urlpatterns = [
    path("", ExplainApi.as_view(), name="stats_explain"),
    path("sessions/", ExplainSessionsApi.as_view(), name="stats_explain_sessions"),
    path("lines/", ExplainLinesApi.as_view(), name="stats_explain_lines"),
    path("distinct/", ExplainDistinctApi.as_view(), name="stats_explain_distinct"),
]
