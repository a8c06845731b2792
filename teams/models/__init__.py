"""Đoàn units, administrative areas, teams, volunteers, and who may do what: all of it dated."""

from teams.models.access import ApiToken, Appointment, DevicePass
from teams.models.areas import AdminArea, AreaKind, AreaSuccession, SuccessionRelation
from teams.models.boundaries import AreaBoundary
from teams.models.imports import ImportChange, ImportRow, ImportRun, ImportState, RowKind
from teams.models.people import TeamMember, Volunteer
from teams.models.teams import Team, TeamHome, TeamKind
from teams.models.units import Block, Unit, UnitAncestry, UnitKind, UnitPlacement
from teams.reorganising.models import (
    Reorganisation,
    ReorganisationDecision,
    ReorganisationState,
    ReorganisationStep,
    StepKind,
    UnitSuccession,
)

__all__ = [
    "AdminArea",
    "ApiToken",
    "Appointment",
    "AreaBoundary",
    "AreaKind",
    "AreaSuccession",
    "Block",
    "DevicePass",
    "ImportChange",
    "ImportRow",
    "ImportRun",
    "ImportState",
    "Reorganisation",
    "ReorganisationDecision",
    "ReorganisationState",
    "ReorganisationStep",
    "RowKind",
    "StepKind",
    "SuccessionRelation",
    "Team",
    "TeamHome",
    "TeamKind",
    "TeamMember",
    "Unit",
    "UnitAncestry",
    "UnitKind",
    "UnitPlacement",
    "UnitSuccession",
    "Volunteer",
]
