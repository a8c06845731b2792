"""The cuts that are kept: which columns each splits the lines by, what it counts, and whether it is kept by month.

One declaration for counting, folding, proving and asking.
"""

from dataclasses import dataclass
from typing import Any

from reports.models import (
    DayTally,
    HourTally,
    LineTally,
    MetricMonthTally,
    MetricTally,
    MonthTally,
    OutcomeMonthTally,
    OutcomeTally,
    PersonMonthTally,
    PersonTally,
    PresenceMonthTally,
    PresenceTally,
    ResultMonthTally,
    ResultTally,
    RhythmMonthTally,
    RhythmTally,
    ServiceMonthTally,
    ServiceTally,
)

PLACE = ("team_id", "day", "campaign_id", "point_id", "state")
# Columns of keys that may be null: in a key, null counts as a value.
NULLABLE = frozenset({"campaign_id", "point_id", "metric_id"})
TURNS = ("people", "service_turns")


@dataclass(frozen=True)
class Cut:
    """``columns``: beyond the place (team, day, campaign, point, state); ``measures`` add up over rows.

    ``finer``: the cut that it adds up from, if not from the lines themselves: to read that is cheaper.
    """

    code: str
    # Subclasses of Tally.
    days: Any
    months: Any
    columns: tuple[str, ...]
    measures: tuple[str, ...]
    finer: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return (*PLACE, *self.columns)

    @property
    def month_key(self) -> tuple[str, ...]:
        """Beyond the month."""
        return tuple(column for column in self.key if column != "day" and (self.keeps_points or column != "point_id"))

    @property
    def keeps_points(self) -> bool:
        """By month only the coarse one tells points apart: for the others that would be half as many rows again."""
        return self.code == "day"


DAY = Cut("day", DayTally, MonthTally, (), (*TURNS, "sessions", "volunteer_turns", "volunteer_minutes"))
PRESENCE = Cut("presence", PresenceTally, PresenceMonthTally, ("volunteer_id",), ("turns", "minutes"))
# Cuts through the lines, from the coarsest to the finest.
OF_LINES = (
    Cut("rhythm", RhythmTally, RhythmMonthTally, ("hour",), TURNS, "hour"),
    Cut("service", ServiceTally, ServiceMonthTally, ("service_id",), TURNS, "result"),
    Cut("metric", MetricTally, MetricMonthTally, ("metric_id",), ("quantity",), "result"),
    Cut("person", PersonTally, PersonMonthTally, ("age_group", "channel"), TURNS, "line"),
    Cut("outcome", OutcomeTally, OutcomeMonthTally, ("result", "age_group"), TURNS, "line"),
    Cut("result", ResultTally, ResultMonthTally, ("service_id", "result", "metric_id"), (*TURNS, "quantity"), "line"),
    Cut("hour", HourTally, None, ("hour", "service_id"), TURNS),
    Cut(
        "line",
        LineTally,
        None,
        ("service_id", "result", "age_group", "channel", "metric_id"),
        (*TURNS, "quantity"),
    ),
)
# In the order in which the engine tries them.
CUTS = {cut.code: cut for cut in (DAY, *OF_LINES, PRESENCE)}
