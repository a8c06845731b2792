"""A reorganisation: what each step does to units, teams and people, from the day on and not before; and its undoing."""

import datetime as dt

import pytest
from django.db import transaction

from core.errors import DomainError, NotAllowed
from core.models import AuditEvent
from reports import reorganised as figures
from services_help.models import ReviewReminder
from teams.access import access_of_user
from teams.models import (
    Appointment,
    AreaSuccession,
    ReorganisationState,
    SuccessionRelation,
    Team,
    TeamHome,
    Unit,
    UnitSuccession,
    Volunteer,
)
from teams.permissions import Role
from teams.reorganising import services
from teams.reorganising.journal import CannotUndo
from teams.services import move_team, place_unit, save_team, save_unit
from teams.tree import tree_problems
from tests import factories
from tests.dying import Killed, dies_at
from tests.teams.reorganised import (
    DAY,
    LAST,
    WHY,
    approved,
    carried_out,
    drafted,
    executed,
    organisation,
    previewed,
)

pytestmark = pytest.mark.django_db
WHOLE, PART = SuccessionRelation.WHOLE, SuccessionRelation.PART


def unit_on(code: str, day) -> Unit:
    return Unit.objects.on(day).get(code=code)


def parent_on(code: str, day) -> str | None:
    parent = unit_on(code, day).parent_on(day)
    return parent.code if parent else None


def home_on(team: Team, day) -> str | None:
    home = team.home_on(day)
    return home.code if home else None


def ends(unit: Unit, last_day: dt.date) -> None:
    unit.refresh_from_db()
    unit.valid_to = last_day
    save_unit(unit=unit, by=None)


def opens(code: str, parent: str = "TD", **data):
    return "open", {
        "code": code,
        "name": f"Đoàn {code}",
        "kind": "commune",
        "block": "territory",
        "parent": parent,
        **data,
    }


def merges(*codes: str, into: str, **data):
    return "merge", {"units": list(codes), "into": into, **data}


# --- each step --------------------------------------------------------------------------------------------------------
def test_new_unit_stands_under_its_parent_from_the_day_on(world):
    executed(world.city_staff, opens("PX-1"))
    assert not Unit.objects.on(LAST).filter(code="PX-1").exists()
    assert parent_on("PX-1", DAY) == "TD"
    assert tree_problems() == []


def test_merged_unit_ends_the_day_before_and_its_teams_go_on_in_the_other(world):
    executed(world.city_staff, merges("BC-TT", into="BC-VL"))
    assert unit_on("BC-TT", LAST).valid_to == LAST
    assert (home_on(world.team, LAST), home_on(world.team, DAY)) == ("BC-TT", "BC-VL")
    assert parent_on("BC-TT", LAST) == "BC"
    [line] = UnitSuccession.objects.values_list("old__code", "new__code", "relation", "effective_on")
    assert line == ("BC-TT", "BC-VL", WHOLE, DAY)


def test_units_below_a_merged_unit_go_on_under_the_other(world):
    factories.unit("BC-TT-1", parent=world.tan_tuc)
    executed(world.city_staff, opens("PX-1"), merges("BC-TT", "BC-VL", into="PX-1"))
    assert (parent_on("BC-TT-1", LAST), parent_on("BC-TT-1", DAY)) == ("BC-TT", "PX-1")


def test_moved_unit_stands_elsewhere_with_all_below_it(world):
    executed(world.city_staff, ("move", {"unit": "BC-TT", "parent": "NH"}))
    assert (parent_on("BC-TT", LAST), parent_on("BC-TT", DAY)) == ("BC", "NH")
    assert home_on(world.team, DAY) == "BC-TT"


def test_renamed_unit_keeps_its_code_and_its_old_name_for_the_days_before(world):
    executed(world.city_staff, ("rename", {"unit": "BC", "name": "Đoàn xã Bình Chánh mới"}))
    assert unit_on("BC", LAST).name == "Huyện Đoàn Bình Chánh"
    assert unit_on("BC", DAY).name == "Đoàn xã Bình Chánh mới"
    assert (parent_on("BC", DAY), parent_on("BC-TT", DAY)) == ("TD", "BC")
    assert unit_on("BC-TT", DAY).parent_on(DAY) == unit_on("BC", DAY)


