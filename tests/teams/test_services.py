"""Saving units and teams: dated rows of a thing begin and end with it, and refusals say what is in the way."""

import datetime as dt

import pytest

from core import audit
from core.errors import DomainError
from core.models import AuditEvent, Revision
from teams.models import Team, TeamHome, TeamMember, Unit, UnitAncestry, UnitPlacement
from teams.services import move_team, place_unit, put_team, put_unit, save_team, save_unit
from teams.tree import TreeError, rebuild_ancestry, tree_problems
from tests import factories
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db
D = dt.date(2024, 1, 1)
BEFORE, LATER = dt.date(2023, 12, 31), dt.date(2025, 1, 1)


def spans(rows, name: str) -> list[tuple]:
    return [(getattr(row, name).code, row.valid_from, row.valid_to) for row in rows.order_by("valid_from")]


# --- a new thing ------------------------------------------------------------------------------------------------------
def test_new_unit_stands_under_its_parent_from_its_first_day(world):
    unit = save_unit(unit=Unit(code="MOI", name="Mới", kind="commune", block="territory", valid_from=D),
                     parent=world.binh_chanh, by=world.city_staff)  # fmt: skip
    assert spans(unit.placements, "parent") == [("BC", D, None)]
    assert UnitAncestry.objects.filter(descendant=unit, ancestor=world.city, valid_from=D).exists()
    assert tree_problems() == []


def test_unit_that_ends_keeps_its_placement_to_its_last_day(world):
    unit = save_unit(
        unit=Unit(code="MOI", name="Mới", kind="commune", block="territory", valid_from=D, valid_to=LATER),
        parent=world.binh_chanh,
        by=world.city_staff,
    )
    assert spans(unit.placements, "parent") == [("BC", D, LATER)]


def test_new_team_is_at_home_from_its_first_day(world):
    team = save_team(team=Team(code="MOI", name="Mới", valid_from=D), unit=world.tan_tuc, by=world.unit_staff)
    assert spans(team.homes, "unit") == [("BC-TT", D, None)]


@pytest.mark.parametrize(
    ("start", "end"), [(D, None), (LONG_AGO, None), (dt.date(2019, 1, 1), LONG_AGO)], ids=["during", "same", "into"]
)
def test_code_in_use_is_refused_with_the_name_of_who_has_it(world, start, end):
    team = Team(code="TO-TT", name="Khác", valid_from=start, valid_to=end)
    with pytest.raises(DomainError, match="đang là của “Tổ xung kích Tân Túc”") as refused:
        save_team(team=team, unit=world.tan_tuc, by=None)
    assert refused.value.code == "code_taken"
    assert Team.objects.filter(code="TO-TT").count() == 1


def test_code_is_free_before_its_first_day(world):
    ended = Team(code="TO-TT", name="Trước kia", valid_from=dt.date(2019, 1, 1), valid_to=dt.date(2019, 12, 31))
    save_team(team=ended, by=None)
    assert Team.objects.filter(code="TO-TT").count() == 2


# --- an end, a start --------------------------------------------------------------------------------------------------
def test_team_that_ends_takes_its_home_and_its_members_with_it(world):
    factories.volunteer(unit=world.tan_tuc, team=world.team)
    world.team.valid_to = D
    save_team(team=world.team, by=world.unit_staff)
    assert spans(world.team.homes, "unit") == [("BC-TT", LONG_AGO, D)]
    assert TeamMember.objects.get().valid_to == D


def test_end_taken_back_reopens_what_ended_with_it(world):
    factories.volunteer(unit=world.tan_tuc, team=world.team)
    for end in (D, None):
        world.team.valid_to = end
        save_team(team=world.team, by=world.unit_staff)
    assert spans(world.team.homes, "unit") == [("BC-TT", LONG_AGO, None)]
    assert TeamMember.objects.get().valid_to is None


def test_end_before_a_planned_move_drops_the_move(world):
    move_team(team=world.team, unit=world.vinh_loc, since=LATER, by=None)
    world.team.valid_to = D
    save_team(team=world.team, by=None)
    assert spans(world.team.homes, "unit") == [("BC-TT", LONG_AGO, D)]


