"""All figures of one report, asked of the statistics at one moment.

Every question is one that the REST interface answers too, word for word; nothing is counted here.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from django.db import connection, transaction
from django.utils import timezone

from reports.official.models import ReportDraft
from reports.stats.engine import Answer, plan, run
from reports.stats.freshness import freshness
from reports.stats.measures import MEASURES, Measure, all_measures
from reports.stats.query import StatsQuery
from teams.access import Access
from teams.models import Unit

# What a report is known by, in this order.
HEADLINES = (
    "people",
    "service_turns",
    "sessions",
    "teams",
    "points",
    "volunteer_turns",
    "volunteers",
    "volunteer_minutes",
)
FORCES = HEADLINES[2:]
TURNS = ("people", "service_turns")


@contextmanager
def snapshot() -> Iterator[None]:
    """Within it every question sees the same figures, the same organisation and the same catalogue.

    Inside a transaction of the caller it is that transaction, whose beginning is past."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def exact(unit: Unit) -> str:
    """The unit's code as the statistics understand it without doubt, since codes are used again."""
    return f"{unit.code}@{unit.valid_from.isoformat()}"


@dataclass
class Figures:
    """Asks for what the parts of a report need, each once; use it within :func:`snapshot`."""

    draft: ReportDraft
    access: Access
    # Before the figures: then it never claims more than they hold.
    fresh: dict = field(init=False)

    def __post_init__(self):
        self.fresh = freshness(self.access)

    # --- asking -------------------------------------------------------------------------------------------------------
    def question(self, *by: str, measures: tuple[str, ...] = TURNS, **other) -> StatsQuery:
        draft = self.draft
        asked = {
            "unit": exact(draft.unit),
            "campaign": (draft.campaign.code,) if draft.campaign else (),
            "start": draft.starts_on,
            "end": draft.ends_on,
            "state": draft.figures,
        }
        return StatsQuery(measures=measures, by=by, **(asked | other))

    def ask(self, *by: str, measures: tuple[str, ...] = TURNS, **other) -> Answer:
        return run(plan(self.question(*by, measures=measures, **other), self.access), self.fresh)

    # --- what is known ------------------------------------------------------------------------------------------------
    @cached_property
    def measures(self) -> dict[str, Measure]:
        return all_measures()

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Results of the catalogue, apart from those that are a measure's other name."""
        return tuple(code for code, measure in self.measures.items() if measure.metric_id)

    @cached_property
    def whole(self) -> Answer:
        return self.ask(measures=(*HEADLINES, *self.metrics))

    @property
    def totals(self) -> dict[str, int]:
        return self.whole.totals

    @cached_property
    def reached(self) -> tuple[str, ...]:
        """The metrics that have a figure."""
        return tuple(code for code in self.metrics if self.totals[code])

    @property
    def state(self) -> str | None:
        return self.whole.freshness["state"]

    @property
    def as_of(self) -> dt.datetime:
        return self.fresh["as_of"] or timezone.localtime()

    @cached_property
    def days(self) -> Answer:
        return self.ask("day", measures=(*TURNS, "sessions", "teams", "volunteer_turns"))

    @property
    def is_one_day(self) -> bool:
        return self.draft.starts_on is not None and self.draft.starts_on == self.draft.ends_on

    @cached_property
    def units(self) -> Answer:
        return self.ask("unit", measures=HEADLINES)

    def label(self, code: str) -> str:
        return str(self.measures[code].label)


def is_of_citizens(code: str) -> bool:
    return MEASURES[code].is_of_citizens if code in MEASURES else True
