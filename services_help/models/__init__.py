"""What is offered (the catalogue) and what was done (sessions and what was logged in them)."""

from services_help.models.catalogue import CampaignService, Metric, Service, ServiceMetric
from services_help.models.devices import DeviceReport, ScenePhoto
from services_help.models.records import (
    AgeGroup,
    AssistanceLog,
    Attendance,
    Channel,
    ItemKind,
    Receipt,
    Result,
    Session,
    SessionState,
    Void,
)

__all__ = [
    "AgeGroup",
    "AssistanceLog",
    "Attendance",
    "CampaignService",
    "Channel",
    "DeviceReport",
    "ItemKind",
    "Metric",
    "Receipt",
    "Result",
    "ScenePhoto",
    "Service",
    "ServiceMetric",
    "Session",
    "SessionState",
    "Void",
]
