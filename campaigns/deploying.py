"""Who is sent where on a day of a campaign. Each change is one transaction with its audit row."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import CampaignDay, Deployment, SupportPoint
from campaigns.replanning import replanned
from core import audit
from core.errors import DomainError
from core.models import Revision
from teams.models import Team, TeamHome

PLANNED = ("point", "starts_at", "ends_at", "note")


def hours_text(deployment: Deployment) -> str:
    return f"{deployment.starts_at:%H:%M}–{deployment.ends_at:%H:%M}"


@transaction.atomic
def deploy_teams(
    *,
    campaign_day: CampaignDay,
    teams: Iterable[Team],
    starts_at: dt.time,
    ends_at: dt.time,
    by,
    point: SupportPoint | None = None,
) -> tuple[list[Deployment], list[Team]]:
    """Send each team to ``point``, or to where it stood last. Returns what is new, and the teams sent there already.

    The caller has chosen teams that ``by`` may send.
    """
    # Locked, so that the same form sent twice at once does not send anybody twice.
    day = lock_day(campaign_day)
    teams = list(teams)
    last = {} if point else last_points(teams, day.day)
    sent = _sent_on(day.day, teams)
    made, known = [], []
    for team in teams:
        place = point or last.get(team.pk)
        deployment = Deployment(team=team, campaign_day=day, point=place, starts_at=starts_at, ends_at=ends_at)
        refuse_impossible(deployment)
        if overlap_at_point(deployment, sent.get(team.pk, [])):
            known.append(team)
        else:
            made.append(deployment)
    Deployment.objects.bulk_create(made, batch_size=500)
    _record("added", made, by=by)
    return made, known


@transaction.atomic
def send_team(
    *,
    campaign_day: CampaignDay,
    team: Team,
    point: SupportPoint | None,
    starts_at: dt.time,
    ends_at: dt.time,
    by,
    note: str = "",
) -> Deployment:
    """Send one team to a chosen place. The same again returns what is there."""
    day = lock_day(campaign_day)
    deployment = Deployment(team=team, campaign_day=day, point=point, starts_at=starts_at, ends_at=ends_at, note=note)
    same = day.deployments.active().filter(team=team, point=point, starts_at=starts_at, ends_at=ends_at).first()
    if same:
        return same
    check_deployment(deployment)
    deployment.save()
    _record("added", [deployment], by=by)
    return deployment


@transaction.atomic
def change_deployment(*, deployment: Deployment, seen: int | None, by, **values) -> Deployment:
    """Other place, hours or note. ``seen``: the version that the caller has looked at; a newer one refuses.

    What is already as it is asked for is not written, whoever wrote it.
    """
    # The day first, as whoever sends teams does: two changes of one team must see each other.
    day = lock_day(deployment.campaign_day)
    held = Deployment.objects.select_for_update(of=("self",)).get(pk=deployment.pk)
    held.campaign_day = day
    if held.cancelled_at:
        raise DomainError(_("Phân công này đã bị hủy. Hãy phân công lại nếu cần."), code="cancelled")
    changed = {name: values[name] for name in PLANNED if name in values and getattr(held, name) != values[name]}
    if not changed:
        return held
    if seen is not None and seen != held.version:
        raise DomainError(
            _("“%(team)s” vừa được người khác sửa: %(place)s, %(hours)s. Hãy xem lại rồi thử lại.")
            % {"team": held.team, "place": held.point or _("lưu động"), "hours": hours_text(held)},
            code="changed_meanwhile",
        )
    before = {name: _plain(getattr(held, name)) for name in changed}
    for name, value in changed.items():
        setattr(held, name, value)
    check_deployment(held)
    held.touch()
    held.save(update_fields=[*changed, "version", "changed_at"])
    after = {name: _plain(value) for name, value in changed.items()}
    _record("changed", [held], by=by, changes={name: [before[name], after[name]] for name in changed})
    return held


@transaction.atomic
def cancel_deployment(*, deployment: Deployment, by) -> Deployment:
    """The team is not sent after all. Sessions that it has opened stay; a second call changes nothing."""
    # The day first: a file that is being stored would take the calling off for its own, and its undo would revive it.
    day = lock_day(deployment.campaign_day)
    deployment = Deployment.objects.select_for_update(of=("self",)).get(pk=deployment.pk)
    deployment.campaign_day = day
    if deployment.cancelled_at is None:
        deployment.cancelled_at = timezone.now()
        deployment.touch()
        deployment.save(update_fields=["cancelled_at", "version", "changed_at"])
        _record("cancelled", [deployment], by=by)
    return deployment


# --- looking up -------------------------------------------------------------------------------------------------------
def last_points(teams: Iterable[Team], day: dt.date) -> dict[int, SupportPoint]:
    """By team: where it stood last, if that place still exists on ``day``."""
    before = Deployment.objects.active().filter(team=OuterRef("pk"), campaign_day__day__lt=day, point__isnull=False)
    latest = before.order_by("-campaign_day__day", "-starts_at").values("point")[:1]
    asked = Team.objects.filter(pk__in=[team.pk for team in teams]).annotate(last=Subquery(latest))
    stood = dict(asked.filter(last__isnull=False).values_list("pk", "last"))
    points = SupportPoint.objects.on(day).in_bulk(set(stood.values()))
    return {team: points[point] for team, point in stood.items() if point in points}


def sent_the_day_before(campaign_day: CampaignDay):
    """Teams of the campaign's last day before this one on which anybody was sent; nobody who is sent today already."""
    sent = Deployment.objects.active().order_by()
    days = CampaignDay.objects.filter(campaign=campaign_day.campaign_id, day__lt=campaign_day.day)
    # Looked up, so that the database knows of which day it is asked.
    last = days.filter(Exists(sent.filter(campaign_day=OuterRef("pk")))).order_by("-day").first()
    if last is None:
        return sent.none().values("team")
    again = sent.filter(campaign_day=campaign_day).values("team")
    return sent.filter(campaign_day=last).exclude(team__in=again).values("team")