def test_member_who_left_before_the_end_is_not_touched(world):
    volunteer = factories.volunteer(unit=world.tan_tuc)
    TeamMember.objects.create(team=world.team, volunteer=volunteer, valid_from=LONG_AGO, valid_to=BEFORE)
    world.team.valid_to = D
    save_team(team=world.team, by=None)
    assert TeamMember.objects.get().valid_to == BEFORE


def test_later_start_cuts_what_came_before_it(world):
    move_team(team=world.team, unit=world.vinh_loc, since=D, by=None)
    world.team.valid_from = LATER
    save_team(team=world.team, by=None)
    assert spans(world.team.homes, "unit") == [("BC-VL", LATER, None)]


def test_earlier_start_moves_the_first_home_with_it(world):
    world.team.valid_from = dt.date(2019, 1, 1)
    save_team(team=world.team, by=None)
    assert spans(world.team.homes, "unit") == [("BC-TT", dt.date(2019, 1, 1), None)]


def test_unit_ends_only_after_what_stands_under_it_has_gone(world):
    world.tan_tuc.valid_to = D
    with pytest.raises(DomainError, match="còn 0 đơn vị và 1 đội hình trực thuộc sau ngày 01/01/2024") as refused:
        save_unit(unit=world.tan_tuc, by=None)
    assert refused.value.code == "not_empty"
    move_team(team=world.team, unit=world.vinh_loc, since=dt.date(2024, 1, 2), by=None)
    save_unit(unit=world.tan_tuc, by=None)
    assert spans(world.tan_tuc.placements, "parent") == [("BC", LONG_AGO, D)]
    assert tree_problems() == []


# --- a move -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("move", "rows"),
    [
        ("from-a-day", [("BC-TT", LONG_AGO, BEFORE), ("BC-VL", D, None)]),
        ("from-the-start", [("BC-VL", LONG_AGO, None)]),
        ("nowhere", [("BC-TT", LONG_AGO, None)]),
    ],
)
def test_move_of_a_team_writes_the_fewest_rows(world, move, rows):
    since = LONG_AGO if move == "from-the-start" else D
    unit = world.tan_tuc if move == "nowhere" else world.vinh_loc
    move_team(team=world.team, unit=unit, since=since, by=world.city_staff)
    assert spans(world.team.homes, "unit") == rows
    assert AuditEvent.objects.filter(actor=world.city_staff).count() == (0 if move == "nowhere" else 1)


def test_move_drops_what_was_planned_after_it(world):
    move_team(team=world.team, unit=world.bank, since=LATER, by=None)
    move_team(team=world.team, unit=world.vinh_loc, since=D, by=None)
    assert spans(world.team.homes, "unit") == [("BC-TT", LONG_AGO, BEFORE), ("BC-VL", D, None)]


@pytest.mark.parametrize("which", ["team", "unit"])
def test_move_to_a_day_on_which_one_of_them_is_not_is_refused(world, which):
    young = factories.unit("MOI", parent=world.city, since=D)
    if which == "team":
        world.team.valid_to = BEFORE
        save_team(team=world.team, by=None)
    with pytest.raises(DomainError, match="không có hiệu lực vào ngày") as refused:
        move_team(team=world.team, unit=young, since=D if which == "team" else BEFORE, by=None)
    assert refused.value.code == "not_valid_then"


def test_bare_changes_say_what_was_before_and_leave_the_rest_to_the_caller(world):
    events = AuditEvent.objects.count()
    row, before = put_team(team=world.team, unit=world.vinh_loc, since=D)
    assert (row.unit, before) == (world.vinh_loc, world.tan_tuc)
    row, before = put_unit(unit=world.tan_tuc, parent=world.banks, since=D)
    assert (row.parent, before) == (world.banks, world.binh_chanh)
    assert AuditEvent.objects.count() == events
    assert tree_problems() != []
    rebuild_ancestry()
    assert tree_problems() == []


