"""What the portal can take on a day as it stands now: people may have closed a team, a point or a service since."""

import datetime as dt

from campaigns.models import SupportPoint
from services_help.models import Service
from teams.models import Team, TeamMember


class Present:
    """Codes that are valid on a day."""

    def __init__(self, day: dt.date):
        self.teams = _codes(Team.objects.on(day))
        self.points = _codes(SupportPoint.objects.on(day))
        self.services = _codes(Service.objects.on(day))
        members = TeamMember.objects.on(day).filter(volunteer__is_active=True)
        self.members = set(members.values_list("team__code", "volunteer__code"))

    def takes_shift(self, session: dict) -> bool:
        return session["team"] in self.teams and (session["point"] is None or session["point"] in self.points)

    def takes(self, item: dict, team: str) -> bool:
        if item["type"] == "log":
            return item["service"] in self.services
        return item["type"] != "attendance" or (team, item["volunteer"]) in self.members


def _codes(rows) -> set[str]:
    return set(rows.values_list("code", flat=True))
