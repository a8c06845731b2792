"""What a seeding has found or made so far, by code."""

import datetime as dt
from dataclasses import dataclass, field

from accounts.models import User
from campaigns.models import Campaign, SupportPoint
from core.dated import valid_on
from demo.seeding.rows import Added
from teams.models import AdminArea, Team, Unit


@dataclass
class State:
    today: dt.date
    added: Added = field(default_factory=Added)
    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    points: dict[tuple[str, dt.date], SupportPoint] = field(default_factory=dict)

    def point_on(self, code: str, day: dt.date) -> SupportPoint | None:
        """The point that bears ``code`` on ``day``; None for a team without one."""
        rows = [row for (each, _since), row in self.points.items() if each == code and row.is_valid_on(day)]
        return rows[0] if rows else None


def areas_on(day: dt.date) -> dict[str, AdminArea]:
    return {area.code: area for area in AdminArea.objects.filter(valid_on(day))}
