"""What the phone's pages show. Each function is one or two queries, whatever the number of rows."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils.timezone import localtime

from campaigns.models import CampaignStatus, DayKind, Deployment, SupportPoint
from core.dated import DAY, today
from core.ids import made_at
from core.models import AuditEvent
from services_help.models import AssistanceLog, Attendance, Metric, Service, Session, Void
from teams.models import Team, TeamMember
from teams.permissions import Right

# A leader has one team, some have a few; staff who log for others search instead of scrolling.
FEW_TEAMS = 8
# What a thumb can still scroll through; beyond, a point is looked for by its name.
MOST_POINTS = 60
MOST_USED = 6
USED_WITHIN = dt.timedelta(days=60)
# Days offered beside today: those to come within a week, the latest, and peak days for what is entered late.
AHEAD = 7 * DAY
LATEST_DAYS, LATEST_PEAKS = 10, 3


# --- the first page -------------------------------------------------------------------------------------------------
@dataclass
class Plan:
    """A deployment and the shifts that were opened for it."""

    deployment: Deployment
    sessions: list[Session] = field(default_factory=list)


@dataclass
class Points:
    """Where a shift may be opened; ``has_more``: than can be listed."""

    usual: list[SupportPoint]
    others: list[SupportPoint]
    has_more: bool


def my_teams(access, day: dt.date, text: str = "") -> tuple[list[Team], bool]:
    """Teams for which the reader may log on ``day``, and whether there are more than can be listed."""
    teams = Team.objects.visible_to(access, Right.LOG_RECORD).on(day)
    if text:
        teams = teams.search(text)
    # Those sent out that day first: they are whom staff of many teams would look for. Asked for apart: in one order all
    # teams of the city would be looked at for the eight that are shown.
    sent = Deployment.objects.active().filter(campaign_day__day=day).values("team")
    found = list(teams.filter(pk__in=sent).order_by("sort_key", "pk")[: FEW_TEAMS + 1])
    if len(found) <= FEW_TEAMS:
        others = teams.exclude(pk__in=[team.pk for team in found])
        found += others.order_by("sort_key", "pk")[: FEW_TEAMS + 1 - len(found)]
    return found[:FEW_TEAMS], len(found) > FEW_TEAMS


def plans_of(teams: list[Team], day: dt.date, sessions: list[Session]) -> list[Plan]:
    deployments = (
        Deployment.objects.active()
        .filter(team__in=teams, campaign_day__day=day)
        .exclude(campaign_day__campaign__status=CampaignStatus.DRAFT)
        .for_list()
        .order_by("starts_at", "team__sort_key", "pk")
    )
    plans = [Plan(each) for each in deployments]
    for session in sessions:
        if plan := _plan_of(session, plans):
            plan.sessions.append(session)
    return plans


def _plan_of(session: Session, plans: list[Plan]) -> Plan | None:
    """The same team at the same point; of a morning's and an afternoon's plan the one whose hours are nearer."""
    places = [plan for plan in plans if _place(plan.deployment) == _place(session)]
    return min(places, key=lambda plan: _hours_off(session, plan.deployment), default=None)


def _place(row: Session | Deployment) -> tuple:
    return row.team_id, row.point_id


def _hours_off(session: Session, deployment: Deployment) -> float:
    """How far the shift began from the hours of the plan; 0 within them."""
    began, starts, ends = map(_hour, (localtime(session.started_at).time(), deployment.starts_at, deployment.ends_at))
    return max(starts - began, began - ends, 0)


def _hour(time: dt.time) -> float:
    return time.hour + time.minute / 60


def opened_meanwhile(access, asked: dict) -> Session | None:
    """A shift of the same team, day and point that another phone opened since this form was shown.

    Two leaders of one team would otherwise have a shift each, and the team's figures two sessions.
    """
    shown_at = made_at(asked["id"])
    if shown_at is None or Session.objects.filter(pk=asked["id"]).exists():
        return None
    place = {"point__code": asked["point"]} if asked["point"] else {"point": None}
    opened = Session.objects.visible_to(access, Right.LOG_RECORD).live()
    opened = opened.filter(team__code=asked["team"], day=asked["day"], ended_at=None, received_at__gte=shown_at)
    return opened.filter(**place).order_by("received_at").first()


def sessions_on(teams: list[Team], day: dt.date) -> list[Session]:
    return list(_with_people(Session.objects.filter(team__in=teams, day=day)).order_by("started_at"))


def open_sessions(teams: list[Team]) -> list[Session]:
    """Shifts still open, of today or left open before; the newest first."""
    return list(
        _with_people(Session.objects.filter(team__in=teams, ended_at__isnull=True)).order_by("-started_at")[:10]
    )


def _with_people(sessions):
    people = (
        AssistanceLog.objects.filter(session=OuterRef("pk"), same_visit=False)
        .live()
        .order_by()
        .values("session")
        .annotate(total=Sum("people"))
        .values("total")
    )
    return sessions.live().for_list().annotate(people=people)


def days_of(teams: list[Team]) -> list[dt.date]:
    """Days on which the teams are sent out, the newest first: the latest, and peak days however long ago."""
    days = (
        Deployment.objects.active()
        .filter(team__in=teams, campaign_day__day__lte=today() + AHEAD)
        .exclude(campaign_day__campaign__status=CampaignStatus.DRAFT)
        .order_by("-campaign_day__day")
        .values_list("campaign_day__day", flat=True)
        .distinct()
    )
    peaks = days.filter(campaign_day__kind=DayKind.PEAK)
    return sorted({*days[:LATEST_DAYS], *peaks[:LATEST_PEAKS]}, reverse=True)


def points_for(access, day: dt.date, teams: list[Team], text: str = "", chosen: str = "") -> Points:
    """Of all that the reader may see, first where ``teams`` were ever sent; the ``chosen`` one is there."""
    points = SupportPoint.objects.visible_to(access).on(day)
    if text:
        points = points.search(text)
    sent = Deployment.objects.active().filter(team__in=teams, point__isnull=False).values("point")
    usual = list(points.filter(pk__in=sent)[: MOST_POINTS + 1])
    others = list(points.exclude(pk__in=[point.pk for point in usual])[: MOST_POINTS + 1 - len(usual)])
    found = Points(usual[:MOST_POINTS], others[: MOST_POINTS - len(usual)], len(usual) + len(others) > MOST_POINTS)
    if chosen and all(point.code != chosen for point in (*found.usual, *found.others)):
        found.others[:0] = points.filter(code=chosen)[:1]
    return found


def planned_end(session: Session) -> dt.time | None:
    same_place = Deployment.objects.active().filter(
        team=session.team_id, point=session.point_id, campaign_day__day=session.day
    )
    plan = _plan_of(session, [Plan(each) for each in same_place.order_by("starts_at")])
    return plan.deployment.ends_at if plan else None


# --- a shift --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TileGroup:
    title: str
    services: list[Service]


def offered(session: Session):
    return Service.objects.offered_on(session.day, session.campaign).select_related("group")


def tiles(session: Session, often_title: str) -> list[TileGroup]:
    """First what this team uses most, then the rest by group; each service once."""
    services = list(offered(session).order_by("group__position", "group__code", "position", "code"))
    used = dict(
        AssistanceLog.objects.filter(
            session__team=session.team_id, session__day__range=(session.day - USED_WITHIN, session.day)
        )
        .order_by()
        .values_list("service")
        .annotate(times=Count("pk"))
    )
    # sorted() keeps the catalogue's order among services used equally often.
    often = [s for s in sorted(services, key=lambda s: -used.get(s.pk, 0)) if used.get(s.pk)][:MOST_USED]
    groups: dict[int, TileGroup] = {}
    for service in services:
        if service not in often:
            group = groups.setdefault(service.group_id, TileGroup(service.group.label, []))
            group.services.append(service)
    return ([TileGroup(often_title, often)] if often else []) + list(groups.values())


def metric_of(service: Service) -> Metric | None:
    """What one success counts as."""
    first = service.service_metrics.filter(metric__is_derived=False).select_related("metric").first()
    return first.metric if first else None


def totals(session: Session) -> dict[str, int]:
    found = (
        AssistanceLog.objects.filter(session=session)
        .live()
        .aggregate(turns=Sum("people"), again=Sum("people", filter=Q(same_visit=True)), lines=Count("pk"))
    )
    turns, again = found["turns"] or 0, found["again"] or 0
    return {"people": turns - again, "turns": turns, "lines": found["lines"]}


def by_service(session: Session) -> list[dict]:
    """Turns and counted results of each service of the shift, the most frequent first."""
    lines = (
        AssistanceLog.objects.filter(session=session)
        .live()
        .order_by()
        .values("service", "metric")
        .annotate(turns=Sum("people"), quantity=Sum("quantity"))
    )
    lines = list(lines)
    services = Service.objects.in_bulk({line["service"] for line in lines})
    metrics = Metric.objects.in_bulk({line["metric"] for line in lines if line["metric"]})
    rows: dict[int, dict] = {}
    for line in lines:
        row = rows.setdefault(line["service"], {"service": services[line["service"]], "turns": 0, "results": []})
        row["turns"] += line["turns"]
        if line["metric"]:
            row["results"].append({"metric": metrics[line["metric"]], "quantity": line["quantity"]})
    return sorted(rows.values(), key=lambda row: (-row["turns"], row["service"].position))


def lines_of(session: Session):
    """The shift's lines, the newest first, those taken back too."""
    return (
        AssistanceLog.objects.filter(session=session)
        .annotate(is_void=Exists(Void.objects.of(OuterRef("pk"), OuterRef("device"))))
        .select_related("service", "metric")
        .order_by("-happened_at", "-pk")
    )


