"""Whose the figures of locked days are: no change of the tree that is dated back takes them to another unit."""

import pytest
from django.urls import reverse

from core.dated import DAY
from core.errors import DomainError
from services_help.models import PeriodLock, Session
from services_help.review import lift_period, lock_period
from teams.access import access_of_user
from teams.models import Team, TeamHome, Unit
from teams.reorganising import services as reorganising
from teams.reorganising.journal import CannotUndo
from teams.services import move_team, place_unit, save_team, save_unit
from teams.tree import tree_problems
from tests import factories
from tests.factories import PEAK_DAY
from tests.teams import reorganised
from tests.teams.reorganised import organisation
from tests.teams.spreadsheets import SQUAD, TEAMS, UNITS, complaints, counts, press, take_in, upload, workbook
from tests.teams.test_admin_writes import change, team_form, unit_form

pytestmark = pytest.mark.django_db
AFTER = PEAK_DAY + DAY
SAID = "26/03/2023"


@pytest.fixture
def city(world):
    """Two teams have worked on the day, and another has not."""
    world.shifts = [factories.session(team, state="approved") for team in (world.team, world.team_bank)]
    world.idle = factories.team("TO-RANH", unit=world.tan_tuc, name="Tổ rảnh")
    return world


def lock(city, unit, first=PEAK_DAY, last=PEAK_DAY) -> PeriodLock:
    return lock_period(
        unit=unit, starts_on=first, ends_on=last, reason="Chốt số", access=access_of_user(city.city_staff)
    )


def lift(city, held: PeriodLock) -> None:
    lift_period(lock=held, reason="Khóa nhầm", access=access_of_user(city.city_staff))


def owners() -> dict:
    """By unit: the sessions that count for it, as their days were."""
    units = Unit.objects.values_list("pk", flat=True)
    return {pk: set(Session.objects.under([pk]).values_list("pk", flat=True)) for pk in units}


def moves(city, team="team", to="vinh_loc", since=PEAK_DAY):
    return move_team(team=getattr(city, team), unit=getattr(city, to), since=since, by=city.city_staff)


def places(city, unit="tan_tuc", under="banks", since=PEAK_DAY):
    return place_unit(unit=getattr(city, unit), parent=getattr(city, under), since=since, by=city.city_staff)


def ends(city, last=PEAK_DAY - DAY):
    city.team.valid_to = last
    return save_team(team=city.team, by=city.city_staff)


def begins(city, first=AFTER):
    city.team.valid_from = first
    return save_team(team=city.team, by=city.city_staff)


def unit_begins(city):
    city.tan_tuc.valid_from = AFTER
    return save_unit(unit=city.tan_tuc, by=city.city_staff)


# --- what is refused --------------------------------------------------------------------------------------------------
# How the figures of the team's day would move -> whose period is locked, what is done.
CHANGES = {
    "team leaves": ("tan_tuc", moves),
    "team goes from one unit below to another": ("binh_chanh", moves),
    "team goes where the whole city is locked": ("city", lambda city: moves(city, to="bank")),
    "team comes": ("bank", lambda city: moves(city, to="bank")),
    "team comes to below": ("banks", lambda city: moves(city, to="bank")),
    "team left long before": ("tan_tuc", lambda city: moves(city, since=PEAK_DAY - 400 * DAY)),
    "team ends before": ("tan_tuc", ends),
    "team begins after": ("city", begins),
    "unit leaves": ("binh_chanh", places),
    "unit goes with all below it": ("city", lambda city: places(city, unit="binh_chanh")),
    "unit comes": ("banks", places),
    "unit is moved that was locked itself": ("tan_tuc", places),
    "unit begins after": ("binh_chanh", unit_begins),
}


@pytest.mark.parametrize("how", CHANGES)
def test_change_that_would_move_locked_figures_is_refused_in_words(city, how):
    unit, act = CHANGES[how]
    held = lock(city, getattr(city, unit), last=PEAK_DAY + 5 * DAY)
    before = organisation(), owners()
    with pytest.raises(DomainError) as refused:
        act(city)
    assert refused.value.code == "locked"
    assert f"có ca ngày {SAID}, trong kỳ đã khóa của “{held.unit}” (26/03/2023–31/03/2023)" in str(refused.value)
    assert "Hãy cho thay đổi có hiệu lực sau ngày 31/03/2023" in str(refused.value)
    assert (organisation(), owners()) == before


def test_refusal_names_what_is_moved(city):
    lock(city, city.city)
    for act, name in ((moves, "Tổ xung kích Tân Túc"), (places, "Đoàn thị trấn Tân Túc")):
        with pytest.raises(DomainError, match=rf"^“{name}” có ca"):
            act(city)


