"""The year that the benchmarks are measured on: planned by the seed alone, exact in number, shaped as it claims."""

from hypothesis import given
from hypothesis import strategies as st

from bench import year
from bench.facts import PEAK_DAYS

DAYS = year.team_days(40, seed=1)


def test_one_seed_gives_one_year():
    assert year.team_days(40, seed=1) == DAYS
    assert year.team_days(40, seed=2) != DAYS


@given(st.integers(0, 3_000_000))
def test_every_log_falls_to_one_team_day(logs):
    shares = year.shares(DAYS, logs)
    assert len(shares) == len(DAYS)
    assert min(shares) >= 0
    assert sum(shares) == logs


def test_the_peak_days_hold_a_third_of_the_logs():
    shares = year.shares(DAYS, 1_000_000)
    peak = sum(share for each, share in zip(DAYS, shares, strict=True) if each.day in PEAK_DAYS)
    assert 332_000 <= peak <= 335_000


def test_on_peak_days_every_team_is_out():
    for day in PEAK_DAYS:
        assert [each.team for each in DAYS if each.day == day] == list(range(40))


@given(st.integers(0, 5_000), st.sampled_from(DAYS))
def test_no_session_holds_more_than_a_phone_can_take(logs, each):
    parts = list(year.sessions(each, logs))
    assert sum(parts) == logs
    assert max(parts) <= year.MOST_LOGS
    assert len(parts) >= each.shifts
