"""Lists go out as Excel or CSV: the reader's own subtree, typed, harmless, recorded, and fit to come back in."""

import csv
import datetime as dt
import io
import zipfile
from urllib.parse import unquote

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.dated import today
from core.models import AuditEvent
from core.vietnamese import nfc
from teams import bulk
from teams.access import access_of_user
from teams.imports import VolunteerResource
from teams.imports.cells import as_text
from teams.imports.files import FORMATS
from teams.imports.flow import look
from teams.models import Team, TeamMember, Unit, Volunteer
from teams.services import move_team, place_unit
from teams.tree import rebuild_ancestry
from tests import factories
from tests.teams.spreadsheets import counts, export, rows_of, upload

pytestmark = pytest.mark.django_db
EXCEL, CSV = "0", "1"


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def district(client, world):
    client.force_login(world.unit_staff)
    return client


def codes(response) -> list[str]:
    return sorted(row[0] for row in rows_of(response.content)[1:])


# --- whose ------------------------------------------------------------------------------------------------------------
def test_export_holds_the_readers_subtree_and_nothing_else(district, world):
    factories.volunteer("TNV-TT", unit=world.tan_tuc)
    factories.volunteer("TNV-NH", unit=world.bank)
    assert codes(export(district, "unit")) == ["BC", "BC-TT", "BC-VL"]
    assert codes(export(district, "team")) == ["TO-TT", "TO-VL"]
    assert codes(export(district, "volunteer")) == ["TNV-TT"]


def test_export_of_the_city_holds_all(city, world):
    assert codes(export(city, "team")) == ["TO-NH", "TO-TT", "TO-VL"]


def test_export_follows_search_and_filters_of_the_list(district, world):
    assert codes(export(district, "team", query="?q=vinh+loc")) == ["TO-VL"]
    assert codes(export(district, "team", query=f"?under={world.bank.pk}")) == []


def test_export_of_a_filter_that_is_none_leads_back_to_the_list(district):
    page = district.get(reverse("admin:teams_team_export"), {"khong-co": "1"}, follow=True)
    assert page.request["PATH_INFO"] == reverse("admin:teams_team_changelist")
    assert "Bộ lọc trong địa chỉ này không có" in page.text


@pytest.mark.parametrize(
    ("who", "status"), [("city_staff", 200), ("unit_staff", 200), ("viewer", 403), ("leader", 302), ("nobody", 302)]
)
def test_export_is_for_whom_the_table_of_rights_says(client, world, who, status):
    client.force_login(getattr(world, who))
    assert client.get(reverse("admin:teams_volunteer_export")).status_code == status
    assert export(client, "volunteer").status_code == status


def test_export_page_says_what_will_be_in_the_file_and_records_nothing(district, world):
    page = district.get(reverse("admin:teams_team_export"))
    assert "2 dòng" in page.text
    assert "Mã đội hình, Tên đội hình, Loại đội hình" in page.text
    assert not AuditEvent.objects.filter(action="teams.team_exported").exists()


# --- the file ---------------------------------------------------------------------------------------------------------
def test_export_has_vietnamese_headers_words_and_file_name_and_real_dates(city, world):
    world.team.area = factories.area("27595")
    world.team.save()
    response = export(city, "team", query="?q=tan+tuc")
    header, row = rows_of(response.content)
    assert dict(zip(header, row, strict=True)) == {
        "Mã đội hình": "TO-TT",
        "Tên đội hình": "Tổ xung kích Tân Túc",
        "Loại đội hình": "Tổ thanh niên xung kích",
        "Mã đơn vị": "BC-TT",
        "Thuộc đơn vị từ ngày": dt.datetime(2020, 1, 1),  # noqa: DTZ001  (as openpyxl reads a date)
        "Mã địa bàn": "27595",
        "Lĩnh vực chuyên môn": None,
        "Ghi chú": None,
        "Hiệu lực từ ngày": dt.datetime(2020, 1, 1),  # noqa: DTZ001
        "Hiệu lực đến ngày": None,
    }
    assert unquote(response["Content-Disposition"]).startswith("attachment; filename*=utf-8''Đội hình 20")
    assert response["Content-Disposition"].endswith(".xlsx")


def test_export_as_csv_opens_in_excel_with_vietnamese(city, world):
    response = export(city, "team", file_format=CSV, query="?q=tan+tuc")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    header, row = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert (header[1], row[1], row[-2]) == ("Tên đội hình", "Tổ xung kích Tân Túc", "01/01/2020")


@pytest.mark.parametrize("attack", ["=1+1", "=HYPERLINK(0)", "+1", "-1", "@SUM(A1)"])
def test_export_holds_no_formula(city, world, attack):
    factories.volunteer("TNV-1", unit=world.tan_tuc, full_name=attack)
    workbook = export(city, "volunteer").content
    assert rows_of(workbook)[1][1] == attack
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    text = export(city, "volunteer", file_format=CSV).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1][1] == f"'{attack}"