def renamed_below_one_that_ends(world, ending):
    """The unit below is told of by its old row: the row of its new name is another at every dry run."""
    made = drafted(world.city_staff, ("rename", {"unit": "BC-TT", "name": "Đoàn xã Tân Túc"}), ending)
    found = services.preview(reorganisation=made, access=access_of_user(world.city_staff), figures=figures)
    return made, {row["code"]: row["key"] for row in found["units"]}


def test_unit_is_renamed_while_the_one_above_it_is_merged(world):
    made, told = renamed_below_one_that_ends(world, merges("BC", into="NH"))
    assert told == {"BC-TT": world.tan_tuc.pk, "BC-VL": world.vinh_loc.pk}
    carried_out(made, access_of_user(world.city_staff))
    assert (unit_on("BC-TT", DAY).name, parent_on("BC-TT", DAY)) == ("Đoàn xã Tân Túc", "NH")
    assert tree_problems() == []


def test_unit_is_renamed_while_the_one_above_it_is_renamed_too(world):
    made, _told = renamed_below_one_that_ends(world, ("rename", {"unit": "BC", "name": "Đoàn Bình Chánh"}))
    carried_out(made, access_of_user(world.city_staff))
    assert unit_on("BC-TT", DAY).parent_on(DAY).name == "Đoàn Bình Chánh"


def test_where_a_renamed_unit_goes_can_be_decided(world):
    made, told = renamed_below_one_that_ends(world, ("close", {"unit": "BC"}))
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, units=[told["BC-TT"]], into="NH", access=access)
    services.decide(reorganisation=made, units=[told["BC-VL"]], into="TD", access=access)
    carried_out(made, access)
    assert (parent_on("BC-TT", DAY), parent_on("BC-VL", DAY)) == ("NH", "TD")


def test_staff_of_a_renamed_unit_hold_their_office_without_a_break(world):
    executed(world.city_staff, ("rename", {"unit": "BC", "name": "Đoàn xã Bình Chánh mới"}))
    held = Appointment.objects.filter(user=world.unit_staff).order_by("valid_from")
    assert [(row.unit.name, row.valid_from, row.valid_to) for row in held] == [
        ("Huyện Đoàn Bình Chánh", factories.LONG_AGO, LAST),
        ("Đoàn xã Bình Chánh mới", DAY, None),
    ]


def test_split_unit_sends_each_team_where_a_person_has_said_and_nobody_else_anywhere(world):
    second = factories.team("XK-2", unit=world.tan_tuc)
    split = ("split", {"unit": "BC-TT", "into": ["PX-1", "PX-2"]})
    made = drafted(world.city_staff, opens("PX-1"), opens("PX-2"), split)
    services.decide(reorganisation=made, teams=[second.pk], into="PX-2", access=access_of_user(world.city_staff))
    found = services.preview(reorganisation=made, access=access_of_user(world.city_staff), figures=figures)
    assert {row["code"]: row["to"] and row["to"]["code"] for row in found["teams"]} == {
        world.team.code: None,
        "XK-2": "PX-2",
    }
    services.approve(reorganisation=made, access=access_of_user(world.city_staff), note=WHY)
    services.execute(reorganisation=made, access=access_of_user(world.city_staff), figures=figures)
    assert (home_on(second, LAST), home_on(second, DAY)) == ("BC-TT", "PX-2")
    assert (home_on(world.team, LAST), home_on(world.team, DAY)) == ("BC-TT", None)
    assert set(UnitSuccession.objects.values_list("relation", flat=True)) == {PART}


def test_unit_is_split_into_more_parts_than_one_step_names(world):
    """The steps are one ending, whoever wrote a part twice."""
    parts = [f"PX-{number}" for number in range(1, 7)]
    steps = [("split", {"unit": "BC-TT", "into": parts[:4]}), ("split", {"unit": "BC-TT", "into": parts[3:]})]
    made = executed(world.city_staff, *map(opens, parts), *steps)
    lines = UnitSuccession.objects.filter(reorganisation=made)
    assert set(lines.values_list("old__code", "new__code", "relation")) == {("BC-TT", part, PART) for part in parts}
    assert [row["code"] for row in made.preview["ended"]] == ["BC-TT"]
    assert unit_on("BC-TT", LAST).valid_to == LAST


