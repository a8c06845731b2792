"""Targets of many units at once: proposed first, old beside new, and stored only as they were shown."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import models, transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Target
from core import audit
from core.dated import today, valid_on
from core.errors import DomainError
from core.models import Revision
from core.templatetags.vi import vi_decimal, vi_number
from teams.models import Unit, UnitAncestry, UnitKind

MOST = 2_000_000_000  # what the column takes


class Basis(models.TextChoices):
    MEMBER = "member", gettext_lazy("mỗi tình nguyện viên đang tham gia")
    COMMUNE = "commune", gettext_lazy("mỗi phường, xã")
    TEAM = "team", gettext_lazy("mỗi đội hình")


@dataclass(frozen=True)
class Change:
    """What one target was, is to be, and how that was reckoned."""

    unit: Unit
    measure: str
    old: int | None
    new: int
    how: str = ""

    @property
    def is_change(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True)
class Proposal:
    changes: list[Change]
    # Units for which nothing comes out: no members, or less than half of what is rounded to.
    left_out: list[Unit]

    @property
    def writes(self) -> list[Change]:
        return [change for change in self.changes if change.is_change]

    @property
    def digest(self) -> str:
        """Equal for proposals that look the same to the reader."""
        rows = sorted((each.unit.pk, each.measure, each.old or 0, each.new) for each in self.changes)
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:32]


def rounded(value: Decimal, step: int) -> int:
    """To the nearest multiple of ``step``, half of it upwards."""
    return int((value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step


def day_of(campaign: Campaign) -> dt.date:
    """The day whose organisation targets are reckoned with: today, within the time of the campaign."""
    return max(campaign.starts_on, min(today(), campaign.ends_on or today()))


# --- proposals --------------------------------------------------------------------------------------------------------
def of_one(campaign: Campaign, *, unit: Unit, measure: str, value: int) -> Proposal:
    return _proposal(campaign, [(unit, measure, value, "")])


def copied(campaign: Campaign, *, source: Campaign, units: models.QuerySet, factor: Decimal, step: int) -> Proposal:
    """The targets that ``units`` have in ``source``, times ``factor``."""
    rows = source.targets.filter(unit__in=units.values("pk")).select_related("unit").order_by("unit__sort_key")
    wanted = []
    for target in rows:
        exact = target.value * factor
        how = f"{vi_number(target.value)} × {_written(factor)}"
        wanted.append((target.unit, target.measure, rounded(exact, step), _how(how, exact, step)))
    return _proposal(campaign, wanted)


def by_formula(
    campaign: Campaign, *, units: Iterable[Unit], measure: str, basis: str, rate: Decimal, step: int
) -> Proposal:
    """``rate`` for each member, commune or team at or below a unit."""
    units = list(units)
    counts = counted(basis, units, day_of(campaign))
    wanted = []
    for unit in units:
        number = counts.get(unit.pk, 0)
        exact = number * rate
        how = f"{vi_number(number)} × {_written(rate)}"
        wanted.append((unit, measure, rounded(exact, step), _how(how, exact, step)))
    return _proposal(campaign, wanted)


def counted(basis: str, units: Iterable[Unit], day: dt.date) -> dict[int, int]:
    """By unit: how many of the basis there are at or below it on ``day``."""
    below = UnitAncestry.objects.on(day).filter(ancestor__in=[unit.pk for unit in units])
    if basis == Basis.MEMBER:
        below, what = below.filter(descendant__volunteers__is_active=True), "descendant__volunteers"
    elif basis == Basis.COMMUNE:
        below = below.filter(valid_on(day, "descendant__"), descendant__kind=UnitKind.COMMUNE)
        what = "descendant"
    else:
        homes = "descendant__team_homes__"
        below, what = below.filter(valid_on(day, homes), valid_on(day, f"{homes}team__")), f"{homes}team"
    return dict(below.values("ancestor").annotate(number=Count(what, distinct=True)).values_list("ancestor", "number"))


def _how(formula: str, exact: Decimal, step: int) -> str:
    """“12 × 37,5 = 450”, with what rounding makes of it."""
    text = f"{formula} = {_written(exact)}"
    return text if exact == rounded(exact, step) else f"{text} → {vi_number(rounded(exact, step))}"


def _written(number: Decimal) -> str:
    """With the decimals that it has, and no zeros behind."""
    exponent = number.normalize().as_tuple().exponent
    return vi_decimal(number, max(0, -exponent) if isinstance(exponent, int) else 0)


def _proposal(campaign: Campaign, wanted: list[tuple[Unit, str, int, str]]) -> Proposal:
    if too_many := next((value for _unit, _measure, value, _text in wanted if value > MOST), None):
        raise DomainError(_("%(value)s là quá lớn. Hãy kiểm tra lại hệ số.") % {"value": vi_number(too_many)})
    held = {(row.unit_id, row.measure): row.value for row in campaign.targets.all()}
    changes = [
        Change(unit, measure, held.get((unit.pk, measure)), value, how)
        for unit, measure, value, how in wanted
        if value > 0
    ]
    return Proposal(changes, [unit for unit, _measure, value, _how_text in wanted if value <= 0])


# --- writing ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def set_targets(*, campaign: Campaign, changes: Iterable[Change], labels: dict[str, str], by) -> int:
    """Store what was proposed; how many targets that changed. ``labels``: the name that a new target of a measure gets.

    A target that is no longer what was shown as old refuses all, unless it is as wanted already.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    held = {(row.unit_id, row.measure): row for row in campaign.targets.all()}
    fresh, changed, entries = [], [], []
    for change in changes:
        row = held.get((change.unit.pk, change.measure))
        now = row.value if row else None
        if now == change.new:
            continue
        if now != change.old:
            message = _("Chỉ tiêu của “%(unit)s” vừa được người khác sửa. Chưa có gì được lưu; hãy xem lại.")
            raise DomainError(message % {"unit": change.unit}, code="changed_meanwhile")
        name = labels.get(change.measure, change.measure)[:250]
        row = row or Target(campaign=campaign, unit=change.unit, measure=change.measure, name=name)
        row.value = change.new
        (changed if row.pk else fresh).append(row)
        verb = "changed" if row.pk else "added"
        data = {"changes": {"value": [now, change.new]}, "measure": change.measure, "how": change.how}
        entries.append((f"campaigns.target_{verb}", row, change.unit.pk, data))
    if not entries:
        return 0
    Target.objects.bulk_create(fresh, batch_size=500)
    Target.objects.bulk_update(changed, ["value"], batch_size=500)
    audit.record_many(entries, by=by)
    Revision.bump("campaigns")
    return len(entries)
