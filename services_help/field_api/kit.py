"""The kit: all that a phone needs to work without network, in a fixed number of queries.

Names of volunteers are in it for the caller's own teams only: of a leader those led, of staff who look after many
those that were asked for by name.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from campaigns.models import CampaignStatus, DayKind, Deployment, SupportPoint
from core.dated import overlapping, today
from services_help.field.queries import AHEAD, FEW_TEAMS, USED_WITHIN, days_of
from services_help.field.returned import returned_sessions
from services_help.field.sending import DONE, SUCCESS_OF
from services_help.models import AssistanceLog, CampaignService, Service, ServiceMetric, Session
from teams.access import Access
from teams.models import Team, TeamMember
from teams.permissions import Right

MOST_TEAMS, MOST_POINTS, MOST_SESSIONS, MOST_USED = 40, 100, 40, 12


@dataclass(frozen=True)
class Kit:
    body: bytes
    # Teams of which somebody is named in it.
    named: frozenset[int]

    @property
    def etag(self) -> str:
        # Weak: it is the same kit compressed or not.
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'


def kit_of(access: Access, asked: Iterable[str] = ()) -> Kit:
    """``asked``: codes of teams that the reader chose beside the first ones; others' teams are left out in silence."""
    teams, named, has_more = _teams(access, set(asked))
    sessions = _open_sessions(teams)
    deployments = _deployments(teams, named)
    campaigns = {row.campaign_day.campaign_id for row in deployments} | {row.campaign_id for row in sessions}
    offered = _offered(campaigns)
    rows = _team_rows(teams, named)
    groups, services = _services()
    content = {
        "version": 1,
        # One answer is enough for a first visit.
        "user": {"id": str(access.user.pk), "name": str(access.user)},
        "today": today(),
        "teams": rows,
        "more_teams": has_more,
        "days": _day_rows(deployments, offered),
        "points": _points(access),
        "services": services,
        "groups": groups,
        "sessions": [_session_row(session) | {"services": offered.get(session.campaign_id)} for session in sessions],
        # Of own teams: staff who look after many send shifts back themselves.
        "returned": [_returned_row(session) for session in returned_sessions([t for t in teams if t.pk in named])],
    }
    shown = frozenset(team.pk for team, row in zip(teams, rows, strict=True) if row["members"])
    return Kit(orjson.dumps(content), shown)


def _teams(access: Access, asked: set[str]) -> tuple[list[Team], set[int], bool]:
    """Teams of today, those whose members may be named, and whether there are more teams than these."""
    mine = Team.objects.visible_to(access, Right.LOG_RECORD).current()
    sent = Deployment.objects.active().filter(team=OuterRef("pk"), campaign_day__day=today())
    # An address can hold NUL; PostgreSQL takes no text that does.
    is_asked = Q(code__in={code for code in asked if "\x00" not in code})
    # Those sent out today first: they are whom staff of many teams would look for.
    found = list(
        mine.annotate(is_sent=Exists(sent), is_asked=is_asked).order_by("-is_asked", "-is_sent", "sort_key", "pk")[
            : MOST_TEAMS + 1
        ]
    )
    teams = found[:MOST_TEAMS]
    are_own = len(found) <= FEW_TEAMS
    return teams, {team.pk for team in teams if are_own or team.code in asked}, len(found) > MOST_TEAMS


def _team_rows(teams: list[Team], named: set[int]) -> list[dict]:
    members, usual = defaultdict(list), defaultdict(list)
    rows = TeamMember.objects.current().filter(team__in=named, volunteer__is_active=True)
    for team, code, name in rows.order_by("volunteer__sort_key", "volunteer__code").values_list(
        "team", "volunteer__code", "volunteer__full_name"
    ):
        members[team].append({"code": code, "name": name})
    for team, code in _used(named):
        usual[team].append(code)
    return [
        {
            "code": team.code,
            "name": team.name,
            "members": members[team.pk],
            "usual": usual[team.pk][:MOST_USED],
        }
        for team in teams
    ]


def _used(teams: set[int]):
    """(team, service), what each team used most first."""
    logs = AssistanceLog.objects.filter(
        session__team__in=teams, session__day__range=(today() - USED_WITHIN, today()), service__group__isnull=False
    )
    counted = logs.order_by().values("session__team", "service__code", "service__position").annotate(times=Count("pk"))
    return counted.order_by("-times", "service__position", "service__code").values_list(
        "session__team", "service__code"
    )


