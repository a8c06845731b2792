"""Where figures of locked days are found: by the area of a point or a team, by the block of a unit and by the group of
a service, as these are now. None of the four is changed under such figures."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.models import SupportPoint
from campaigns.services import save_point
from core.dated import DAY
from core.errors import DomainError
from services_help.models import Service
from services_help.reference import load_catalogue
from services_help.review import lift_period, lock_period
from teams.access import access_of_user
from teams.models import Team, Unit
from teams.services import move_team, save_team, save_unit
from tests import factories
from tests.factories import PEAK_DAY
from tests.teams.spreadsheets import SQUAD, TEAMS, UNITS, complaints, counts, press, take_in, upload, workbook
from tests.teams.test_admin_writes import change, point_form, team_form, unit_form

pytestmark = pytest.mark.django_db
SAID = "26/03/2023"


@pytest.fixture
def city(world):
    """Of one team's two shifts one is at a point, where a service was given; another point was open only afterwards."""
    world.area, world.elsewhere = factories.area("27595"), factories.area("27604")
    world.point = factories.point("D-1", unit=world.tan_tuc, area=world.area, name="Chợ Tân Túc")
    world.new_point = factories.point("D-2", unit=world.tan_tuc, area=world.area)
    world.group, world.other_group = (factories.service_group(code) for code in ("NHOM-1", "NHOM-2"))
    world.service = factories.service("DV-1", group=world.group, name="Nộp hồ sơ")
    Team.objects.update(area=world.area)
    world.team.refresh_from_db()
    world.at_point = factories.session(world.team, point=world.point, state="approved")
    factories.log(world.at_point, world.service)
    world.anywhere = factories.session(world.team, state="approved")
    factories.session(world.team, PEAK_DAY + DAY, point=world.new_point, state="approved")
    return world


