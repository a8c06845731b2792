"""Device passes: a printed QR code signs one phone in for one team, once, until a day.

The code is known to the paper alone; the table holds its SHA-256. A redeemed pass becomes an account of kind ``device``
with one appointment, so everything else (rights, audit, revoking) is what holds for any account.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, UserKind
from core import audit
from core.dated import DAY, today
from core.errors import DomainError, NotAllowed
from teams.authentication import digest_of
from teams.models import Appointment, DevicePass, Team, TeamHome
from teams.permissions import Right, Role

MOST_AT_ONCE = 20
LONGEST = dt.timedelta(days=366)


class PassRefused(DomainError):
    """Unknown, used, expired or revoked: one answer for all, so that a code that is tried out tells nothing."""

    code = "pass_refused"
    status = 410

    def __init__(self):
        super().__init__(_("Thẻ này không dùng được nữa. Hãy nhờ cán bộ phụ trách in thẻ mới."))


@dataclass(frozen=True)
class IssuedPass:
    device_pass: DevicePass
    # Shown once, on the card; nobody can read it from the table again.
    code: str


def issue_passes(*, team: Team, count: int, valid_to: dt.date, access) -> list[IssuedPass]:
    """``count`` new passes for ``team``, numbered on from the team's last one."""
    return issue_for_teams(teams=[team], count=count, valid_to=valid_to, access=access)


@transaction.atomic
def issue_for_teams(*, teams: Sequence[Team], count: int, valid_to: dt.date, access) -> list[IssuedPass]:
    """``count`` new passes for each of ``teams``, in their order, in a fixed number of statements."""
    ids = {team.pk for team in teams}
    if ids - set(Team.objects.visible_to(access, Right.PASS_ISSUE).filter(pk__in=ids).values_list("pk", flat=True)):
        raise NotAllowed
    check_order(count, valid_to)
    lock_teams(ids)
    issued_before = dict(DevicePass.objects.filter(team__in=ids).order_by().values_list("team").annotate(Count("pk")))
    issued = [
        _new_pass(team, number, valid_to, by=access.user)
        for team in teams
        for number in range(issued_before.get(team.pk, 0) + 1, issued_before.get(team.pk, 0) + count + 1)
    ]
    DevicePass.objects.bulk_create([each.device_pass for each in issued], batch_size=500)
    _record_many("teams.pass_issued", [each.device_pass for each in issued], by=access.user, with_end=True)
    return issued


def check_order(count: int, valid_to: dt.date) -> None:
    if not 1 <= count <= MOST_AT_ONCE:
        raise DomainError(_("Mỗi lần in từ 1 đến %(most)d thẻ.") % {"most": MOST_AT_ONCE}, code="pass_count")
    if not today() <= valid_to <= today() + LONGEST:
        raise DomainError(_("Hạn dùng phải từ hôm nay đến một năm nữa."), code="pass_valid_to")