def test_session_that_nobody_has_reviewed_is_frozen_like_the_others(city):
    factories.session(city.idle)
    access = access_of_user(city.city_staff)
    days = {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    lock_period(unit=city.city, **days, reason="Chốt số", access=access, with_unreviewed=True)
    with pytest.raises(DomainError, match=r"^“Tổ rảnh” có ca"):
        moves(city, "idle")


def test_team_that_waits_for_a_home_gets_none_for_days_that_the_city_has_locked(city):
    """They were reported as nobody's, and stay so."""
    city.waiting = factories.team("TO-CHO", unit=None, name="Tổ chờ")
    factories.session(city.waiting, state="approved")
    held = lock(city, city.city)
    with pytest.raises(DomainError, match=r"^“Tổ chờ” có ca"):
        moves(city, "waiting", to="bank")
    moves(city, "waiting", to="bank", since=AFTER)
    assert (city.waiting.home_on(PEAK_DAY), city.waiting.home_on(AFTER)) == (None, city.bank)
    lift(city, held)
    moves(city, "waiting", to="bank")
    assert city.waiting.home_on(PEAK_DAY) == city.bank


# --- what is not ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("act", [moves, places])
def test_change_from_the_day_after_the_lock_on_is_free(city, act):
    lock(city, city.city)
    before = owners()
    act(city, since=AFTER)
    assert owners() == before


@pytest.mark.parametrize("act", [moves, places, ends, begins])
def test_change_is_free_again_when_the_lock_is_lifted(city, act):
    held = lock(city, city.city)
    lift(city, held)
    act(city)


def test_team_that_has_not_worked_on_the_locked_days_moves_freely(city):
    factories.session(city.idle, AFTER, state="approved")
    factories.void(factories.session(city.idle, state="approved"))
    lock(city, city.city)
    moves(city, "idle")
    assert city.idle.home_on(PEAK_DAY) == city.vinh_loc


def test_unit_without_work_on_the_locked_days_moves_freely(city):
    lock(city, city.city)
    places(city, unit="vinh_loc")
    assert city.vinh_loc.parent_on(PEAK_DAY) == city.banks


def test_locks_of_other_units_and_other_days_are_not_in_the_way(city):
    lock(city, city.bank)
    lock(city, city.city, first=AFTER, last=AFTER)
    moves(city)
    places(city, unit="vinh_loc", under="banks")
    assert city.team.home_on(PEAK_DAY) == city.vinh_loc


def test_only_the_days_that_change_are_asked_about(city):
    """The team has been there since the day before: what changes is the week before that."""
    moves(city, since=PEAK_DAY - DAY)
    lock(city, city.city)
    moves(city, since=PEAK_DAY - 7 * DAY)
    assert city.team.home_on(PEAK_DAY - 7 * DAY) == city.vinh_loc


def test_other_columns_of_what_has_locked_figures_are_corrected_freely(city):
    lock(city, city.city)
    city.team.name, city.tan_tuc.name = "Tổ Một", "Đoàn xã Một"
    save_team(team=city.team, by=city.city_staff)
    save_unit(unit=city.tan_tuc, by=city.city_staff)
    city.team.valid_to = PEAK_DAY
    save_team(team=city.team, by=city.city_staff)


# --- the other ways ---------------------------------------------------------------------------------------------------
def test_admin_shows_the_form_again_with_the_reason(city, client):
    client.force_login(city.city_staff)
    lock(city, city.binh_chanh)
    before = organisation()
    common = {"valid_from": "01/01/2020", "since": SAID}
    pages = [
        change(client, city.team, team_form(code="TO-TT", name="Tên mới", unit=city.bank.pk, **common)),
        change(client, city.tan_tuc, unit_form(code="BC-TT", name="Tên mới", parent=city.banks.pk, **common)),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "trong kỳ đã khóa của “Huyện Đoàn Bình Chánh”" in page.text
    assert organisation() == before


COMMUNE = ("Đoàn phường, xã, đặc khu", "Địa bàn dân cư")
FILES = {
    "team": (
        [*TEAMS, "Thuộc đơn vị từ ngày", "Hiệu lực đến ngày"],
        [
            ("TO-TT", "Tổ Tân Túc", SQUAD, "NH-01", "01/01/2020", SAID, None),
            ("TO-VL", "Tổ Vĩnh Lộc", SQUAD, "NH-01", "01/01/2020", SAID, None),
            ("TO-NH", "Đội Ngân hàng", SQUAD, "NH-01", "01/01/2020", None, "25/03/2023"),
            ("TO-RANH", "Tổ rảnh", SQUAD, "NH-01", "01/01/2020", SAID, None),
        ],
        ["Tổ Tân Túc", "Đội Ngân hàng"],
    ),
    "unit": (
        [*UNITS, "Trực thuộc từ ngày"],
        [
            ("BC-MOI", "Đoàn xã Mới", *COMMUNE, "BC", "01/01/2020", None),
            ("BC-TT", "Đoàn Tân Túc", *COMMUNE, "BC-MOI", "01/01/2020", SAID),
            ("BC-VL", "Đoàn Vĩnh Lộc", *COMMUNE, "BC-MOI", "01/01/2020", SAID),
            ("NH-01", "Ngân hàng", COMMUNE[0], "Công nhân lao động", "TD", "01/01/2020", SAID),
        ],
        ["Đoàn Tân Túc", "Ngân hàng"],
    ),
}


@pytest.mark.parametrize("model", FILES)
def test_import_refuses_the_row_and_takes_in_the_others(city, client, model):
    client.force_login(city.city_staff)
    lock(city, city.city)
    before = owners()
    headers, rows, refused = FILES[model]
    page = upload(client, model, workbook(headers, *rows))
    told = [" ".join(cells.values()) for _line, cells in sorted(complaints(page).items())]
    assert [f"“{name}” có ca ngày {SAID}" in words for name, words in zip(refused, told, strict=True)] == [True, True]
    assert (counts(page)["new"], counts(page)["update"]) == ((0, 2) if model == "team" else (1, 1))
    done = take_in(client, model, workbook(headers, *rows))
    assert done.context["run"].state == "done"
    assert {pk: sessions for pk, sessions in owners().items() if pk in before} == before
    assert tree_problems() == []


def test_import_asks_each_row_of_the_tree_that_the_rows_before_have_left(city, client):
    """The banks are locked. BC-VL may come under them, which has no figures; what then comes under BC-VL has some."""
    client.force_login(city.city_staff)
    lock(city, city.banks)
    headers = [*UNITS, "Trực thuộc từ ngày"]
    rows = [
        ("BC-VL", "Đoàn Vĩnh Lộc", *COMMUNE, "NH", "01/01/2020", SAID),
        ("BC-TT", "Đoàn Tân Túc", *COMMUNE, "BC-VL", "01/01/2020", SAID),
    ]
    page = upload(client, "unit", workbook(headers, *rows))
    assert (list(complaints(page)), counts(page)["update"]) == ([3], 1)


@pytest.mark.parametrize("model", ["team", "unit"])
def test_import_is_not_undone_where_its_days_were_locked_since(city, client, model):
    client.force_login(city.city_staff)
    headers, rows, _refused = FILES[model]
    done = take_in(client, model, workbook(headers, *rows[:2]))
    assert done.context["run"].state == "done"
    held = lock(city, city.city)
    before = organisation()
    refused = press(client, "undo", done)
    assert (refused.context["run"].state, "trong kỳ đã khóa" in refused.text) == ("done", True)
    assert organisation()["closure"] == before["closure"]
    assert TeamHome.objects.count() == len(before["teams.TeamHome"])
    lift(city, held)
    assert press(client, "undo", refused).context["run"].state == "undone"


# --- a reorganisation is no way around --------------------------------------------------------------------------------
MERGE = ("merge", {"units": ["BC-TT"], "into": "BC-VL"})
MOVE = ("move", {"unit": "BC-TT", "parent": "NH"})


@pytest.mark.parametrize("step", [MERGE, MOVE])
def test_reorganisation_of_locked_days_has_them_unlocked_first(city, step):
    held = lock(city, city.city)
    problems = reorganised.previewed(city.city_staff, step, day=PEAK_DAY).preview["problems"]
    (told,) = problems
    assert f"có ca ngày {SAID} trong kỳ đã khóa của “Thành Đoàn TP. Hồ Chí Minh” ({SAID}–{SAID}). " in told
    assert "Hãy mở khóa kỳ trước, rồi khóa lại sau khi sắp xếp." in told
    assert reorganised.previewed(city.city_staff, step, day=AFTER).preview["problems"] == []
    lift(city, held)
    assert reorganised.previewed(city.city_staff, step, day=PEAK_DAY).preview["problems"] == []


def test_reorganisation_is_not_undone_where_its_days_were_locked_since(city):
    made = reorganised.executed(city.city_staff, MERGE, day=PEAK_DAY)
    held = lock(city, city.city)
    before, access = organisation(), access_of_user(city.city_staff)
    with pytest.raises(CannotUndo, match="trong kỳ đã khóa của"):
        reorganising.undo(reorganisation=made, access=access, reason="Sáp nhập nhầm đơn vị")
    assert organisation() == before
    lift(city, held)
    reorganising.undo(reorganisation=made, access=access, reason="Sáp nhập nhầm đơn vị")


def test_team_that_a_reorganisation_left_waiting_is_not_placed_on_locked_days(city):
    made = reorganised.executed(city.city_staff, ("close", {"unit": "BC-TT"}), day=PEAK_DAY)
    assert city.team.home_on(PEAK_DAY) is None
    held, access = lock(city, city.city), access_of_user(city.city_staff)
    where = {"reorganisation": made, "teams": [city.team.pk], "into": "BC-VL", "access": access}
    with pytest.raises(DomainError, match="trong kỳ đã khóa của “Thành Đoàn"):
        reorganising.decide(**where)
    assert Team.objects.get(pk=city.team.pk).home_on(PEAK_DAY) is None
    # One that has not worked meanwhile may be placed for all its days.
    assert reorganising.decide(**where | {"teams": [city.idle.pk]}) == 1
    lift(city, held)
    assert reorganising.decide(**where) == 1


def test_page_of_a_reorganisation_shows_what_is_locked(city, client):
    client.force_login(city.city_staff)
    lock(city, city.city)
    made = reorganised.previewed(city.city_staff, MOVE, day=PEAK_DAY)
    page = client.get(reverse("reorganise:detail", args=[made.pk]))
    assert "trong kỳ đã khóa của “Thành Đoàn TP. Hồ Chí Minh”" in page.text
