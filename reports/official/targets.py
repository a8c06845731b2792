"""Chỉ tiêu – thực hiện – %: what the unit and those right below it were to reach, and what the statistics say of it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import Campaign, CampaignStatus, Target
from core.dated import overlapping, today
from reports.official.figures import Figures, exact
from reports.stats.scope import meant_by
from teams.models import Unit


@dataclass(frozen=True)
class Standing:
    target: Target
    # The code that the statistics know its unit by: codes are used again.
    unit: str
    # None: nothing is told of it.
    value: int | None

    @property
    def percent(self) -> float | None:
        return None if self.value is None else round(100 * self.value / self.target.value, 1)


def standings(figures: Figures) -> list[Standing]:
    """From the campaign's first day to the last day of the report, as the campaign's own board counts."""
    found: list[Standing] = []
    by_campaign: dict[Campaign, list[Target]] = {}
    for target in _targets(figures):
        by_campaign.setdefault(target.campaign, []).append(target)
    for campaign, targets in by_campaign.items():
        found += _of_campaign(figures, campaign, targets)
    return found


def _targets(figures: Figures):
    draft, campaign = figures.draft, figures.draft.campaign
    first = draft.starts_on or (campaign.starts_on if campaign else dt.date.min)
    last = draft.ends_on or (campaign and campaign.ends_on) or today()
    # Who stood there at another time only is counted elsewhere: here it would have reached nothing.
    below = Unit.objects.filter(overlapping(first, last, "placements__"), placements__parent=draft.unit)
    rows = Target.objects.filter(Q(unit=draft.unit) | Q(unit__in=below.values("pk")), measure__in=figures.measures)
    campaigns = _campaigns(draft, last).visible_to(figures.access).values("pk")
    rows = rows.filter(campaign__in=campaigns).visible_to(figures.access).for_list()
    targets = rows.order_by("campaign__starts_on", "campaign__code", "unit__sort_key", "measure", "pk")
    # The unit's own first: the others are parts of it.
    return sorted(targets, key=lambda row: (row.campaign.starts_on, row.campaign.code, row.unit_id != draft.unit_id))


def _campaigns(draft, last: dt.date):
    """The one that the report is about with those inside it; else all that ran in its days."""
    rows = Campaign.objects.exclude(status=CampaignStatus.DRAFT)
    if draft.campaign:
        return rows.filter(pk__in=_inside(draft.campaign))
    runs = Q(ends_on__isnull=True) | Q(ends_on__gte=draft.starts_on or dt.date.min)
    return rows.filter(runs, starts_on__lte=last)


def _inside(campaign: Campaign) -> set[int]:
    children: dict[int, list[int]] = {}
    for pk, parent in Campaign.objects.filter(parent__isnull=False).values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    found, to_visit = {campaign.pk}, [campaign.pk]
    while to_visit:
        new = [child for child in children.get(to_visit.pop(), []) if child not in found]
        found.update(new)
        to_visit += new
    return found


def _of_campaign(figures: Figures, campaign: Campaign, targets: list[Target]) -> list[Standing]:
    """One question for all targets of a campaign: a row is a child with all below it, the totals are the unit's."""
    draft = figures.draft
    measures = tuple(dict.fromkeys(target.measure for target in targets))
    told = figures.ask("unit", measures=measures, campaign=(campaign.code,), start=None)
    rows = {row["unit"]: row for row in told.rows}
    codes = _codes({target.unit for target in targets}, draft.ends_on)

    def value(target: Target) -> int:
        if target.unit_id == draft.unit_id:
            return told.totals[target.measure]
        row = rows.get(codes[target.unit])
        return row[target.measure] if row else 0

    return [Standing(target, codes[target.unit], value(target)) for target in targets]


def _codes(units: set[Unit], last: dt.date | None) -> dict[Unit, str]:
    """The plain code is the unit that it means in the days asked for; others carry their first day."""
    namesakes: dict[str, list[Unit]] = {}
    for row in Unit.objects.filter(code__in={unit.code for unit in units}):
        namesakes.setdefault(row.code, []).append(row)
    return {unit: unit.code if meant_by(namesakes[unit.code], None, last) == unit else exact(unit) for unit in units}
