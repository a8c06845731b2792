"""What the public may see of small counts: none under five, and none that can be worked out from what is shown."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.stats import MEASURES, Answer, suppress_small, suppressed


def answer_of(by: list[str], figures: dict[tuple, int], measure: str = "people") -> Answer:
    rows = [dict(zip(by, key, strict=True)) | {measure: value} for key, value in figures.items()]
    total = {measure: sum(figures.values())}
    return Answer({}, [*by, measure], rows, {}, total, {}, measures=[MEASURES[measure]])


def shown(by: list[str], figures: dict[tuple, int], measure: str = "people") -> list[int | None]:
    return [row[measure] for row in suppress_small(answer_of(by, figures, measure)).rows]


@pytest.mark.parametrize(("value", "public"), [(0, 0), (1, None), (4, None), (5, 5), (900, 900), (None, None)])
def test_single_figure_is_shown_from_five_on(value, public):
    assert suppressed(value) == public


def test_small_cell_takes_the_next_smallest_with_it_because_the_total_is_known():
    assert shown(["day"], {("a",): 3, ("b",): 8, ("c",): 20}) == [None, None, 20]


def test_two_small_cells_hide_each_other_if_their_sum_is_not_small():
    assert shown(["day"], {("a",): 3, ("b",): 4, ("c",): 20}) == [None, None, 20]


def test_two_cells_of_one_person_each_need_a_third():
    """A sum of 2 can only be 1 + 1."""
    assert shown(["day"], {("a",): 1, ("b",): 1, ("c",): 20, ("d",): 30}) == [None, None, None, 30]


def test_zero_tells_of_nobody_and_is_shown():
    assert shown(["day"], {("a",): 0, ("b",): 8}) == [0, 8]


def test_small_total_is_hidden_too():
    assert suppress_small(answer_of(["day"], {("a",): 2, ("b",): 1})).totals == {"people": None}


def test_cell_is_hidden_along_every_dimension():
    figures = {("u", "d"): 3, ("u", "e"): 9, ("v", "d"): 10, ("v", "e"): 11}
    assert shown(["unit", "day"], figures) == [None, None, None, None]


def test_counts_of_sessions_point_at_no_citizen():
    assert shown(["day"], {("a",): 1, ("b",): 8}, "sessions") == [1, 8]


def test_answer_itself_is_left_as_it_was():
    answer = answer_of(["day"], {("a",): 3, ("b",): 8})
    suppress_small(answer)
    assert [row["people"] for row in answer.rows] == [3, 8]


@given(values=st.lists(st.integers(0, 12), min_size=6, max_size=6))
def test_no_hidden_cell_is_alone_in_its_row_or_column(values):
    """Whoever knows the margins, which are answers too, can never solve for one hidden cell."""
    cells = list(product("uv", "def"))
    public = dict(zip(cells, shown(["unit", "day"], dict(zip(cells, values, strict=True))), strict=True))
    figures = dict(zip(cells, values, strict=True))
    assert [cell for cell, value in public.items() if value is not None and 0 < value < 5] == []
    for place, code in [(0, "u"), (0, "v"), (1, "d"), (1, "e"), (1, "f")]:
        line = [cell for cell in cells if cell[place] == code]
        hidden = [cell for cell in line if public[cell] is None]
        open_ones = [cell for cell in line if public[cell]]
        # One alone, or several of a small sum, only where nothing is left to hide.
        if hidden and (len(hidden) == 1 or sum(figures[cell] for cell in hidden) < 5):
            assert open_ones == []