def same_visit_after(log: AssistanceLog) -> list[AssistanceLog]:
    """The other services of the citizen whose visit begins with ``log``.

    Without it nobody would count that citizen any more, so they are taken back together.
    """
    if log.same_visit:
        return []
    later = (
        AssistanceLog.objects.filter(session=log.session_id, device=log.device)
        .filter(Q(happened_at__gt=log.happened_at) | Q(happened_at=log.happened_at, pk__gt=log.pk))
        .live()
        .select_related("service")
        .order_by("happened_at", "pk")
    )
    followers = []
    for each in later:
        if not each.same_visit:
            break
        followers.append(each)
    return followers


# --- who is there ---------------------------------------------------------------------------------------------------
def ticks_of(session: Session) -> dict[int, list[uuid.UUID]]:
    """Who is there: a volunteer's key to those of the attendances that say so."""
    ticks: dict[int, list[uuid.UUID]] = {}
    held = Attendance.objects.filter(session=session).live().order_by("pk")
    for volunteer, attendance in held.values_list("volunteer", "pk"):
        ticks.setdefault(volunteer, []).append(attendance)
    return ticks


def people_of(session: Session, ticks: dict[int, list[uuid.UUID]]) -> set[int]:
    """Keys of the team's members of that day and of whoever was ticked.

    Asked apart from the volunteers themselves: in one question all of the city's are read for the few.
    """
    members = TeamMember.objects.on(session.day).filter(team=session.team_id, volunteer__is_active=True)
    return {*members.order_by().values_list("volunteer", flat=True), *ticks}


def presence(session: Session) -> dict[str, int]:
    return {
        "present": Attendance.objects.filter(session=session).live().values("volunteer").distinct().count(),
        "members": TeamMember.objects.on(session.day)
        .filter(team=session.team_id, volunteer__is_active=True)
        .values("volunteer")
        .distinct()
        .count(),
    }


def closing_received_at(session: Session) -> dt.datetime:
    """When the server took the closing; a session that came closed was closed when it came."""
    closed = AuditEvent.objects.filter(
        target_type=Session._meta.label_lower, target_id=str(session.pk), action="services_help.session_closed"
    )
    return closed.order_by("-pk").values_list("at", flat=True).first() or session.received_at
