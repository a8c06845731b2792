"""What is known of a session that may be judged: gathered for many at once, in a constant number of queries.

Only closed sessions are judged, and only live closed sessions are evidence: an open one is not told yet, and its close
has it looked at (with all that it has to do with, see ``examining``).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour
from django.utils import timezone

from campaigns.models import CampaignDay, DayKind, Deployment
from desk.outliers.catalogue import HISTORY_DAYS, MOST_PEAKS, PEAK_HISTORY_DAYS
from services_help.models import AssistanceLog, Attendance, Channel, ItemKind, Receipt, Session

HISTORY = dt.timedelta(days=HISTORY_DAYS)
PEAK_HISTORY = dt.timedelta(days=PEAK_HISTORY_DAYS)
MINUTE = dt.timedelta(minutes=1)
# Latitude and longitude.
type Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A live log."""

    at: dt.datetime
    service: int
    people: int
    quantity: int | None
    device: UUID
    channel: str


@dataclass(frozen=True, slots=True)
class Presence:
    volunteer: int
    # Null in the attendance (the whole session) is its length here.
    minutes: float


@dataclass(slots=True)
class Profile:
    """How the turns of a session spread; nothing stands in it that is zero."""

    by_service: Counter = field(default_factory=Counter)
    by_hour: Counter = field(default_factory=Counter)

    def add(self, service: int, hour: int, people: int) -> None:
        if people:
            self.by_service[service] += people
            self.by_hour[hour] += people

    @property
    def turns(self) -> int:
        return self.by_service.total()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A session of the same team that came before."""

    day: dt.date
    profile: Profile
    is_peak: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A volunteer of the session was present in another one that overlaps with it."""

    volunteer: int
    session: Session
    minutes: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """A phone that logged in the session logged at this point too."""

    device: UUID
    at: dt.datetime
    session: Session


@dataclass(slots=True)
class Evidence:
    session: Session
    is_peak: bool = False
    lines: list[Line] = field(default_factory=list)
    profile: Profile = field(default_factory=Profile)
    present: list[Presence] = field(default_factory=list)
    # Of the team's deployments on the day: to this very point if there is one, else all.
    plans: list[Deployment] = field(default_factory=list)
    # The latest first.
    earlier: list[Earlier] = field(default_factory=list)
    # If it counted for a peak day itself: those of the team's sessions that did before, however long ago; the latest
    # first. Some are among ``earlier`` too.
    peaks: list[Earlier] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def minutes(self) -> float:
        return length(self.session)


def length(session: Session) -> float:
    """In minutes; a session that was closed in the moment of its opening took one."""
    return max((end_of(session) - session.started_at) / MINUTE, 1.0)


def end_of(session: Session) -> dt.datetime:
    """Of a closed one; the type of the column allows for open ones."""
    return session.ended_at or session.started_at


def closed() -> QuerySet[Session]:
    return Session.objects.live().filter(ended_at__isnull=False)


def order_of(session: Session) -> tuple:
    """In which the sessions of a team are earlier and later."""
    return session.day, session.started_at, session.pk


def gather(sessions: Iterable[UUID]) -> list[Evidence]:
    """The evidence of those of ``sessions`` that are live and closed."""
    rows = closed().filter(pk__in=set(sessions)).select_related("point").order_by("pk")
    found = {row.pk: Evidence(row) for row in rows}
    if found:
        _add_lines(found)
        _add_present(found)
        _add_plans(found)
        _add_earlier(found)
        _add_elsewhere(found)
        _add_sightings(found)
    return list(found.values())


def _add_lines(found: dict[UUID, Evidence]) -> None:
    columns = ("session", "happened_at", "service", "people", "quantity", "device", "channel")
    rows = AssistanceLog.objects.live().filter(session__in=found).order_by("happened_at", "pk")
    for session, at, *values in rows.values_list(*columns):
        evidence, line = found[session], Line(at, *values)
        evidence.lines.append(line)
        evidence.profile.add(line.service, timezone.localtime(at).hour, line.people)


def _add_present(found: dict[UUID, Evidence]) -> None:
    rows = Attendance.objects.live().filter(session__in=found).order_by("volunteer", "pk")
    for session, volunteer, minutes in rows.values_list("session", "volunteer", "minutes"):
        evidence = found[session]
        evidence.present.append(Presence(volunteer, evidence.minutes if minutes is None else float(minutes)))


def _add_plans(found: dict[UUID, Evidence]) -> None:
    teams = {evidence.session.team_id for evidence in found.values()}
    days = {evidence.session.day for evidence in found.values()}
    rows = Deployment.objects.active().filter(team__in=teams, campaign_day__day__in=days).select_related("campaign_day")
    plans = defaultdict(list)
    for row in rows.order_by("starts_at", "ends_at", "pk"):
        plans[row.team_id, row.campaign_day.day].append(row)
    for evidence in found.values():
        of_day = plans[evidence.session.team_id, evidence.session.day]
        here = [row for row in of_day if row.point_id == evidence.session.point_id]
        evidence.plans = here or of_day


# --- the team's own past ----------------------------------------------------------------------------------------------
_OF_PAST = ("team", "day", "started_at", "campaign")


