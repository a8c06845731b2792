"""A claim says whether it holds, and the run ends by it."""

import pytest

from bench.databases import short
from bench.report import Claim, Comparison, at_least, at_most, table


def test_a_bar_is_reached_or_not():
    assert at_most("chậm đi", 1.5, 1.5).holds
    assert not at_most("chậm đi", 1.51, 1.5).holds
    assert at_least("nhanh hơn", 20, 20).holds
    assert not at_least("nhanh hơn", 19.99, 20).holds
    assert Claim("chỉ để biết", 0.0).holds


def test_a_claim_is_told_with_its_bar_and_what_is_behind_it():
    assert at_most("Chậm đi", 1.61, 1.5, note="1,0 ms và 1,6 ms").lines() == [
        "Chậm đi: 1.61 lần  (cần ≤ 1.5: KHÔNG ĐẠT)",
        "    1,0 ms và 1,6 ms",
    ]
    assert at_most("Mục bị mất", 0, 0, "").lines() == ["Mục bị mất: 0  (cần ≤ 0: ĐẠT)"]


@pytest.mark.parametrize(("higher_is_better", "ratio"), [(True, 4.0), (False, 0.25)])
def test_a_comparison_is_the_median_of_its_rounds(higher_is_better, ratio):
    found = Comparison("", "", [4.0, 8.0, 400.0], [1.0, 2.0, 1.0], "", higher_is_better=higher_is_better)
    assert found.ratio == ratio


def test_a_table_stands_in_columns():
    assert table(["CPU", "giây"], [["web", "1.0"], ["PostgreSQL", "12.5"]]) == [
        "CPU         giây",
        "────────────────",
        "web          1.0",
        "PostgreSQL  12.5",
    ]


@pytest.mark.parametrize(
    ("logs", "name"), [(1_000_000, "1m"), (2_500_000, "2.5m"), (10_000_000, "10m"), (50_000, "50k"), (123, "123")]
)
def test_sizes_are_told_shortly(logs, name):
    assert short(logs) == name