# --- plans ------------------------------------------------------------------------------------------------------------
def _deployments(teams: list[Team], named: set[int]) -> list[Deployment]:
    """Of teams that are only listed, today's alone: a screen of a hundred plans helps nobody."""
    rows = Deployment.objects.active().filter(team__in=teams, campaign_day__day__in=days_of(teams))
    rows = rows.filter(Q(campaign_day__day=today()) | Q(team__in=named))
    rows = rows.exclude(campaign_day__campaign__status=CampaignStatus.DRAFT).for_list()
    return list(rows.order_by("-campaign_day__day", "starts_at", "team__sort_key", "pk"))


def _day_rows(deployments: list[Deployment], offered: dict) -> list[dict]:
    days: dict = {}
    for row in deployments:
        day = days.setdefault(row.campaign_day.day, {"day": row.campaign_day.day, "kind": "", "plans": []})
        # One peak makes the day a peak day, whatever else is planned on it.
        day["kind"] = row.campaign_day.kind if day["kind"] != DayKind.PEAK else day["kind"]
        day["plans"].append(
            {
                "team": row.team.code,
                "point": {"code": row.point.code, "name": row.point.name} if row.point else None,
                "starts_at": f"{row.starts_at:%H:%M}",
                "ends_at": f"{row.ends_at:%H:%M}",
                "campaign": row.campaign_day.campaign.name,
                "services": offered.get(row.campaign_day.campaign_id),
            }
        )
    return list(days.values())


def _offered(campaigns: set) -> dict[int | None, list[str]]:
    """Of the campaigns that offer only some services: which."""
    chosen: dict[int | None, list[str]] = defaultdict(list)
    rows = CampaignService.objects.filter(campaign__in=campaigns - {None}).order_by(
        "service__position", "service__code"
    )
    for campaign, code in rows.values_list("campaign", "service__code"):
        chosen[campaign].append(code)
    return chosen


def _points(access: Access) -> list[dict]:
    """Where the teams may stand now or soon; a plan names its own point, also one that is gone."""
    near = overlapping(today(), today() + AHEAD)
    rows = SupportPoint.objects.visible_to(access).filter(near).select_related("area")
    return [
        {
            "code": row.code,
            "name": row.name,
            "area": row.area.name,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        for row in rows.order_by("sort_key", "pk")[:MOST_POINTS]
    ]


# --- catalogue --------------------------------------------------------------------------------------------------------
def _services() -> tuple[list[dict], list[dict]]:
    """(groups, services), those no longer offered too: a shift of that time may be entered late."""
    counted = ServiceMetric.objects.filter(metric__is_derived=False).select_related("metric").order_by("position", "pk")
    rows = Service.objects.select_related("group").prefetch_related(Prefetch("service_metrics", counted))
    services = list(rows.order_by("group__position", "group__code", "position", "code"))
    groups = sorted((row for row in services if row.group is None), key=lambda row: (row.position, row.code))
    return (
        [{"code": row.code, "name": row.label} for row in groups],
        [_service_row(row, row.group.code) for row in services if row.group],
    )


def _service_row(service: Service, group: str) -> dict:
    metric = next((link.metric for link in service.service_metrics.all()), None)
    return {
        "code": service.code,
        "name": service.label,
        "short": service.short_label,
        "group": group,
        "icon": service.icon,
        "for_citizens": service.for_citizens,
        "valid_from": service.valid_from,
        "valid_to": service.valid_to,
        "metric": metric
        and {"code": metric.code, "name": metric.label, "counts": list(SUCCESS_OF.get(metric.code, DONE))},
    }


# --- shifts -----------------------------------------------------------------------------------------------------------
def _open_sessions(teams: list[Team]) -> list[Session]:
    rows = Session.objects.filter(team__in=teams, ended_at__isnull=True).live().for_list()
    return list(rows.order_by("-started_at", "pk")[:MOST_SESSIONS])


def _session_row(session: Session) -> dict:
    """As the intake took it, so that a phone may go on with a shift that another one opened."""
    ended_at = session.ended_at and timezone.localtime(session.ended_at).isoformat()
    return {
        "id": session.pk,
        "team": session.team.code,
        "day": session.day,
        "point": session.point.code if session.point else None,
        "started_at": timezone.localtime(session.started_at).isoformat(),
        "ended_at": ended_at,
        "note": session.note,
    }


def _returned_row(session: Session) -> dict:
    assert session.returned_at is not None  # noqa: S101 - for the type checker
    returned_at = timezone.localtime(session.returned_at).isoformat()
    return _session_row(session) | {"returned_at": returned_at, "reason": session.reason}
