"""Answering: which tally can say what is asked, one SELECT each, and the answer put together in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import Campaign
from reports.stats.dimensions import DIMENSIONS
from reports.stats.freshness import freshness
from reports.stats.labels import NO_CODE, Name, names_of
from reports.stats.measures import Measure, all_measures
from reports.stats.problems import BadQuery, TooManyRows
from reports.stats.query import StatsQuery
from reports.stats.scope import Scope, scope_of
from reports.stats.sql import Filters, Statement
from reports.tallies.cuts import CUTS
from services_help.models import Service, Session
from teams.access import Access, Grant
from teams.permissions import Right

# Beyond this an answer is refused, never cut short.
MOST_ROWS = 50_000
STATES = ("provisional", "approved", "locked")


@dataclass(frozen=True)
class Plan:
    """A question whose words have been found to mean something that this caller may ask."""

    query: StatsQuery
    scope: Scope
    filters: Filters
    measures: list[Measure]
    # tally -> the measures read from it
    sources: dict[str, list[Measure]]


@dataclass(frozen=True)
class Answer:
    query: dict
    # Dimensions, then measures.
    columns: list[str]
    # One mapping a row; dimensions by code (None: no such value), measures as whole numbers.
    rows: list[dict]
    # dimension -> code -> name; the name of an absent value stands under ``"null"``.
    labels: dict[str, dict[str, str]]
    # Of the whole answer, whatever page of it is shown.
    totals: dict[str, Any]
    freshness: dict
    measures: list[Measure] = field(repr=False, default_factory=list)
    # Place of each row in the order, for the cursor.
    orders: list[tuple] = field(repr=False, default_factory=list)

    @property
    def dimensions(self) -> list[str]:
        return self.columns[: len(self.columns) - len(self.measures)]

    def label(self, dimension: str, code) -> str:
        return self.labels[dimension][NO_CODE if code is None else str(code)]

    def labels_of(self, dimension: str, rows: Iterable[dict]) -> dict[str, str]:
        """The labels that these rows need, in their order."""
        codes = dict.fromkeys(NO_CODE if row[dimension] is None else str(row[dimension]) for row in rows)
        return {code: self.labels[dimension][code] for code in codes}


def answer(query: StatsQuery, access: Access) -> Answer:
    """The whole answer to ``query`` within what ``access`` may see."""
    # Before the figures: then it never claims more than they hold.
    fresh = freshness(access)
    return run(plan(query, access), fresh)


# --- understanding ----------------------------------------------------------------------------------------------------
def plan(query: StatsQuery, access: Access) -> Plan:
    scope = scope_of(query, access)
    filters = Filters(_campaign_ids(query, access), _service_ids(query))
    known = all_measures()
    measures = [known[code] for code in query.measures]
    sources: dict[str, list[Measure]] = {}
    for measure in measures:
        sources.setdefault(_tally_for(measure, query), []).append(measure)
    return Plan(query, scope, filters, measures, sources)


def _tally_for(measure: Measure, query: StatsQuery) -> str:
    """The coarsest tally that knows the measure, every dimension and every filter."""
    wanted = [*query.by, *(["service"] if query.service else [])]
    for tally in CUTS:
        if tally in measure.sources and all(tally in DIMENSIONS[code].tallies for code in wanted):
            return tally
    raise BadQuery({"by": _refusal(measure, query)}, code="not_combinable")


def _refusal(measure: Measure, query: StatsQuery) -> str:
    allowed = [code for code in DIMENSIONS if any(t in DIMENSIONS[code].tallies for t in measure.sources)]
    asked = [code for code in query.by if code not in allowed]
    words = {"measure": f"{measure.code} ({measure.label})", "allowed": ", ".join(allowed)}
    if asked:
        return _("Không chia %(measure)s theo %(asked)s được. Có thể dùng: %(allowed)s.") % (
            words | {"asked": ", ".join(asked)}
        )
    if query.service and "service" not in allowed:
        return _("Không lọc %(measure)s theo “service” được: một ca có nhiều dịch vụ.") % words
    together = ", ".join(query.by)
    return _("Không chia %(measure)s theo %(asked)s cùng lúc được; “hour” đi cùng service và service_group.") % (
        words | {"asked": together}
    )


def _service_ids(query: StatsQuery) -> list[int] | None:
    """A group stands for its services."""
    if not query.service:
        return None
    rows = list(Service.objects.filter(code__in=query.service).values_list("pk", "code"))
    _require_known("service", query.service, {code for _pk, code in rows})
    named = {pk for pk, _code in rows}
    return sorted(named | set(Service.objects.filter(group__in=named).values_list("pk", flat=True)))


def _campaign_ids(query: StatsQuery, access: Access) -> list[int] | None:
    """A campaign stands for all that it contains."""
    if not query.campaign:
        return None
    named = {campaign.pk: campaign.code for campaign in Campaign.objects.filter(code__in=query.campaign)}
    seen = _nameable(set(named), access)
    _require_known("campaign", query.campaign, {named[pk] for pk in seen})
    children: dict[int, list[int]] = {}
    for pk, parent in Campaign.objects.filter(parent__isnull=False).values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    found, to_visit = set(seen), list(seen)
    while to_visit:
        new = [child for child in children.get(to_visit.pop(), []) if child not in found]
        found.update(new)
        to_visit += new
    return sorted(found)


def _nameable(ids: set[int], access: Access) -> set[int]:
    """Whoever may see figures of a place may name the campaigns that work there; others are as good as unknown."""
    grants = tuple(
        Grant(grant.rights | {Right.CAMPAIGN_VIEW}, grant.unit_id, grant.team_id)
        for grant in access.grants
        if Right.STATS_VIEW in grant.rights
    )
    campaigns = Campaign.objects.filter(pk__in=ids).visible_to(replace(access, grants=grants))
    seen = set(campaigns.values_list("pk", flat=True))
    for pk in ids - seen:
        if Session.objects.filter(campaign=pk).visible_to(access, Right.STATS_VIEW).exists():
            seen.add(pk)
    return seen


def _require_known(parameter: str, asked: Iterable[str], known: set[str]) -> None:
    unknown = [code for code in asked if code not in known]
    if unknown:
        raise BadQuery({parameter: _("Không có mã “%(codes)s”.") % {"codes": ", ".join(unknown)}}, code="unknown_code")


# --- counting ---------------------------------------------------------------------------------------------------------
def run(plan: Plan, fresh: dict) -> Answer:
    """The answer, with ``fresh`` as ``freshness()`` told it before."""
    query, by = plan.query, plan.query.by
    cells, state = _count(plan, by, plan.sources)
    names = {code: names_of(code, {key[place] for key in cells}, query) for place, code in enumerate(by)}
    rows = _rows(plan, cells, names)
    return Answer(
        query=query.as_dict(),
        columns=[*by, *query.measures],
        rows=[row for _order, row in rows],
        labels={code: _labels(names[code], {row[code] for _order, row in rows}) for code in by},
        totals=_totals(plan, cells),
        freshness=fresh | {"state": None if state is None else STATES[state]},
        measures=plan.measures,
        orders=[order for order, _row in rows],
    )


def _count(plan: Plan, by: tuple[str, ...], sources: dict[str, list[Measure]]) -> tuple[dict, int | None]:
    """(raw values of the dimensions -> figures in the order of the plan's measures, the least certain state of them).

    Written for thousands of rows: no call for each of them.
    """
    cells: dict[tuple, list[int]] = {}
    states = set()
    width, places = len(by), {measure.code: place for place, measure in enumerate(plan.measures)}
    nothing = [0] * len(plan.measures)
    for tally, measures in sources.items():
        found = Statement(plan.query, plan.scope, plan.filters, tally, by, measures).run(MOST_ROWS)
        targets = [(places[measure.code], width + 1 + number) for number, measure in enumerate(measures)]
        for row in found:
            key = row[:width]
            cell = cells.get(key)
            if cell is None:
                cell = cells[key] = nothing[:]
            for place, column in targets:
                cell[place] = row[column] or 0
            states.add(row[width])
    states.discard(None)
    if len(cells) > MOST_ROWS:
        raise TooManyRows(MOST_ROWS)
    return cells, min(states, default=None)


def _rows(plan: Plan, cells: dict[tuple, list[int]], names: dict[str, dict[object, Name]]) -> list[tuple[tuple, dict]]:
    columns = (*plan.query.by, *plan.query.measures)
    known = [names[code] for code in plan.query.by]
    rows = []
    for key, figures in cells.items():
        # Only rows with something to say; a question without dimensions always has its one row.
        if key and not any(figures):
            continue
        found = [named[raw] for named, raw in zip(known, key, strict=True)]
        row = dict(zip(columns, [*[name.code for name in found], *figures], strict=True))
        rows.append((tuple([name.order for name in found]), row))
    rows.sort(key=itemgetter(0))
    return rows


def _labels(names: dict[object, Name], codes: set) -> dict[str, str]:
    return {NO_CODE if n.code is None else str(n.code): n.label for n in names.values() if n.code in codes}


def _totals(plan: Plan, cells: dict) -> dict[str, int]:
    """Additive measures add up; distinct ones are counted again over everything."""
    columns = list(zip(*cells.values(), strict=True)) or [()] * len(plan.measures)
    totals = [sum(column) for column in columns]
    if plan.query.by:
        distinct = {
            tally: found for tally, group in plan.sources.items() if (found := [m for m in group if not m.is_additive])
        }
        [whole] = _count(plan, (), distinct)[0].values() if distinct else [[]]
        totals = [
            total if measure.is_additive else whole[place]
            for place, (measure, total) in enumerate(zip(plan.measures, totals, strict=True))
        ]
    return {measure.code: total for measure, total in zip(plan.measures, totals, strict=True)}