def lock(city, **options):
    days = {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    return lock_period(unit=city.city, **days, reason="Chốt số", access=access_of_user(city.city_staff), **options)


def lift(city, held) -> None:
    lift_period(lock=held, reason="Khóa nhầm", access=access_of_user(city.city_staff))


def places() -> list:
    rows = [(SupportPoint, "area"), (Team, "area"), (Unit, "block"), (Service, "group")]
    return [list(model.objects.order_by("pk").values_list("code", "name", column)) for model, column in rows]


# --- every channel refuses --------------------------------------------------------------------------------------------
def api(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def refused_by(form) -> None:
    """The form is shown again, with what the service has said."""
    (told,) = [text for texts in form.errors.values() for text in texts]
    raise DomainError(told, code="locked")


def point_by_service(city):
    save_point(point=city.point, by=city.unit_staff, area=city.elsewhere)


def point_in_the_plan(city):
    form = {
        "code": "D-1",
        "name": "Chợ Tân Túc",
        "kind": "one_stop",
        "unit": city.tan_tuc.pk,
        "area": city.elsewhere.pk,
    }
    page = api(city.unit_staff).post(
        reverse("plan:point_edit", args=[city.point.pk]), form | {"valid_from": "2020-01-01"}
    )
    refused_by(page.context["form"])


def point_by_the_api(city):
    answer = api(city.unit_staff).patch("/api/v1/support-points/D-1/", {"area": "27604"}, format="json")
    assert answer.status_code == 409
    raise DomainError(answer.json()["detail"], code=answer.json()["code"])


def point_in_the_admin(city):
    form = point_form(
        code="D-1", name="Chợ Tân Túc", unit=city.tan_tuc.pk, area=city.elsewhere.pk, valid_from="01/01/2020"
    )
    refused_by(change(api(city.city_staff), city.point, form).context["adminform"].form)


def team_by_service(city):
    city.team.area = city.elsewhere
    save_team(team=city.team, by=city.city_staff)


def team_without_an_area(city):
    city.team.area = None
    save_team(team=city.team, by=city.city_staff)


def team_in_the_admin(city):
    form = team_form(code="TO-TT", name="Tổ xung kích Tân Túc", area=city.elsewhere.pk, unit=city.tan_tuc.pk)
    form["valid_from"] = "01/01/2020"
    refused_by(change(api(city.city_staff), city.team, form).context["adminform"].form)


def team_by_a_file(city):
    client = api(city.city_staff)
    page = upload(client, "team", areas(("TO-TT", "27604")))
    (told,) = [" ".join(cells.values()) for cells in complaints(page).values()]
    assert counts(page)["update"] == 0
    raise DomainError(told, code="locked")


def unit_by_service(city):
    city.tan_tuc.block = "workers"
    save_unit(unit=city.tan_tuc, by=city.city_staff)


def unit_with_a_new_parent(city):
    city.tan_tuc.block = "workers"
    save_unit(unit=city.tan_tuc, parent=city.banks, since=PEAK_DAY + DAY, by=city.city_staff)


def unit_in_the_admin(city):
    form = unit_form(code="BC-TT", name="Đoàn thị trấn Tân Túc", block="workers", parent=city.binh_chanh.pk)
    form["valid_from"] = "01/01/2020"
    refused_by(change(api(city.city_staff), city.tan_tuc, form).context["adminform"].form)


def unit_by_a_file(city):
    page = upload(api(city.city_staff), "unit", blocks("BC-TT"))
    (told,) = [" ".join(cells.values()) for cells in complaints(page).values()]
    assert counts(page)["update"] == 0
    raise DomainError(told, code="locked")


def service_in_the_admin(city):
    refused_by(change(api(city.city_staff), city.service, service_form(city)).context["adminform"].form)


def service_form(city) -> dict:
    names = dict.fromkeys(("name", "name_en", "short_name", "short_name_en"), "Nộp hồ sơ")
    counted = {f"service_metrics-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    more = {"icon": "circle-help", "position": 1, "for_citizens": "on", "valid_from": "01/01/2020"}
    return names | counted | more | {"group": city.other_group.pk}


def areas(*rows) -> bytes:
    """The file of these teams, each with its area."""
    known = {team.code: team for team in Team.objects.all()}
    lines = [
        (code, known[code].name, SQUAD, known[code].home_on(PEAK_DAY).code, "01/01/2020", area) for code, area in rows
    ]
    return workbook([*TEAMS, "Mã địa bàn"], *lines)


def blocks(*codes) -> bytes:
    """The file of these communes of Bình Chánh, each with another block."""
    known = {unit.code: unit.name for unit in Unit.objects.all()}
    moved = ("Đoàn phường, xã, đặc khu", "Công nhân lao động")
    return workbook(UNITS, *[(code, known[code], *moved, "BC", "01/01/2020") for code in codes])


POINT = ("Chợ Tân Túc", "địa bàn", "điểm hỗ trợ")
TEAM = ("Tổ xung kích Tân Túc", "địa bàn", "đội hình")
UNIT = ("Đoàn thị trấn Tân Túc", "khối", "đơn vị Đoàn")
CHANNELS = {
    "point by a service": (point_by_service, POINT),
    "point in the plan": (point_in_the_plan, POINT),
    "point by the API": (point_by_the_api, POINT),
    "point in the admin": (point_in_the_admin, POINT),
    "team by a service": (team_by_service, TEAM),
    "team's area is taken away": (team_without_an_area, TEAM),
    "team in the admin": (team_in_the_admin, TEAM),
    "team by a file": (team_by_a_file, TEAM),
    "unit by a service": (unit_by_service, UNIT),
    "unit that is moved later as well": (unit_with_a_new_parent, UNIT),
    "unit in the admin": (unit_in_the_admin, UNIT),
    "unit by a file": (unit_by_a_file, UNIT),
    "service in the admin": (service_in_the_admin, ("Nộp hồ sơ", "nhóm", "dịch vụ")),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_refuses_in_words_and_changes_nothing(city, channel):
    act, (name, column, kind) = CHANNELS[channel]
    lock(city)
    before = places()
    with pytest.raises(DomainError) as refused:
        act(city)
    assert refused.value.code == "locked"
    told = str(refused.value)
    assert f"“{name}” có số liệu ngày {SAID}, trong kỳ đã khóa của “{city.city}” ({SAID}–{SAID})" in told
    assert f"nên không đổi được {column}. Hãy lập {kind} mới có hiệu lực sau ngày {SAID}, hoặc đề nghị" in told
    assert places() == before


def test_area_of_a_team_that_had_none_is_not_set_either(city):
    """Its figures were reported as of no known area."""
    Team.objects.update(area=None)
    lock(city)
    with pytest.raises(DomainError, match="nên không đổi được địa bàn"):
        team_by_service(city)


def test_session_that_nobody_has_reviewed_is_frozen_like_the_others(city):
    for shift in (city.at_point, city.anywhere):
        shift.state = "provisional"
        shift.save()
    lock(city, with_unreviewed=True)
    for act in (point_by_service, team_by_service, unit_by_service):
        with pytest.raises(DomainError, match=f"có số liệu ngày {SAID}"):
            act(city)


def test_unit_that_its_team_has_left_since_keeps_the_block_of_the_locked_day(city):
    lock(city)
    move_team(team=city.team, unit=city.bank, since=PEAK_DAY + DAY, by=city.city_staff)
    with pytest.raises(DomainError, match="nên không đổi được khối"):
        unit_by_service(city)
    city.bank.block = "schools"
    save_unit(unit=city.bank, by=city.city_staff)


# --- what is not refused ----------------------------------------------------------------------------------------------
def test_change_is_free_again_when_the_lock_is_lifted(city):
    lift(city, lock(city))
    point_by_service(city)
    team_by_service(city)
    unit_by_service(city)
    assert change(api(city.city_staff), city.service, service_form(city)).status_code == 302
    points, teams, units, services = places()
    moved = {("D-1", "Chợ Tân Túc", city.elsewhere.pk), ("TO-TT", "Tổ xung kích Tân Túc", city.elsewhere.pk)}
    moved |= {("BC-TT", "Đoàn thị trấn Tân Túc", "workers"), ("DV-1", "Nộp hồ sơ", city.other_group.pk)}
    assert moved <= {*points, *teams, *units, *services}


def test_point_that_only_later_days_know_is_moved_freely(city):
    lock(city)
    save_point(point=city.new_point, by=city.unit_staff, area=city.elsewhere)
    assert SupportPoint.objects.get(code="D-2").area == city.elsewhere


def test_team_whose_locked_sessions_all_had_a_point_is_moved_freely(city):
    """They are found by the areas of their points."""
    factories.void(city.anywhere)
    lock(city)
    team_by_service(city)


def test_point_whose_locked_sessions_were_taken_back_is_moved_freely(city):
    factories.void(city.at_point)
    lock(city)
    point_by_service(city)


def test_unit_whose_locked_sessions_were_taken_back_has_whatever_block(city):
    for shift in (city.at_point, city.anywhere):
        factories.void(shift)
    lock(city)
    unit_by_service(city)


def test_unit_above_and_unit_beside_have_whatever_block(city):
    """Figures read that of the unit which the team belonged to, and of none above it."""
    lock(city)
    for unit in (city.binh_chanh, city.vinh_loc):
        unit.block = "workers"
        save_unit(unit=unit, by=city.city_staff)


def test_service_whose_lines_of_locked_days_were_taken_back_is_moved_freely(city):
    factories.void(city.at_point.logs.get())
    lock(city)
    assert change(api(city.city_staff), city.service, service_form(city)).status_code == 302


def test_all_else_of_them_is_corrected_freely(city):
    lock(city)
    save_point(point=city.point, by=city.unit_staff, area=city.area, name="Tên mới", valid_to=PEAK_DAY)
    city.team.name = "Tên mới"
    save_team(team=city.team, by=city.city_staff)
    city.tan_tuc.name = "Tên mới"
    save_unit(unit=city.tan_tuc, by=city.city_staff)
    same = service_form(city) | {"group": city.group.pk, "name": "Tên mới"}
    page = change(api(city.city_staff), city.service, same)
    assert (page.status_code, Service.objects.get(code="DV-1").name) == (302, "Tên mới")


def test_new_point_and_new_team_have_whatever_area(city):
    lock(city)
    values = {"name": "Điểm mới", "kind": "market", "unit": city.tan_tuc, "valid_from": PEAK_DAY + DAY}
    save_point(point=None, by=city.unit_staff, code="D-1-MOI", area=city.elsewhere, **values)
    made = Team(code="TO-MOI", name="Tổ mới", area=city.elsewhere, valid_from=PEAK_DAY + DAY)
    save_team(team=made, unit=city.tan_tuc, by=city.city_staff)


# --- files ------------------------------------------------------------------------------------------------------------
def test_file_is_taken_in_but_for_the_team_that_has_locked_figures(city):
    client = api(city.city_staff)
    lock(city)
    page = take_in(client, "team", areas(("TO-TT", "27604"), ("TO-VL", "27604")))
    assert page.context["run"].state == "done"
    moved = Team.objects.filter(area=city.elsewhere).values_list("code", flat=True)
    assert list(moved) == ["TO-VL"]


def test_file_is_not_undone_where_its_area_has_locked_figures_since(city):
    client = api(city.city_staff)
    done = take_in(client, "team", areas(("TO-TT", "27604")))
    held = lock(city)
    refused = press(client, "undo", done)
    assert "“Tổ xung kích Tân Túc” có số liệu ngày 26/03/2023" in refused.text
    assert Team.objects.get(code="TO-TT").area == city.elsewhere
    lift(city, held)
    assert press(client, "undo", refused).context["run"].state == "undone"
    assert Team.objects.get(code="TO-TT").area == city.area


def test_file_is_taken_in_but_for_the_unit_that_has_locked_figures(city):
    lock(city)
    page = take_in(api(city.city_staff), "unit", blocks("BC-TT", "BC-VL"))
    assert page.context["run"].state == "done"
    moved = Unit.objects.filter(block="workers", kind="commune").values_list("code", flat=True)
    assert list(moved) == ["BC-VL"]


def test_file_is_not_undone_where_its_block_has_locked_figures_since(city):
    client = api(city.city_staff)
    done = take_in(client, "unit", blocks("BC-TT"))
    held = lock(city)
    refused = press(client, "undo", done)
    assert "“Đoàn thị trấn Tân Túc” có số liệu ngày 26/03/2023" in refused.text
    assert Unit.objects.get(code="BC-TT").block == "workers"
    lift(city, held)
    assert press(client, "undo", refused).context["run"].state == "undone"
    assert Unit.objects.get(code="BC-TT").block == "territory"


# --- the catalogue of a deploy ----------------------------------------------------------------------------------------
def test_deploy_leaves_a_service_in_the_group_of_its_locked_figures(city):
    load_catalogue()
    counted, free = Service.objects.filter(group__code="DVC")[:2]
    given = counted.group
    factories.log(city.at_point, counted)
    Service.objects.filter(pk__in=[counted.pk, free.pk]).update(group=city.group)
    held = lock(city)
    for expected in (city.group, given):
        load_catalogue()
        groups = [Service.objects.get(pk=service.pk).group for service in (counted, free)]
        assert groups == [expected, given]
        if expected == city.group:
            lift(city, held)
