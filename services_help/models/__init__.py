"""What is offered (the catalogue) and what was done (sessions and what was logged in them)."""

from services_help.models.catalogue import CampaignService, Metric, Service, ServiceMetric
from services_help.models.devices import DeviceReport, ScenePhoto
from services_help.models.periods import PeriodLock, ReviewPolicy, ReviewReminder
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
from services_help.models.review import (
    RAW,
    Adjustment,
    AdjustmentAction,
    AdjustmentLine,
    LateDecision,
    LateEntry,
    ReviewKind,
    SessionReview,
)

__all__ = [
    "RAW",
    "Adjustment",
    "AdjustmentAction",
    "AdjustmentLine",
    "AgeGroup",
    "AssistanceLog",
    "Attendance",
    "CampaignService",
    "Channel",
    "DeviceReport",
    "ItemKind",
    "LateDecision",
    "LateEntry",
    "Metric",
    "PeriodLock",
    "Receipt",
    "Result",
    "ReviewKind",
    "ReviewPolicy",
    "ReviewReminder",
    "ScenePhoto",
    "Service",
    "ServiceMetric",
    "Session",
    "SessionReview",
    "SessionState",
    "Void",
]