def ending(world) -> Unit:
    """A unit that is to end, with nobody under it."""
    unit = factories.unit("HET", parent=world.city)
    unit.valid_to = LATER
    return save_unit(unit=unit, by=None)


def test_nothing_that_lasts_is_put_into_a_unit_that_is_about_to_end(world):
    ends = ending(world)
    for put in (
        lambda: move_team(team=world.team, unit=ends, since=D, by=None),
        lambda: place_unit(unit=world.tan_tuc, parent=ends, since=D, by=None),
    ):
        with pytest.raises(DomainError, match="chỉ còn đến ngày 01/01/2025") as refused:
            put()
        assert refused.value.code == "ends_too_soon"
    assert spans(world.team.homes, "unit") == [("BC-TT", LONG_AGO, None)]


def test_what_ends_with_the_unit_at_the_latest_is_put_there(world):
    ends = ending(world)
    team = save_team(team=Team(code="MOI", name="Mới", valid_from=D, valid_to=LATER), unit=ends, by=None)
    assert spans(team.homes, "unit") == [("HET", D, LATER)]


@pytest.mark.parametrize("what", ["team", "unit"])
def test_end_is_not_put_off_past_that_of_the_unit_above(world, what):
    ends = ending(world)
    if what == "team":
        thing = save_team(team=Team(code="MOI", name="Mới", valid_from=D, valid_to=LATER), unit=ends, by=None)
        save, place = save_team, {"unit": world.tan_tuc}
    else:
        thing = Unit(code="MOI", name="Mới", kind="base", block="territory", valid_from=D, valid_to=LATER)
        save_unit(unit=thing, parent=ends, by=None)
        save, place = save_unit, {"parent": world.tan_tuc}
    thing.valid_to = None
    with pytest.raises(DomainError, match="chỉ còn đến ngày 01/01/2025"):
        save(**{what: thing}, by=None)
    # Moved on by the same page it may.
    save(**{what: thing}, **place, since=LATER, by=None)
    rows = thing.homes if what == "team" else thing.placements
    assert [row.valid_to for row in rows.order_by("valid_from")] == [dt.date(2024, 12, 31), None]


# --- all or nothing ---------------------------------------------------------------------------------------------------
def test_unit_that_would_close_a_circle_is_not_saved_at_all(world):
    world.binh_chanh.name = "Tên mới"
    with pytest.raises(TreeError):
        save_unit(unit=world.binh_chanh, parent=world.tan_tuc, since=D, by=None)
    world.binh_chanh.refresh_from_db()
    assert world.binh_chanh.name == "Huyện Đoàn Bình Chánh"


@pytest.mark.parametrize("what", ["place", "move"])
def test_move_whose_audit_row_fails_is_undone(world, monkeypatch, what):
    def fail(*args, **kwargs):
        raise RuntimeError("the trail is full")

    homes, placements = list(TeamHome.objects.values()), list(UnitPlacement.objects.values())
    change = {
        "place": lambda: place_unit(unit=world.tan_tuc, parent=world.banks, since=D, by=None),
        "move": lambda: move_team(team=world.team, unit=world.vinh_loc, since=D, by=None),
    }[what]
    with monkeypatch.context() as broken:
        broken.setattr(audit.AuditEvent.objects, "create", fail)
        with pytest.raises(RuntimeError, match="the trail is full"):
            change()
    assert (list(TeamHome.objects.values()), list(UnitPlacement.objects.values())) == (homes, placements)
    assert tree_problems() == []


def test_saving_moves_the_revision_of_the_organisation(world):
    before = Revision.state()["org"].number
    world.team.name = "Tên mới"
    save_team(team=world.team, by=None)
    assert Revision.state()["org"].number == before + 1


def test_unit_is_not_placed_under_itself(world):
    with pytest.raises(DomainError, match="không thể trực thuộc chính nó"):
        place_unit(unit=world.tan_tuc, parent=world.tan_tuc, since=D, by=None)