def test_unit_that_only_gives_a_part_away_stands_and_keeps_the_rest(world):
    second = factories.team("XK-2", unit=world.tan_tuc)
    made = drafted(world.city_staff, opens("PX-1"), ("split", {"unit": "BC-TT", "into": ["PX-1"], "closes": False}))
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, teams=[second.pk], into="PX-1", access=access)
    services.preview(reorganisation=made, access=access, figures=figures)
    services.approve(reorganisation=made, access=access, note=WHY)
    services.execute(reorganisation=made, access=access, figures=figures)
    assert (home_on(second, DAY), home_on(world.team, DAY)) == ("PX-1", "BC-TT")
    assert unit_on("BC-TT", DAY).valid_to is None


def test_second_operation_of_a_day_says_of_a_unit_what_the_first_has_said_already(world):
    second, access = factories.team("XK-2", unit=world.tan_tuc), access_of_user(world.city_staff)
    first = executed(world.city_staff, opens("PX-1"), ("split", {"unit": "BC-TT", "into": ["PX-1"], "closes": False}))
    again = executed(world.city_staff, merges("BC-TT", into="PX-1"))
    lines = UnitSuccession.objects.values_list("old__code", "new__code", "relation", "reorganisation")
    assert list(lines) == [("BC-TT", "PX-1", WHOLE, again.pk)]
    assert home_on(second, DAY) == "PX-1"
    with pytest.raises(CannotUndo, match="đã được sửa"):
        services.undo(reorganisation=first, access=access, reason=WHY)
    for made in (again, first):
        services.undo(reorganisation=made, access=access, reason=WHY)
    assert not UnitSuccession.objects.exists()


def test_renamed_unit_that_gives_a_part_away_keeps_what_nobody_has_chosen(world):
    second, volunteer = factories.team("XK-2", unit=world.tan_tuc), factories.volunteer(unit=world.tan_tuc)
    factories.unit("BC-TT-1", parent=world.tan_tuc)
    split = ("split", {"unit": "BC-TT", "into": ["PX-1"], "closes": False})
    made = drafted(world.city_staff, opens("PX-1"), ("rename", {"unit": "BC-TT", "name": "Đoàn xã Tân Túc"}), split)
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, teams=[second.pk], into="PX-1", access=access)
    carried_out(made, access)
    volunteer.refresh_from_db()
    assert (home_on(second, DAY), volunteer.unit) == ("PX-1", unit_on("BC-TT", DAY))
    assert (home_on(world.team, DAY), parent_on("BC-TT-1", DAY)) == ("BC-TT", "BC-TT")


def test_team_that_nothing_places_can_be_placed_afterwards_from_the_day_on(world):
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    assert home_on(world.team, DAY) is None
    access = access_of_user(world.city_staff)
    assert services.decide(reorganisation=made, teams=[world.team.pk], into="BC-VL", access=access) == 1
    assert home_on(world.team, DAY) == "BC-VL"
    assert services.decide(reorganisation=made, teams=[world.team.pk], into="NH", access=access) == 0


AUTUMN, WINTER = dt.date(2025, 9, 1), dt.date(2025, 12, 1)


def at_the_bank_until_autumn(world):
    """It comes to the unit that is closed later than that."""
    move_team(team=world.team, unit=world.bank, since=dt.date(2025, 1, 1), by=None)
    move_team(team=world.team, unit=world.tan_tuc, since=AUTUMN, by=None)
    return ["NH-01", "BC-VL", "BC-VL"]


def founded_in_autumn(world):
    """Not there yet on the day of the operation."""
    world.team.valid_from = AUTUMN
    save_team(team=world.team, by=None)
    return [None, "BC-VL", "BC-VL"]


def lent_to_the_bank_in_autumn(world):
    """Nobody's before and after."""
    TeamHome.objects.filter(team=world.team).update(valid_to=AUTUMN - dt.timedelta(days=1))
    rows = {"team": world.team, "valid_to": WINTER - dt.timedelta(days=1)}
    TeamHome.objects.create(unit=world.bank, valid_from=AUTUMN, **rows)
    TeamHome.objects.create(team=world.team, unit=world.tan_tuc, valid_from=WINTER)
    return ["BC-VL", "NH-01", "BC-VL"]


@pytest.mark.parametrize("is_so", [at_the_bank_until_autumn, founded_in_autumn, lent_to_the_bank_in_autumn])
def test_team_placed_afterwards_is_there_on_all_days_that_it_is_nobodys(world, is_so):
    homes, access = is_so(world), access_of_user(world.city_staff)
    before = organisation()
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    assert services.decide(reorganisation=made, teams=[world.team.pk], into="BC-VL", access=access) == 1
    assert [home_on(world.team, day) for day in (DAY, AUTUMN, WINTER)] == homes
    assert services.decide(reorganisation=made, teams=[world.team.pk], into="BC-VL", access=access) == 0
    made.refresh_from_db()
    services.undo(reorganisation=made, access=access, reason=WHY)
    assert organisation() == before


