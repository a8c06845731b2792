"""Đoàn units, administrative areas, teams, volunteers, and who may do what: all of it dated."""

from teams.models.access import ApiToken, Appointment, DevicePass
from teams.models.areas import AdminArea, AreaKind, AreaSuccession, SuccessionRelation
from teams.models.boundaries import AreaBoundary
from teams.models.people import TeamMember, Volunteer
from teams.models.teams import Team, TeamHome, TeamKind
from teams.models.units import Block, Unit, UnitAncestry, UnitKind, UnitPlacement

__all__ = [
    "AdminArea",
    "ApiToken",
    "Appointment",
    "AreaBoundary",
    "AreaKind",
    "AreaSuccession",
    "Block",
    "DevicePass",
    "SuccessionRelation",
    "Team",
    "TeamHome",
    "TeamKind",
    "TeamMember",
    "Unit",
    "UnitAncestry",
    "UnitKind",
    "UnitPlacement",
    "Volunteer",
]