def teams_of_the_day_before(campaign_day: CampaignDay) -> set[int]:
    return set(sent_the_day_before(campaign_day).values_list("team", flat=True))


def homes_on(day: dt.date, teams: Iterable[int]) -> dict[int, int]:
    """Team -> the unit that it belonged to on ``day``, by primary keys."""
    return dict(TeamHome.objects.on(day).filter(team__in=list(teams)).values_list("team", "unit"))


# --- rules ------------------------------------------------------------------------------------------------------------
def check_deployment(deployment: Deployment) -> None:
    """Team and point exist on the day, and the team is not sent to the same place twice at one time."""
    refuse_impossible(deployment)
    day = deployment.campaign_day.day
    others = [row for row in _sent_on(day, [deployment.team])[deployment.team_id] if row.pk != deployment.pk]
    if other := overlap_at_point(deployment, others):
        raise DomainError(already_there(deployment, other), code="already_deployed")


def already_there(deployment: Deployment, other: Deployment) -> str:
    return _("“%(team)s” đã được phân công ở đó từ %(start)s đến %(end)s ngày %(day)s.") % {
        "team": deployment.team,
        "start": f"{other.starts_at:%H:%M}",
        "end": f"{other.ends_at:%H:%M}",
        "day": f"{deployment.campaign_day.day:%d/%m/%Y}",
    }


def refuse_impossible(deployment: Deployment) -> None:
    """What no other row has a part in."""
    day = deployment.campaign_day.day
    for thing in (deployment.team, deployment.point):
        if thing and not thing.is_valid_on(day):
            raise DomainError(
                _("“%(thing)s” không có hiệu lực vào ngày %(day)s.") % {"thing": thing, "day": f"{day:%d/%m/%Y}"},
                code="not_valid_then",
            )
    if deployment.ends_at <= deployment.starts_at:
        raise DomainError(_("Giờ kết thúc phải sau giờ bắt đầu."), code="hours")


def overlap_at_point(deployment: Deployment, others: Iterable[Deployment]) -> Deployment | None:
    """One of ``others`` (of the same team and day) at the same place and in the same hours."""
    return next((row for row in others if row.point_id == deployment.point_id and overlap(row, deployment)), None)


def overlap(first: Deployment, second: Deployment) -> bool:
    return first.starts_at < second.ends_at and second.starts_at < first.ends_at


# --- shared -----------------------------------------------------------------------------------------------------------
def lock_day(campaign_day: CampaignDay) -> CampaignDay:
    """Nobody else plans it until the commit, nor that calendar day in another campaign: a team is the same in both.

    By their keys, so that of two who lock one day the second waits. A day that is new meanwhile locks the older ones.
    """
    days = CampaignDay.objects.select_for_update(of=("self",)).select_related("campaign")
    rows = {row.pk: row for row in days.filter(day=campaign_day.day).order_by("pk")}
    if campaign_day.pk not in rows:
        raise DomainError(_("Ngày này vừa được người khác dời hoặc xóa. Hãy tải lại trang."), code="changed_meanwhile")
    return rows[campaign_day.pk]


def _sent_on(day: dt.date, teams: Iterable[Team]) -> dict[int, list[Deployment]]:
    """By team, in any campaign."""
    found: dict[int, list[Deployment]] = {team.pk: [] for team in teams}
    for row in Deployment.objects.active().filter(campaign_day__day=day, team__in=list(found)).order_by("starts_at"):
        found[row.team_id].append(row)
    return found


def _record(verb: str, rows: list[Deployment], *, by, **data) -> None:
    if not rows:
        return
    homes = homes_on(rows[0].campaign_day.day, [row.team_id for row in rows])
    audit.record_many(
        [
            (f"campaigns.deployment_{verb}", row, homes.get(row.team_id), {"team": row.team.code, **data})
            for row in rows
        ],
        by=by,
    )
    Revision.bump("campaigns")
    if verb == "added":
        # Of a team that has opened its shift before it was sent out.
        replanned({row.campaign_day.day for row in rows}, by=by)


def _plain(value) -> str:
    return f"{value:%H:%M}" if isinstance(value, dt.time) else str(value or "")