def test_team_goes_with_its_ground_only_where_that_went_wholly(world):
    old_whole, old_split = (factories.area(code, valid_to=LAST) for code in ("27604", "27598"))
    new = factories.area("27604", valid_from=DAY)
    other = factories.area("27601", valid_from=DAY)
    for old, relation, into in ((old_whole, WHOLE, new), (old_split, PART, new), (old_split, PART, other)):
        AreaSuccession.objects.create(effective_on=DAY, old=old, new=into, relation=relation, source="NQ")
    sure = factories.team("SURE", unit=world.binh_chanh, area=old_whole)
    unsure = factories.team("UNSURE", unit=world.binh_chanh, area=old_split)
    nowhere = factories.team("MOBILE", unit=world.binh_chanh)
    into = [["PX-27604", PART], ["PX-27601", PART]]
    steps = [opens("PX-27604", area="27604"), opens("PX-27601", area="27601"), ("close", {"unit": "BC", "into": into})]
    steps += [("move", {"unit": code, "parent": "TD"}) for code in ("BC-TT", "BC-VL")]
    executed(world.city_staff, *steps)
    assert [home_on(team, DAY) for team in (sure, unsure, nowhere)] == ["PX-27604", None, None]
    assert tree_problems() == []


def test_team_without_a_ground_of_its_own_is_not_placed_by_that_of_a_unit_that_was_split(world):
    """A person has said that it goes in parts, though its ground went wholly to one. A unit below has no other sign."""
    old, new = factories.area("27595", valid_to=LAST), factories.area("27595", valid_from=DAY)
    AreaSuccession.objects.create(effective_on=DAY, old=old, new=new, relation=WHOLE, source="NQ")
    Unit.objects.filter(pk=world.tan_tuc.pk).update(area=old)
    factories.unit("BC-TT-1", parent=world.tan_tuc)
    split = ("split", {"unit": "BC-TT", "into": ["PX-27595", "BC-VL"]})
    executed(world.city_staff, opens("PX-27595", area="27595"), split)
    assert (home_on(world.team, DAY), parent_on("BC-TT-1", DAY)) == (None, "PX-27595")


def test_what_was_decided_for_later_days_is_handed_over_too(world):
    later = DAY + dt.timedelta(days=100)
    move_team(team=world.team, unit=world.bank, since=DAY + dt.timedelta(days=10), by=None)
    move_team(team=world.team, unit=world.tan_tuc, since=later, by=None)
    executed(world.city_staff, merges("BC-TT", into="BC-VL"))
    days = (LAST, DAY, DAY + dt.timedelta(days=10), later)
    assert [home_on(world.team, day) for day in days] == ["BC-TT", "BC-VL", "NH-01", "BC-VL"]


# --- what follows a unit that ends ------------------------------------------------------------------------------------
def test_office_of_a_unit_that_ends_ends_with_it_and_is_listed(world):
    made = previewed(world.city_staff, merges("BC", into="NH"))
    people = [(row["username"], row["to"]) for row in made.preview["people"]]
    assert people == [(world.unit_staff.username, None), (world.viewer.username, None)]
    executed(world.city_staff, merges("BC", into="NH"))
    assert Appointment.objects.get(user=world.unit_staff).valid_to == LAST


def test_office_goes_on_where_the_step_says_so_and_once_for_who_held_two(world):
    Appointment.objects.create(
        user=world.unit_staff, role=Role.UNIT_STAFF, unit=world.tan_tuc, valid_from=factories.LONG_AGO
    )
    executed(world.city_staff, opens("PX-1"), merges("BC-TT", "BC", into="PX-1", keeps_people=True))
    now = Appointment.objects.on(DAY).filter(user=world.unit_staff)
    assert [(row.unit.code, row.role) for row in now] == [("PX-1", Role.UNIT_STAFF)]


def test_office_that_is_held_at_the_successor_already_is_not_given_twice(world):
    """Else whoever ends the one leaves the person the other."""
    person = factories.user()
    for unit in (world.tan_tuc, world.vinh_loc):
        Appointment.objects.create(user=person, role=Role.UNIT_STAFF, unit=unit, valid_from=factories.LONG_AGO)
    executed(world.city_staff, merges("BC-TT", into="BC-VL", keeps_people=True))
    now = Appointment.objects.on(DAY).filter(user=person)
    assert [(row.unit.code, row.valid_from) for row in now] == [("BC-VL", factories.LONG_AGO)]