def lock_teams(ids: Iterable[int]) -> None:
    """So that two members of staff never print the same number; in one order, so that they do not lock each other."""
    list(Team.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _new_pass(team: Team, number: int, valid_to: dt.date, *, by) -> IssuedPass:
    code = secrets.token_urlsafe(16)
    label = _("thẻ %(number)d") % {"number": number}
    return IssuedPass(
        DevicePass(team=team, label=label, digest=digest_of(code), valid_to=valid_to, created_by=by), code
    )


@transaction.atomic
def withdraw_passes(*, ids: Iterable[int], by) -> int:
    """Revoke those of the passes that no phone has scanned; how many. Of cards that were never handed out.

    Asks for no right: whoever calls has made them, or makes new ones in their place.
    """
    waiting = DevicePass.objects.filter(pk__in=ids, redeemed_at=None, revoked_at=None).order_by("pk")
    passes = list(waiting.select_for_update(of=("self",)).select_related("team"))
    DevicePass.objects.filter(pk__in=[each.pk for each in passes]).update(revoked_at=timezone.now())
    _record_many("teams.pass_revoked", passes, by=by)
    return len(passes)


def _record_many(action: str, passes: list[DevicePass], *, by, with_end: bool = False) -> None:
    teams = {each.team_id for each in passes}
    homes = dict(TeamHome.objects.on(today()).filter(team__in=teams).order_by().values_list("team", "unit"))
    entries = []
    for each in passes:
        told = {"team": each.team.code} | ({"valid_to": each.valid_to.isoformat()} if with_end else {})
        entries.append((action, each, homes.get(each.team_id), told))
    audit.record_many(entries, by=by)


def usable_pass(code: str) -> DevicePass:
    """The waiting pass of ``code``, or :class:`PassRefused`."""
    found = DevicePass.objects.select_related("team").filter(digest=digest_of(code)).first()
    if found is None or found.state != "waiting" or not found.team.is_valid_on(today()):
        raise PassRefused
    return found


@transaction.atomic
def redeem_pass(*, code: str) -> User:
    """The account of the phone that scanned ``code``. Succeeds once: of two phones at once, one is refused."""
    # The second phone waits here for the first one's commit and then finds the pass in use.
    DevicePass.objects.select_for_update(of=("self",)).filter(digest=digest_of(code)).first()
    device_pass = usable_pass(code)
    team = device_pass.team
    user = User.objects.create_user(
        f"may-{device_pass.pk}-{secrets.token_hex(3)}",
        full_name=_("Máy của %(team)s (%(label)s)") % {"team": team.name[:100], "label": device_pass.label[:40]},
        kind=UserKind.DEVICE,
    )
    Appointment.objects.create(
        user=user, role=Role.TEAM_LEADER, team=team, valid_from=today(), valid_to=device_pass.valid_to
    )
    device_pass.device_user, device_pass.redeemed_at = user, timezone.now()
    device_pass.save(update_fields=["device_user", "redeemed_at"])
    audit.record("teams.pass_redeemed", by=user, target=device_pass, scope_unit=_home_id(team), team=team.code)
    return user


@transaction.atomic
def revoke_pass(*, device_pass: DevicePass, access) -> None:
    """End a pass now. A phone that is signed in by it is a stranger at its next request; what it logged stays."""
    device_pass = DevicePass.objects.select_for_update(of=("self",)).get(pk=device_pass.pk)
    if not access.covers_team(Right.PASS_ISSUE, device_pass.team):
        raise NotAllowed
    if device_pass.revoked_at is None:
        end_pass(device_pass=device_pass, by=access.user)


@transaction.atomic
def end_pass(*, device_pass: DevicePass, by) -> None:
    """``revoke_pass`` without asking for the right: the phone's account is being closed."""
    device_pass.revoked_at = timezone.now()
    device_pass.save(update_fields=["revoked_at"])
    if user := device_pass.device_user:
        # A batch of this phone that is being stored is waited for; the next one finds the account closed.
        closed = {"is_active": False, "access_epoch": F("access_epoch") + 1}
        User.objects.filter(pk=user.pk).update(**closed)
        user.refresh_from_db(fields=list(closed))
        _end_appointments(user)
    audit.record(
        "teams.pass_revoked",
        by=by,
        target=device_pass,
        scope_unit=_home_id(device_pass.team),
        team=device_pass.team.code,
    )


def _end_appointments(user: User) -> None:
    for appointment in Appointment.objects.current().filter(user=user):
        appointment.end()
        appointment.save(update_fields=["valid_to", "withdrawn_at"])


def ends_at(device_pass: DevicePass) -> dt.datetime:
    """The first moment after the pass: when its session ends."""
    return timezone.make_aware(dt.datetime.combine(device_pass.valid_to + DAY, dt.time.min))


def _home_id(team: Team) -> int | None:
    home = team.home_on(today())
    return home.pk if home else None
