"""One year of work, planned: which team is out on which day, with how many logs, in which sessions.

The calendar of team-days depends on the seed alone. A year of ten times as many logs is the same calendar with ten
times the citizens, in longer and in more sessions.
"""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bench.facts import FIRST_DAY, LAST_DAY, PEAK_DAYS

PEAK_SHARE = 1 / 3
# A session of more logs than one phone can take in a shift is two.
MOST_LOGS = 150
# Monday to Sunday: offices are closed at the weekend, volunteers are free.
WEEK = (0.6, 0.7, 0.8, 0.8, 1.0, 1.7, 1.4)
MONTHS = {3: 2.2, 6: 1.3, 7: 1.8, 8: 1.4, 1: 0.6, 2: 0.4}
OUT_ON_AN_ORDINARY_DAY = 0.22


@dataclass(frozen=True)
class TeamDay:
    team: int  # its place in the order of codes
    day: dt.date
    weight: float
    shifts: int
    # Places in the team's pool of volunteers, as parts of its length; the same people in every session of the day.
    crew: tuple[float, ...]
    # Draws of campaign, place and review: not of the number of logs, so that they are the same at every size.
    luck: tuple[float, float, float]

    @property
    def is_peak(self) -> bool:
        return self.day in PEAK_DAYS


def team_days(teams: int, *, seed: int) -> list[TeamDay]:
    rng = random.Random(f"year {seed}")
    eager = [rng.paretovariate(1.6) for _team in range(teams)]
    found = []
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + dt.timedelta(days=number)
        peak = day in PEAK_DAYS
        rhythm = WEEK[day.weekday()] * MONTHS.get(day.month, 1.0)
        for team in range(teams):
            if peak or rng.random() < OUT_ON_AN_ORDINARY_DAY * rhythm:
                weight = eager[team] ** 0.5 * rng.uniform(0.5, 1.5) * (1 if peak else rhythm**0.5)
                crew = tuple(rng.random() for _one in range(rng.randint(3, 10)))
                shifts = 1 if peak or rng.random() < 0.7 else 2
                luck = (rng.random(), rng.random(), rng.random())
                found.append(TeamDay(team, day, weight, shifts, crew, luck))
    return _shared_out(found)


def _shared_out(days: list[TeamDay]) -> list[TeamDay]:
    """Weights that add up to one, a third of it on the peak days."""
    peak = sum(each.weight for each in days if each.is_peak)
    rest = sum(each.weight for each in days) - peak
    scale = {True: PEAK_SHARE / peak, False: (1 - PEAK_SHARE) / rest}
    return [replace(each, weight=each.weight * scale[each.is_peak]) for each in days]


def shares(days: Sequence[TeamDay], logs: int) -> list[int]:
    """How many of ``logs`` fall to each team-day; they add up exactly."""
    whole, reached, edges = sum(each.weight for each in days), 0.0, [0]
    for each in days:
        reached += each.weight
        edges.append(round(reached / whole * logs))
    edges[-1] = logs
    return [end - start for start, end in pairwise(edges)]


def sessions(each: TeamDay, logs: int) -> Iterator[int]:
    """The number of logs in each session of one team-day."""
    count = max(each.shifts, -(-logs // MOST_LOGS))
    for number in range(count):
        yield (number + 1) * logs // count - number * logs // count