def test_volunteers_points_and_running_campaigns_go_on_with_the_one_successor(world):
    volunteer = factories.volunteer(unit=world.tan_tuc)
    point = factories.point(unit=world.tan_tuc, area=factories.area())
    running = factories.campaign("CON", owner=world.tan_tuc, ends_on=None)
    over = factories.campaign("HET", owner=world.tan_tuc, ends_on=LAST)
    executed(world.city_staff, merges("BC-TT", into="BC-VL"))
    for row in (volunteer, point, running, over):
        row.refresh_from_db()
    assert [volunteer.unit.code, point.unit.code, running.owner.code, over.owner.code] == [
        *("BC-VL", "BC-VL", "BC-VL"),
        "BC-TT",
    ]


def test_everything_else_that_names_the_unit_is_counted(world):
    factories.token("stats:read", unit=world.tan_tuc)
    factories.target(factories.campaign(owner=world.city), world.tan_tuc)
    made = previewed(world.city_staff, merges("BC-TT", into="BC-VL"))
    stays = {row["model"]: row["rows"] for row in made.preview["followers"] if row["to"] is None}
    assert stays == {"teams.apitoken": 1, "campaigns.target": 1}


# --- what it refuses --------------------------------------------------------------------------------------------------
def problems(world, *steps) -> str:
    return " ".join(previewed(world.city_staff, *steps).preview["problems"])


def test_unit_that_would_stand_nowhere_has_to_be_decided_first(world):
    assert "BC-TT" in problems(world, ("close", {"unit": "BC"}))
    made = drafted(world.city_staff, ("close", {"unit": "BC"}))
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, units=[world.tan_tuc.pk, world.vinh_loc.pk], into="TD", access=access)
    assert services.preview(reorganisation=made, access=access, figures=figures)["problems"] == []


@pytest.mark.parametrize("step", [merges("BC-TT", into="BC-VL"), ("rename", {"unit": "BC-TT", "name": "Tên mới"})])
def test_period_that_is_locked_for_a_unit_that_ends_has_to_be_unlocked_first(world, step):
    """Dated back, it would hold for nothing that comes in for the new unit's days."""
    lock = factories.period_lock(world.tan_tuc, LAST, DAY)
    factories.period_lock(world.city, LAST, DAY)
    assert problems(world, step) == (
        "“Đoàn thị trấn Tân Túc” còn kỳ đã khóa đến ngày 01/07/2025. Hãy mở khóa kỳ trước, rồi khóa lại ở đơn vị mới."
    )
    lock.lifted_by, lock.lifted_at = world.city_staff, factories.local(DAY)
    lock.save()
    factories.period_lock(world.tan_tuc, LAST, LAST)
    assert problems(world, step) == ""


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([merges("KHONG-CO", into="BC-VL")], "không có đơn vị: KHONG-CO"),
        ([merges("BC-TT", into="KHONG-CO")], "không có đơn vị mã KHONG-CO"),
        ([opens("BC-TT")], "Mã đã có đơn vị khác dùng: BC-TT"),
        ([opens("PX-1", area="99999")], "không có đơn vị hành chính mã 99999"),
        ([("move", {"unit": "BC", "parent": "BC-TT"})], "vòng"),
        ([merges("BC", into="BC-TT")], "“Đoàn thị trấn Tân Túc” (BC-TT) chưa biết về đâu"),
        (
            [("rename", {"unit": "HET", "name": "Tên mới"})],
            "“Đơn vị HET” kết thúc vào ngày 30/06/2025, nên không đổi tên được",
        ),
        (
            [opens("PX-1"), ("split", {"unit": "BC-TT", "into": ["PX-1"]}), merges("BC-TT", into="BC-VL")],
            "“BC-TT” kết thúc ở hai bước khác nhau",
        ),
        ([("close", {"unit": "TD"})], "“Huyện Đoàn Bình Chánh” (BC) chưa biết về đâu"),
        ([], "chưa thay đổi gì"),
    ],
)
def test_what_does_not_fit_is_told_by_the_dry_run(world, steps, told):
    factories.unit("HET", parent=world.city)
    ends(Unit.objects.get(code="HET"), LAST)
    assert told in problems(world, *steps)
    assert organisation()["teams.UnitSuccession"] == []