def _add_earlier(found: dict[UUID, Evidence]) -> None:
    own = [evidence.session for evidence in found.values()]
    first, last = min(row.day for row in own) - HISTORY, max(row.day for row in own)
    past = closed().filter(team__in={row.team_id for row in own}, day__range=(first, last))
    sessions = list(past.only(*_OF_PAST))
    peaks = _peaks([*own, *sessions])
    before = _before(own, sessions, HISTORY)
    peaks_before = _peaks_before([row for row in own if row.pk in peaks])
    profiles = _profiles({row.pk for rows in (*before.values(), *peaks_before.values()) for row in rows})
    for pk, evidence in found.items():
        evidence.is_peak = pk in peaks
        evidence.earlier = [Earlier(row.day, profiles[row.pk], row.pk in peaks) for row in before[pk]]
        evidence.peaks = [Earlier(row.day, profiles[row.pk], is_peak=True) for row in peaks_before.get(pk, [])]


def _before(own: list[Session], past: list[Session], span: dt.timedelta) -> dict[UUID, list[Session]]:
    """Of each session of ``own`` those of its team that came before it within ``span``, the latest first."""
    of_team = defaultdict(list)
    for row in sorted(past, key=order_of, reverse=True):
        of_team[row.team_id].append(row)
    return {
        mine.pk: [row for row in of_team[mine.team_id] if order_of(row) < order_of(mine) and mine.day - row.day <= span]
        for mine in own
    }


def _peaks_before(own: list[Session]) -> dict[UUID, list[Session]]:
    """The same, of sessions of peak days, for peak days alone: asked on those days only."""
    if not own:
        return {}
    first, last = min(row.day for row in own) - PEAK_HISTORY, max(row.day for row in own)
    past = closed().filter(
        team__in={row.team_id for row in own},
        day__range=(first, last),
        campaign__days__day=F("day"),
        campaign__days__kind=DayKind.PEAK,
    )
    return {pk: rows[:MOST_PEAKS] for pk, rows in _before(own, list(past.only(*_OF_PAST)), PEAK_HISTORY).items()}


def _profiles(sessions: set[UUID]) -> dict[UUID, Profile]:
    profiles: dict[UUID, Profile] = defaultdict(Profile)
    rows = (
        AssistanceLog.objects.live()
        .filter(session__in=sessions)
        .order_by()
        .values("session", "service", hour=ExtractHour("happened_at"))
        .annotate(turns=Sum("people"))
    )
    for row in rows:
        profiles[row["session"]].add(row["service"], row["hour"], row["turns"])
    return profiles


def _peaks(sessions: list[Session]) -> set[UUID]:
    """Those that counted for a peak day: more is done then, by everybody."""
    campaigns = {row.campaign_id for row in sessions} - {None}
    days = CampaignDay.objects.filter(kind=DayKind.PEAK, campaign__in=campaigns)
    peaks = set(days.order_by().values_list("campaign", "day"))
    return {row.pk for row in sessions if (row.campaign_id, row.day) in peaks}


# --- other sessions of the same people and phones ---------------------------------------------------------------------
def _add_elsewhere(found: dict[UUID, Evidence]) -> None:
    volunteers = {presence.volunteer for evidence in found.values() for presence in evidence.present}
    start = min(evidence.session.started_at for evidence in found.values())
    end = max(end_of(evidence.session) for evidence in found.values())
    rows = (
        Attendance.objects.live()
        .filter(volunteer__in=volunteers, session__in=closed(), session__started_at__lt=end)
        .filter(session__ended_at__gt=start)
        .select_related("session")
        .order_by("volunteer", "pk")
    )
    others = defaultdict(list)
    for row in rows:
        minutes = length(row.session) if row.minutes is None else float(row.minutes)
        others[row.volunteer_id].append(Elsewhere(row.volunteer_id, row.session, minutes))
    for evidence in found.values():
        evidence.elsewhere = [
            other
            for presence in evidence.present
            for other in others[presence.volunteer]
            if other.session.pk != evidence.session.pk and overlap(other.session, evidence.session) > 0
        ]


def overlap(one: Session, other: Session) -> float:
    """In minutes; below zero: between them."""
    return (min(end_of(one), end_of(other)) - max(one.started_at, other.started_at)) / MINUTE


def _add_sightings(found: dict[UUID, Evidence]) -> None:
    located = [evidence for evidence in found.values() if place_of(evidence.session)]
    asked = {
        (line.device, evidence.session.day)
        for evidence in located
        for line in evidence.lines
        if line.channel == Channel.POINT
    }
    rows = (
        AssistanceLog.objects.live()
        .filter(pk__in=logs_of_devices(asked), channel=Channel.POINT)
        .filter(session__in=closed(), session__point__lat__isnull=False)
        .select_related("session__point")
        .order_by("happened_at", "pk")
    )
    seen = defaultdict(list)
    for row in rows:
        seen[row.device, row.session.day].append(Sighting(row.device, row.happened_at, row.session))
    for evidence in located:
        session = evidence.session
        for device in sorted({line.device for line in evidence.lines}):
            sightings = seen[device, session.day]
            evidence.sightings += [each for each in sightings if each.session.point_id != session.point_id]


def place_of(session: Session) -> Place | None:
    point = session.point
    return None if point is None or point.lat is None or point.lon is None else (point.lat, point.lon)


def logs_of_devices(asked: Iterable[tuple[UUID, dt.date]]) -> QuerySet:
    """Primary keys of the logs that these devices sent for sessions of these days, by the index of the ledger."""
    of_day = defaultdict(set)
    for device, day in asked:
        of_day[day].add(device)
    condition = Q(pk__in=[])
    for day, devices in of_day.items():
        condition |= Q(day=day, device__in=devices)
    return Receipt.objects.filter(condition, kind=ItemKind.LOG).values("pk")
