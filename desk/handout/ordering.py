"""What may be ordered, and what an order means: the sheet that it makes takes the place of the one before."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.models import CampaignDay, SupportPoint
from core.dated import DAY, today
from core.errors import DomainError, NotAllowed
from core.files import safe_name
from core.jobs import services
from core.jobs.models import Job, JobState
from core.templatetags.vi import vi_number
from teams.access import Access
from teams.models import DevicePass, Team, TeamHome, Unit
from teams.passes import LONGEST, check_order
from teams.permissions import Right

PASSES, POSTERS = "handout.passes", "handout.posters"
# Of one job: more is two jobs, and a printer's whole day.
MOST_CARDS, MOST_POSTERS = 4000, 500
# No phone has scanned them, and one still may.
WAITING = models.Q(redeemed_at=None, revoked_at=None)


class Layout(models.TextChoices):
    SHEETS = "sheets", gettext_lazy("Một tệp PDF, mỗi đội sang trang mới")
    PACKED = "packed", gettext_lazy("Một tệp PDF, xếp liền cho đỡ tốn giấy")
    FILES = "files", gettext_lazy("Mỗi đội một tệp PDF, nén chung trong một tệp ZIP")


class CardSize(models.TextChoices):
    A6 = "A6", gettext_lazy("Thẻ lớn A6, 4 thẻ một tờ A4")
    A7 = "A7", gettext_lazy("Thẻ nhỏ A7, 8 thẻ một tờ A4")


class Paper(models.TextChoices):
    A4 = "A4", gettext_lazy("A4, in bằng máy in thường")
    A3 = "A3", gettext_lazy("A3, đọc được từ xa hơn")


@dataclass(frozen=True)
class Scope:
    """What the hand-out is for: a campaign day, or (without one) teams and points of a unit at any time."""

    day: CampaignDay | None = None
    unit: Unit | None = None

    @property
    def sheet(self) -> str:
        """Cards with the same word are the same cards, printed again."""
        return f"day:{self.day.pk}" if self.day else "any-day"

    @property
    def title(self) -> str:
        return f"{self.day.day:%d/%m/%Y}" if self.day else str(self.unit)

    def teams(self, access: Access) -> models.QuerySet[Team]:
        teams = Team.objects.visible_to(access, Right.PASS_ISSUE)
        if self.day:
            sent = self.day.deployments.filter(cancelled_at=None)
            return teams.on(self.day.day).filter(pk__in=sent.values("team"))
        homes = TeamHome.objects.current().filter(unit__in=self._units())
        return teams.current().filter(pk__in=homes.values("team"))

    def points(self, access: Access) -> models.QuerySet[SupportPoint]:
        points = SupportPoint.objects.visible_to(access)
        if self.day:
            sent = self.day.deployments.filter(cancelled_at=None)
            return points.filter(pk__in=sent.values("point"))
        return points.current().filter(unit__in=self._units())

    def _units(self) -> models.QuerySet:
        return Unit.objects.below(cast(Unit, self.unit)).values("pk")


def order_passes(
    *,
    scope: Scope,
    teams: Sequence[Team],
    count: int,
    valid_to: dt.date,
    layout: Layout,
    size: CardSize,
    base: str,
    key: uuid.UUID,
    access: Access,
) -> Job:
    """``count`` cards for each of ``teams``. ``base``: the portal's address, which the codes lead to."""
    check_order(count, valid_to)
    if len(teams) * count > MOST_CARDS:
        raise DomainError(
            _("Mỗi lần in được tối đa %(most)s thẻ. Hãy chọn ít đội hơn hoặc in làm nhiều lần.")
            % {"most": vi_number(MOST_CARDS)},
            code="too_many_cards",
        )
    _require_all(teams, scope.teams(access))
    params = {
        "sheet": scope.sheet,
        "day": scope.day.pk if scope.day else None,
        "day_text": scope.title if scope.day else "",
        "teams": [team.pk for team in teams],
        "count": count,
        "valid_to": valid_to.isoformat(),
        "layout": layout,
        "size": size,
        "base": base,
        "name": _file_name(_("Thẻ đăng nhập máy"), scope),
    }
    title = _("Thẻ đăng nhập máy · %(what)s · %(teams)s") % {
        "what": scope.title,
        "teams": ngettext("%(count)s đội", "%(count)s đội", len(teams)) % {"count": vi_number(len(teams))},
    }
    return services.order(PASSES, params, title=title, access=access, key=key, scope_unit=_home_unit(access))


def order_posters(
    *, scope: Scope, points: Sequence[SupportPoint], paper: Paper, base: str, key: uuid.UUID, access: Access
) -> Job:
    if len(points) > MOST_POSTERS:
        raise DomainError(
            _("Mỗi lần in được tối đa %(most)s áp phích. Hãy chọn ít điểm hơn.") % {"most": vi_number(MOST_POSTERS)},
            code="too_many_posters",
        )
    _require_all(points, scope.points(access))
    params = {
        "day": scope.day.pk if scope.day else None,
        "points": [point.pk for point in points],
        "paper": paper,
        "base": base,
        "name": _file_name(_("Áp phích"), scope, paper),
    }
    title = _("Áp phích %(paper)s · %(what)s · %(points)s") % {
        "paper": paper,
        "what": scope.title,
        "points": ngettext("%(count)s điểm", "%(count)s điểm", len(points)) % {"count": vi_number(len(points))},
    }
    return services.order(POSTERS, params, title=title, access=access, key=key, scope_unit=_home_unit(access))


def _require_all(chosen: Sequence[models.Model], allowed: models.QuerySet) -> None:
    """Something chosen, and nothing that is not offered."""
    if not chosen:
        raise DomainError(_("Hãy chọn ít nhất một dòng để in."), code="nothing_chosen")
    ids = {each.pk for each in chosen}
    if ids - set(allowed.filter(pk__in=ids).values_list("pk", flat=True)):
        raise NotAllowed


def _file_name(what: str, scope: Scope, *more: str) -> str:
    """Without its ending; a slash would be a folder to whoever unpacks it."""
    return safe_name(" ".join([what, scope.title.replace("/", "-"), *more]))


def _home_unit(access: Access) -> int | None:
    """Whose staff may read of the order: the unit in whose name it is made; of Thành Đoàn's own only they."""
    units = access.unit_ids(Right.PASS_ISSUE)
    return None if access.is_city_wide(Right.PASS_ISSUE) or not units else units[0]


def sheets_before(job: Job) -> models.QuerySet[Job]:
    """Of the same sheet, made already, while a card of theirs may still be good."""
    return _sheets(job.params["sheet"]).exclude(pk=job.pk)


def _sheets(sheet: str) -> models.QuerySet[Job]:
    since = timezone.now() - LONGEST - DAY
    return Job.objects.filter(kind=PASSES, state=JobState.DONE, params__sheet=sheet, finished_at__gte=since)


def replaced_by(
    *, sheet: str, teams: Sequence[int] | models.QuerySet, but: Job | None = None
) -> models.QuerySet[DevicePass]:
    """The cards printed before for the same sheet that no phone has scanned: a new sheet takes their place."""
    before = sheets_before(but) if but else _sheets(sheet)
    ids = {made for place in before.values_list("place", flat=True) for made in place.get("passes", [])}
    if not ids:
        return DevicePass.objects.none()
    return DevicePass.objects.filter(WAITING, pk__in=ids, team__in=teams, valid_to__gte=today())