def test_day_before_there_was_anything_to_reorganise_is_refused(world):
    """A year of one digit: there is no day before the first of all."""
    with pytest.raises(DomainError, match="từ năm 1931"):
        drafted(world.city_staff, day=dt.date.min)
    assert drafted(world.city_staff, day=dt.date(1931, 1, 1)).last_day == dt.date(1930, 12, 31)


def test_step_that_says_too_little_is_refused_at_once(world):
    for step in [("merge", {"into": "BC"}), ("split", {"unit": "BC"}), ("rename", {"unit": "BC"}), ("open", {})]:
        with pytest.raises(DomainError):
            drafted(world.city_staff, step)


@pytest.mark.parametrize("who", ["unit_staff", "leader", "viewer"])
def test_only_who_may_reorganise_the_whole_city_may(world, who):
    user, made = getattr(world, who), drafted(world.city_staff, opens("PX-1"))
    access = access_of_user(user)
    with pytest.raises(NotAllowed):
        drafted(user)
    for refused in (
        lambda: services.preview(reorganisation=made, access=access, figures=figures),
        lambda: services.approve(reorganisation=made, access=access, note=WHY),
        lambda: services.execute(reorganisation=made, access=access, figures=figures),
        lambda: services.undo(reorganisation=made, access=access, reason=WHY),
        lambda: services.decide(reorganisation=made, teams=[1], into="TD", access=access),
    ):
        with pytest.raises(NotAllowed):
            refused()


# --- dry run, approval ------------------------------------------------------------------------------------------------
def test_dry_run_changes_nothing_but_the_draft(world):
    before = organisation()
    made = previewed(world.city_staff, opens("PX-1"), merges("BC-TT", into="PX-1"))
    assert organisation() == before
    assert made.preview["problems"] == []
    assert made.preview["before"]["as_is"]["totals"] == made.preview["after"]["as_is"]["totals"]


def test_draft_that_was_changed_has_to_be_tried_out_again(world):
    made = previewed(world.city_staff, opens("PX-1"))
    access = access_of_user(world.city_staff)
    services.add_steps(reorganisation=made, added=[opens("PX-2")], access=access)
    with pytest.raises(DomainError, match="chạy thử"):
        services.approve(reorganisation=made, access=access, note=WHY)


def test_author_approves_only_with_a_note_and_a_second_person_without(world):
    made = previewed(world.city_staff, opens("PX-1"))
    with pytest.raises(DomainError, match="người khác"):
        services.approve(reorganisation=made, access=access_of_user(world.city_staff))
    second = factories.user(role=Role.CITY_STAFF, unit=world.city)
    services.approve(reorganisation=made, access=access_of_user(second))
    made.refresh_from_db()
    assert (made.state, made.approved_by) == (ReorganisationState.APPROVED, second)


def adds_a_step(made, access) -> None:
    services.add_steps(reorganisation=made, added=[opens("PX-2")], access=access)


def removes_a_step(made, access) -> None:
    services.remove_step(step=made.steps.get(data__code="PX-3"), access=access)


def decides(made, access) -> None:
    [team] = Team.objects.filter(code="TO-TT")
    services.decide(reorganisation=made, teams=[team.pk], into="BC-VL", access=access)


@pytest.mark.parametrize("writes", [adds_a_step, removes_a_step, decides])
def test_whoever_has_written_any_of_it_approves_only_with_a_note(world, writes):
    made = drafted(world.city_staff, opens("PX-1"), opens("PX-3"))
    helper, third = (access_of_user(factories.user(role=Role.CITY_STAFF, unit=world.city)) for _person in range(2))
    writes(made, helper)
    services.preview(reorganisation=made, access=third, figures=figures)
    with pytest.raises(DomainError) as refused:
        services.approve(reorganisation=made, access=helper)
    assert refused.value.code == "needs_second_person"
    # Who has only tried it out has written nothing.
    services.approve(reorganisation=made, access=third)
    services.reopen(reorganisation=made, access=third)
    services.preview(reorganisation=made, access=third, figures=figures)
    services.approve(reorganisation=made, access=helper, note=WHY)
    made.refresh_from_db()
    assert (made.state, made.approval_note) == (ReorganisationState.APPROVED, WHY)


