"""What the public may see of small counts: none under five, and none that can be worked out from what is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.stats import suppressed
from reports.stats.suppress import THRESHOLD, Cell, Share, groups_of, hidden_rows

MARCH, APRIL, MAY = "2023-03", "2023-04", "2023-05"


def cells_of(figures: dict, month: str = MARCH) -> list[Cell]:
    """``{"ab": 3}``: the place b under a had three people."""
    return [Cell(month, tuple(path), people, people) for path, people in figures.items()]


def grouped(cells) -> set[frozenset]:
    return {frozenset("".join(cell.path) for cell in group.cells) for group in groups_of(cells)}


def shown(figures: dict, length: int) -> dict:
    """The rows of the answer that splits by the first steps of the path; None: hidden."""
    cells = cells_of(figures)
    hidden = hidden_rows(groups_of(cells), lambda cell: [Share(cell.path[:length], is_whole=True)])
    rows: dict[tuple, int] = {}
    for cell in cells:
        rows[cell.path[:length]] = rows.get(cell.path[:length], 0) + cell.value
    return {"".join(row): None if row in hidden else value for row, value in rows.items()}


@pytest.mark.parametrize(("value", "public"), [(0, 0), (1, None), (4, None), (5, 5), (900, 900), (None, None)])
def test_single_figure_is_shown_from_five_on(value, public):
    assert suppressed(value) == public


def test_small_cell_takes_the_next_smallest_with_it_because_the_total_is_known():
    assert shown({"a": 3, "b": 8, "c": 20}, 1) == {"a": None, "b": None, "c": 20}


def test_two_small_cells_hide_each_other_if_their_sum_is_not_small():
    assert shown({"a": 3, "b": 4, "c": 20}, 1) == {"a": None, "b": None, "c": 20}


def test_two_cells_of_one_person_each_need_a_third():
    """A sum of 2 can only be 1 + 1."""
    assert shown({"a": 1, "b": 1, "c": 20, "d": 30}, 1) == {"a": None, "b": None, "c": None, "d": 30}


def test_zero_tells_of_nobody_and_is_shown():
    assert shown({"a": 0, "b": 8}, 1) == {"a": 0, "b": 8}


def test_small_total_is_hidden_too():
    assert shown({"a": 2, "b": 1}, 0) == {"": None}


def test_small_place_is_hidden_among_its_neighbours_and_not_across_the_tree():
    figures = {"ab": 3, "ac": 9, "ad": 7, "xy": 6, "xz": 6}
    assert grouped(cells_of(figures)) == {
        frozenset({"ab", "ad"}),
        frozenset({"ac"}),
        frozenset({"xy"}),
        frozenset({"xz"}),
    }
    assert shown(figures, 1) == {"a": 19, "x": 12}


def test_place_that_is_small_with_all_below_it_takes_a_part_of_its_neighbour():
    figures = {"ab": 1, "ac": 2, "xy": 6, "xz": 9, "pq": 50}
    assert shown(figures, 2) == {"ab": None, "ac": None, "xy": None, "xz": 9, "pq": 50}
    # The neighbour's sum would tell, less the part that is shown, so it is hidden as well.
    assert shown(figures, 1) == {"a": None, "x": None, "p": 50}


def test_count_of_services_is_hidden_where_the_people_behind_it_are_few():
    cells = [Cell(MARCH, ("a",), 12, 3), Cell(MARCH, ("b",), 30, 20), Cell(MARCH, ("c",), 40, 21)]
    assert grouped(cells) == {frozenset("ab"), frozenset("c")}


def test_count_without_people_is_judged_by_itself():
    assert grouped([Cell(MARCH, ("a",), 12, 0), Cell(MARCH, ("b",), 3, 0), Cell(MARCH, ("c",), 6, 0)]) == {
        frozenset("a"),
        frozenset("bc"),
    }


# --- over time --------------------------------------------------------------------------------------------------------
def test_month_that_is_small_as_a_whole_waits_for_the_next():
    march = cells_of({"a": 2})
    assert [group.is_small for group in groups_of(march)] == [True]
    april = cells_of({"a": 7, "b": 9}, APRIL)
    [small, other] = sorted(groups_of(march + april), key=lambda group: len(group.cells), reverse=True)
    assert [(cell.month, cell.path) for cell in small.cells] == [(MARCH, ("a",)), (APRIL, ("a",))]
    assert [(cell.month, cell.path) for cell in other.cells] == [(APRIL, ("b",))]


def test_group_that_is_still_small_hides_every_row_it_is_in():
    groups = groups_of(cells_of({"a": 2}, MAY))
    assert hidden_rows(groups, lambda _cell: [Share((), is_whole=True)]) == {()}


MONTHS = st.dictionaries(
    st.text("abc", min_size=2, max_size=2), st.integers(0, 12), max_size=9
)  # paths of one length: leaves of a tree


@given(earlier=MONTHS, later=MONTHS)
def test_months_to_come_change_nothing_that_was_settled(earlier, later):
    """Otherwise the answer of last week and that of today would tell by their difference what each of them hides."""
    before = groups_of(cells_of(earlier))
    after = groups_of(cells_of(earlier) + cells_of(later, APRIL))
    assert {group for group in before if not group.is_small} <= set(after)


@given(months=st.lists(MONTHS, min_size=1, max_size=3))
def test_groups_hold_every_cell_once_and_only_the_last_can_be_small(months):
    cells = [
        cell for month, figures in zip([MARCH, APRIL, MAY], months, strict=False) for cell in cells_of(figures, month)
    ]
    groups = groups_of(cells)
    assert sorted(cell for group in groups for cell in group.cells) == sorted(cell for cell in cells if cell.value)
    assert [group for group in groups[:-1] if group.value < THRESHOLD] == []


# --- rows that hold parts ---------------------------------------------------------------------------------------------
def test_row_that_holds_some_days_of_a_cell_is_hidden():
    """A unit that moved within the month: neither parent's month is a sum of whole groups."""
    groups = groups_of(cells_of({"a": 30, "b": 30}))

    def shares(cell):
        both = [Share("old", is_whole=False), Share("new", is_whole=False)]
        return both if cell.path == ("a",) else [Share("other", is_whole=True)]

    assert hidden_rows(groups, shares) == {"old", "new"}
