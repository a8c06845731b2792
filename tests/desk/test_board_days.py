"""Days in the address of a board that no figure can be of."""

import pytest

from core.dated import today
from desk.board.widgets import WIDGETS
from tests.desk.boards import planned
from tests.desk.test_board_pages import look

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(world):
    return planned(world)


@pytest.mark.parametrize("far", ["0001-01-01", "9999-12-31", "1999-12-31", "2100-01-01", "2023-02-30", "hom-nay"])
def test_a_day_that_no_figure_can_be_of_is_today(client, plan, far):
    assert look(client, plan.unit_staff, "home", day=far).context["day"] == today()
    for name in ("live", "wall", "live_wall"):
        assert look(client, plan.unit_staff, name, day=far).status_code == 200
    for part in WIDGETS:
        assert look(client, plan.unit_staff, "widget", part, day=far).context["day"] == today()
        assert look(client, plan.unit_staff, "widget_csv", part, day=far).status_code == 200
    assert look(client, plan.unit_staff, "widget_svg", "hours", day=far).status_code == 200


@pytest.mark.parametrize("edge", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_have_a_board(client, plan, edge):
    assert look(client, plan.unit_staff, "home", day=edge).context["day"].isoformat() == edge


def test_a_unit_whose_code_no_database_can_hold_is_not_there(client, plan):
    assert look(client, plan.unit_staff, "home", unit="\x00").status_code == 404