def test_organisation_that_changed_since_the_approval_is_not_reorganised(world):
    made = approved(world.city_staff, merges("BC-TT", into="BC-VL"))
    factories.team("MOI", unit=world.tan_tuc)
    before = organisation()
    with pytest.raises(DomainError, match="thay đổi từ lần chạy thử"):
        services.execute(reorganisation=made, access=access_of_user(world.city_staff), figures=figures)
    assert organisation() == before


def test_what_only_stays_with_the_old_unit_takes_no_approval_back(world):
    """A letter goes out every morning: else what is approved today could not be carried out tomorrow."""
    made = approved(world.city_staff, merges("BC-TT", into="BC-VL"))
    ReviewReminder.objects.create(unit=world.tan_tuc, day=DAY, overdue=1)
    services.execute(reorganisation=made, access=access_of_user(world.city_staff), figures=figures)
    made.refresh_from_db()
    assert made.state == ReorganisationState.EXECUTED
    assert {row["model"] for row in made.preview["followers"]} == {"services_help.reviewreminder"}


def test_carrying_out_twice_is_carrying_out_once(world):
    made = executed(world.city_staff, merges("BC-TT", into="BC-VL"))
    before, audit = organisation(), AuditEvent.objects.count()
    services.execute(reorganisation=made, access=access_of_user(world.city_staff), figures=figures)
    assert (organisation(), AuditEvent.objects.count()) == (before, audit)


def test_every_change_leaves_its_line_in_the_audit_trail(world):
    made = executed(world.city_staff, opens("PX-1"), merges("BC-TT", into="PX-1"))
    lines = AuditEvent.objects.filter(data__reorganisation=made.pk)
    assert sorted(lines.values_list("action", flat=True)) == [
        *("teams.team_moved", "teams.unit_ended", "teams.unit_opened"),
    ]
    assert AuditEvent.objects.filter(action="teams.reorganisation_executed", target_id=str(made.pk)).count() == 1


def test_team_that_was_over_before_the_day_is_placed_nowhere(world):
    made = executed(world.city_staff, ("close", {"unit": "BC-VL"}))
    Team.objects.filter(pk=world.team_vinh_loc.pk).update(valid_to=LAST)
    chosen = {"teams": [world.team_vinh_loc.pk], "into": "BC-TT"}
    assert services.decide(reorganisation=made, **chosen, access=access_of_user(world.city_staff)) == 0
    assert home_on(world.team_vinh_loc, DAY) is None


# --- undoing ----------------------------------------------------------------------------------------------------------
def all_at_once():
    return [
        opens("PX-1"),
        opens("PX-2"),
        merges("BC-TT", into="PX-1", keeps_people=True),
        ("close", {"unit": "BC-VL"}),
        ("rename", {"unit": "BC", "name": "Tên mới"}),
        ("move", {"unit": "NH-01", "parent": "PX-2"}),
    ]


def test_undoing_restores_every_row_day_and_key(world):
    factories.volunteer(unit=world.tan_tuc)
    factories.unit("BC-TT-1", parent=world.tan_tuc)
    factories.point(unit=world.tan_tuc, area=factories.area())
    move_team(team=world.team_bank, unit=world.tan_tuc, since=DAY + dt.timedelta(days=5), by=None)
    before = organisation()
    made = executed(world.city_staff, *all_at_once())
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, teams=[world.team_vinh_loc.pk], into="PX-2", access=access)
    assert organisation() != before
    services.undo(reorganisation=made, access=access, reason=WHY)
    assert organisation() == before
    services.undo(reorganisation=made, access=access, reason=WHY)
    assert organisation() == before