def test_export_leaves_an_audit_row_who_took_what(district, world):
    export(district, "team", file_format=CSV, query="?q=tan+tuc")
    event = AuditEvent.objects.get(action="teams.team_exported")
    assert (event.actor, event.scope_unit) == (world.unit_staff, world.binh_chanh.pk)
    assert (event.target_type, event.target_label) == ("teams.team", f"Đội hình {today():%Y-%m-%d}.csv")
    assert event.data == {"rows": 1, "filters": {"q": "tan tuc"}}


def test_export_too_long_is_not_cut_but_refused(city, world, monkeypatch):
    monkeypatch.setattr("teams.admin.exchange.MOST_EXPORTED", 2)
    response = export(city, "team")
    assert response.status_code == 302
    page = city.get(response["Location"])
    assert "Danh sách quá dài để xuất một lần. Hãy lọc bớt rồi xuất." in page.text


@pytest.mark.parametrize("number", [1, 3, 300])
@pytest.mark.parametrize(("model", "queries"), [("unit", 12), ("team", 12), ("volunteer", 12)])
def test_export_queries_do_not_grow_with_the_rows(city, world, django_assert_num_queries, model, queries, number):
    first = factories.LONG_AGO
    units = [
        Unit(code=f"M-{n}", name=f"Mẫu {n}", kind="branch", block="territory", valid_from=first) for n in range(number)
    ]
    teams = [Team(code=f"M-{n}", name=f"Mẫu {n}", valid_from=first) for n in range(number)]
    bulk.add_placed(Unit, [(unit, world.banks, first) for unit in units])
    bulk.add_placed(Team, [(team, world.bank, first) for team in teams])
    bulk.add_volunteers([Volunteer(code=f"M-{n}", full_name=f"Mẫu {n}", unit=world.bank) for n in range(number)])
    rebuild_ancestry()
    with django_assert_num_queries(queries):
        response = export(city, model, query="?q=mau")
    assert len([code for code in codes(response) if code.startswith("M-")]) == number


# --- there and back ---------------------------------------------------------------------------------------------------
@pytest.fixture
def past(world):
    """A city with history: closed, moved, to come, reused, inactive, in two teams."""
    closed = factories.unit("CU", parent=world.binh_chanh, valid_to=dt.date(2022, 12, 31))
    factories.unit("CU", parent=world.banks, since=dt.date(2023, 1, 1))
    factories.unit("SAU", parent=world.binh_chanh, since=dt.date(2090, 1, 1))
    factories.team("TO-CU", unit=closed, valid_to=dt.date(2021, 12, 31), area=factories.area("27595"))
    factories.team("TO-SAU", unit=world.tan_tuc, since=dt.date(2090, 1, 1), note="=không phải công thức", field="+1")
    factories.area("27595x", valid_to=dt.date(2025, 6, 30))
    both = factories.volunteer("TNV-2", unit=world.tan_tuc, team=world.team, full_name="'Trần Mẫu")
    TeamMember.objects.create(team=world.team_vinh_loc, volunteer=both, valid_from=dt.date(2021, 1, 1))
    factories.volunteer("00123", unit=world.bank, is_active=False, full_name="=Nguyễn Mẫu")
    move_team(team=world.team, unit=world.vinh_loc, since=dt.date(2023, 6, 1), by=None)
    place_unit(unit=world.vinh_loc, parent=world.city, since=dt.date(2024, 6, 1), by=None)
    return world


@pytest.mark.parametrize(("file_format", "name"), [(EXCEL, "a.xlsx"), (CSV, "a.csv")], ids=["xlsx", "csv"])
@pytest.mark.parametrize("model", ["unit", "team", "volunteer"])
def test_export_comes_back_in_and_changes_nothing(city, past, model, file_format, name):
    content = export(city, model, file_format=file_format).content
    page = upload(city, model, content, name)
    number = {"unit": Unit, "team": Team, "volunteer": Volunteer}[model].objects.count()
    assert counts(page) == {"new": 0, "update": 0, "skip": number, "invalid": 0}


@pytest.mark.parametrize("model", ["team", "volunteer"])
def test_export_of_a_subtree_comes_back_in_and_changes_nothing(district, past, model):
    page = upload(district, model, export(district, model).content)
    assert (counts(page)["new"], counts(page)["update"], counts(page)["invalid"]) == (0, 0, 0)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(names=st.lists(NAMES.filter(as_text), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_export_of_any_text_comes_back_in_and_changes_nothing(city, world, names):
    Volunteer.objects.all().delete()
    for number, name in enumerate(names):
        # As every way in stores it.
        factories.volunteer(f"TNV-{number}", unit=world.tan_tuc, full_name=nfc(as_text(name)))
    for file_format, file_name in ((EXCEL, "a.xlsx"), (CSV, "a.csv")):
        content = export(city, "volunteer", file_format=file_format).content
        reader = FORMATS[file_name.endswith(".csv")]()
        found = look(VolunteerResource(access_of_user(world.city_staff)), reader.create_dataset(content))
        assert (found.counts["new"], found.counts["update"]) == (0, 0)
