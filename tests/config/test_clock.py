"""Calls of the clock: what no worker has taken in time is void, so that none pile up while there is no worker."""

import pytest

from config.clock import SCHEDULE


@pytest.mark.parametrize("name", SCHEDULE)
def test_call_runs_out_before_many_of_it_can_wait(name):
    entry = SCHEDULE[name]
    every, lasts = entry["schedule"].run_every.total_seconds(), entry["options"]["expires"]
    # Never before the next one comes, or a busy worker would find none; a minute leaves room for clocks that differ.
    assert lasts >= max(every, 60)
    assert lasts / every <= 20