def test_undone_operation_can_be_taken_up_again(world):
    made = executed(world.city_staff, merges("BC-TT", into="BC-VL"))
    after, access = organisation(), access_of_user(world.city_staff)
    services.undo(reorganisation=made, access=access, reason=WHY)
    services.reopen(reorganisation=made, access=access)
    services.preview(reorganisation=made, access=access, figures=figures)
    services.approve(reorganisation=made, access=access, note=WHY)
    services.execute(reorganisation=made, access=access, figures=figures)
    now = organisation()
    assert [row["valid_to"] for row in now["teams.TeamHome"]] == [row["valid_to"] for row in after["teams.TeamHome"]]


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (lambda world: move_team(team=world.team, unit=world.bank, since=dt.date(2025, 9, 1), by=None), "đã được sửa"),
        (lambda world: factories.volunteer(unit=unit_on("PX-1", DAY)), "đã gắn với “Đoàn PX-1”"),
        (lambda world: factories.user("moi", Role.VIEWER, unit=unit_on("PX-1", DAY)), "đã gắn với “Đoàn PX-1”"),
        (
            lambda world: place_unit(unit=world.bank, parent=unit_on("PX-1", DAY), since=DAY, by=None),
            "đã gắn với “Đoàn PX-1”",
        ),
        (lambda world: Unit.objects.filter(code="PX-1").update(name="Khác"), "đã được sửa"),
        (lambda world: Volunteer.objects.update(unit=world.bank), "đã được sửa"),
    ],
)
def test_undoing_is_refused_with_what_stands_in_its_way(world, meanwhile, told):
    factories.volunteer(unit=world.tan_tuc)
    made = executed(world.city_staff, opens("PX-1"), merges("BC-TT", into="PX-1"))
    meanwhile(world)
    before = organisation()
    with pytest.raises(CannotUndo, match=told):
        services.undo(reorganisation=made, access=access_of_user(world.city_staff), reason=WHY)
    assert organisation() == before


def test_team_placed_meanwhile_where_its_old_home_would_come_back_is_in_the_way(world):
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    move_team(team=world.team, unit=world.bank, since=dt.date(2025, 9, 1), by=None)
    with pytest.raises(CannotUndo, match="chiếm chỗ"):
        services.undo(reorganisation=made, access=access_of_user(world.city_staff), reason=WHY)
    assert [home_on(world.team, day) for day in (LAST, DAY, dt.date(2025, 9, 1))] == ["BC-TT", None, "NH-01"]


def test_unit_does_not_come_back_under_one_that_has_ended_since(world):
    made = executed(world.city_staff, ("move", {"unit": "NH-01", "parent": "TD"}))
    ends(world.banks, dt.date(2025, 9, 1))
    with pytest.raises(CannotUndo, match="vượt quá hiệu lực của cấp trên “Đoàn khối Ngân hàng”"):
        services.undo(reorganisation=made, access=access_of_user(world.city_staff), reason=WHY)
    assert parent_on("NH-01", dt.date(2025, 9, 2)) == "TD"
    assert tree_problems() == []


def test_team_does_not_come_back_to_a_unit_that_has_ended_since(world):
    made = drafted(world.city_staff, opens("PX-1"), ("split", {"unit": "BC-TT", "into": ["PX-1"], "closes": False}))
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, teams=[world.team.pk], into="PX-1", access=access)
    carried_out(made, access)
    ends(world.tan_tuc, dt.date(2025, 9, 1))
    with pytest.raises(CannotUndo, match="vượt quá hiệu lực của “Đoàn thị trấn Tân Túc”"):
        services.undo(reorganisation=made, access=access, reason=WHY)
    assert home_on(world.team, dt.date(2025, 9, 2)) == "PX-1"


def test_team_that_ended_meanwhile_does_not_come_back_for_longer(world):
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    world.team.valid_to = dt.date(2025, 9, 1)
    save_team(team=world.team, by=None)
    with pytest.raises(CannotUndo, match="vượt quá hiệu lực của “Tổ xung kích Tân Túc”"):
        services.undo(reorganisation=made, access=access_of_user(world.city_staff), reason=WHY)


# --- a worker that dies -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("statement", [12, 25, 40, 60])
def test_killed_in_the_middle_it_is_not_done_and_running_it_again_does_it(world, statement):
    made = approved(world.city_staff, *all_at_once())
    access, before = access_of_user(world.city_staff), organisation()
    with pytest.raises(Killed), dies_at(statement), transaction.atomic():
        services.execute(reorganisation=made, access=access, figures=figures)
    made.refresh_from_db()
    assert (organisation(), made.state) == (before, ReorganisationState.APPROVED)
    services.execute(reorganisation=made, access=access, figures=figures)
    made.refresh_from_db()
    assert made.state == ReorganisationState.EXECUTED
    assert tree_problems() == []


def test_killed_in_the_middle_of_undoing_it_still_stands(world):
    made = executed(world.city_staff, *all_at_once())
    access, after = access_of_user(world.city_staff), organisation()
    with pytest.raises(Killed), dies_at(30), transaction.atomic():
        services.undo(reorganisation=made, access=access, reason=WHY)
    assert organisation() == after
    services.undo(reorganisation=made, access=access, reason=WHY)
    assert tree_problems() == []
