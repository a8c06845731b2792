"""Figures of past years come in with their document, are shown apart, and are part of no statistic."""

import csv
import datetime as dt
import io
from urllib.parse import unquote

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.imports.past import PastFigureFile
from campaigns.past import PastFigure
from core.models import AuditEvent
from reports import tallies
from teams.access import access_of_user
from teams.permissions import Scope
from tests import factories
from tests.teams.spreadsheets import bad_rows, complaints, counts, press, rows_of, upload_to, workbook

pytestmark = pytest.mark.django_db
HEADERS = ("Chiến dịch, chương trình", "Đơn vị", "Từ ngày", "Đến ngày", "Chỉ số", "Số liệu", "Nguồn")
SOURCE = "Báo cáo số 123-BC/TĐTN ngày 05/04/2022"
ROW = ("Tháng Thanh niên 2022", "BC", "01/03/2022", "31/03/2022", "Lượt người", "12.500", SOURCE)
LAST = {"starts_on": dt.date(2022, 3, 1), "ends_on": dt.date(2022, 3, 31), "measure": "people", "source": SOURCE}


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def upload(client, *rows):
    return upload_to(client, reverse("imports:new", args=["past-figures"]), workbook(HEADERS, *rows))


def stored() -> list[tuple]:
    figures = PastFigure.objects.select_related("campaign", "unit").order_by("pk")
    return [(figure.about, figure.unit.code, figure.measure, figure.value, figure.source) for figure in figures]


def test_figures_come_in_once_are_corrected_and_go_again(city, world):
    march = factories.campaign("TTN-2022", owner=world.city, name="Tháng Thanh niên 2022")
    other = ("Hè xanh 2019", "Huyện Đoàn Bình Chánh", "01/06/2021", "31/08/2021", "Lượt dịch vụ", 40, SOURCE)
    page = upload(city, ROW, other)
    assert counts(page) == {"new": 2, "update": 0, "skip": 0, "invalid": 0}
    assert "Cổng không có chiến dịch này, số liệu được ghi theo tên chương trình." in page.text
    done = press(city, "confirm", page)
    assert stored() == [
        ("Tháng Thanh niên 2022", "BC", "people", 12_500, SOURCE),
        ("Hè xanh 2019", "BC", "service_turns", 40, SOURCE),
    ]
    assert PastFigure.objects.filter(campaign=march, run=done.context["run"]).count() == 1
    assert counts(upload(city, ROW, other)) == {"new": 0, "update": 0, "skip": 2, "invalid": 0}
    better = press(city, "confirm", upload(city, ("TTN-2022", *ROW[1:5], 13_000, SOURCE)))
    assert stored()[0][3] == 13_000
    press(city, "undo", better)
    assert stored()[0][3] == 12_500
    press(city, "undo", done)
    assert stored() == []


def test_bad_cells_are_named_with_what_is_near(city, world):
    page = upload(
        city,
        ("", "BC", "01/03/2022", "31/03/2022", "Lượt người", "1", SOURCE),
        ("A", "Huyện Đoàn Bình Chán", "01/03/2022", "31/03/2022", "Lượt ngườii", "1,5", ""),
        ("A", "BC", "01/03/2022", "01/02/2022", "Lượt người", "1", SOURCE),
        ("A", "BC", "01/03/2022", "31/12/2090", "Lượt người", "1", SOURCE),
        ("A", "BC", "01/03/2019", "31/03/2019", "Lượt người", "1", SOURCE),
        ("B", "BC", "01/03/2022", "31/03/2022", "Lượt người", "1", SOURCE),
        ("b", "bc", "01/03/2022", "31/03/2022", "people", "2", SOURCE),
    )
    assert complaints(page) == {
        2: {"Chiến dịch, chương trình": "Ô này không được để trống."},
        3: {
            "Đơn vị": "Không có đơn vị “Huyện Đoàn Bình Chán” trong phạm vi của bạn."
            " Gần nhất: BC – Huyện Đoàn Bình Chánh.",
            "Chỉ số": "Không có chỉ số “Lượt ngườii”. Gần nhất: people – Lượt người.",
            "Số liệu": "“1,5” không phải là số nguyên. Hãy viết dạng 1200 hoặc 1.200.",
            "Nguồn": "Ô này không được để trống.",
        },
        4: {"Đến ngày": "Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."},
        5: {"Đến ngày": "Kỳ này chưa kết thúc. Chỉ nhập số liệu của các kỳ đã qua."},
        6: {"Đơn vị": "“BC” không hoạt động vào ngày 31/03/2019."},
        8: {"Chiến dịch, chương trình": "Số liệu này đã có ở dòng 7 của tệp. Hãy giữ một dòng."},
    }
    header, *rows = rows_of(bad_rows(city, "past", page).content)
    assert (header[-1], len(rows)) == ("Lỗi cần sửa", 6)


def test_campaign_that_was_meant_is_looked_for_a_few_times_only(city, world, monkeypatch):
    """Comparing is slow, and programmes that the portal does not know are usually many."""
    asked = []
    monkeypatch.setattr("teams.imports.lookup.nearest", lambda text, _known: asked.append(text) or "")
    page = upload(city, *((f"Hè {number}", *ROW[1:]) for number in range(50)))
    assert counts(page)["new"] == 50
    assert asked == [f"Hè {number}" for number in range(20)]


def test_name_that_two_campaigns_have_is_refused_with_their_codes(city, world):
    for code in ("TTN-A", "TTN-B"):
        factories.campaign(code, owner=world.city, name="Tháng Thanh niên")
    page = upload(city, ("tháng thanh niên", *ROW[1:]), ("TTN-A", "", *ROW[2:4], "", *ROW[5:]))
    assert complaints(page) == {
        2: {"Chiến dịch, chương trình": "Có 2 chiến dịch cùng tên “tháng thanh niên”. Hãy ghi mã: TTN-A, TTN-B."},
        3: {"Đơn vị": "Ô này không được để trống.", "Chỉ số": "Ô này không được để trống."},
    }


def test_statistics_do_not_know_them(city, world):
    """Nowhere: not by unit, not by campaign, not in a month of their own."""
    campaign = factories.campaign("TTN-2022", owner=world.city, name="Tháng Thanh niên 2022")
    factories.log(factories.session(world.team, campaign=campaign), factories.service("DVC-NOP"), people=3)
    tallies.rebuild()
    questions = ("by=unit,campaign&unit=BC&depth=descendants", "by=month&from=2022-01-01&to=2023-12-31", "by=day")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.token(Scope.STATS_READ, unit=world.city)[1]}")

    def answers() -> list:
        told = [client.get(f"/api/v1/stats/?measures=people,service_turns&{question}").json() for question in questions]
        return [[answer["rows"], answer["totals"]] for answer in told]

    before = answers()
    assert before[0][1]["people"] == 3
    press(city, "confirm", upload(city, ROW))
    assert stored() != []
    assert answers() == before


def test_template_offers_the_units_and_measures_of_today(city, world):
    factories.unit("BC-CU", parent=world.binh_chanh, name="Đoàn xã cũ", valid_to=dt.date(2021, 12, 31))
    cells = PastFigureFile(access_of_user(world.city_staff)).guide_of_subject()
    offered = {cell.column_name: cell.offers for cell in cells if cell.offers}
    assert sorted(offered) == ["Chỉ số", "Đơn vị"]
    assert "Lượt người" in offered["Chỉ số"]
    assert "Đoàn thị trấn Tân Túc" in offered["Đơn vị"]
    assert "Đoàn xã cũ" not in offered["Đơn vị"]


# --- shown apart ------------------------------------------------------------------------------------------------------
@pytest.fixture
def figures(world):
    campaign = factories.campaign("TTN-2022", owner=world.city, name="Tháng Thanh niên 2022")
    for unit, value in ((world.binh_chanh, 1_200), (world.tan_tuc, 300), (world.bank, 50)):
        PastFigure.objects.create(campaign=campaign, unit=unit, value=value, **LAST)
    PastFigure.objects.create(
        programme="=Hè xanh 2021",
        unit=world.tan_tuc,
        value=9,
        **LAST | {"starts_on": dt.date(2021, 6, 1), "ends_on": dt.date(2021, 8, 31)},
    )
    return campaign


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", [300, 1_200, 9]),
        ("?q=he+xanh", [9]),
        ("?unit=tan+tuc", [300, 9]),
        ("?year=2022", [300, 1_200]),
        ("?q=khong-co", []),
    ],
)
def test_page_shows_those_of_the_own_subtree(client, world, figures, query, values):
    client.force_login(world.unit_staff)
    page = client.get(reverse("imports:past_figures") + query)
    assert [figure.value for figure in page.context["figures"]] == values


def test_page_of_a_campaign_shows_its_own_with_their_source(client, world, figures):
    client.force_login(world.unit_staff)
    page = client.get(reverse("plan:campaign", args=[figures.pk]))
    assert [figure.value for figure in page.context["past_figures"]] == [300, 1_200]
    assert "Số liệu các năm trước (nhập từ tệp)" in page.text
    assert SOURCE in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_constant_queries(client, world, django_assert_num_queries, count):
    for number in range(count):
        PastFigure.objects.create(programme=f"Hè {number}", unit=world.tan_tuc, value=1, **LAST)
    client.force_login(world.unit_staff)
    with django_assert_num_queries(6):
        assert len(client.get(reverse("imports:past_figures")).context["figures"]) == count


def test_export_opens_in_excel_and_may_come_in_again(city, world, figures):
    answer = city.post(reverse("imports:past_figures_export"), {"format": "xlsx", "unit": "tan tuc"})
    assert unquote(answer["Content-Disposition"]).startswith("attachment; filename*=utf-8''Số liệu các năm trước 20")
    header, first, _second = rows_of(answer.content)
    assert header == list(HEADERS)
    assert first == [
        "Tháng Thanh niên 2022",
        "Đoàn thị trấn Tân Túc",
        dt.datetime(2022, 3, 1),  # noqa: DTZ001  (as openpyxl reads a date)
        dt.datetime(2022, 3, 31),  # noqa: DTZ001
        "Lượt người",
        300,
        SOURCE,
    ]
    again = upload_to(city, reverse("imports:new", args=["past-figures"]), answer.content)
    assert counts(again) == {"new": 0, "update": 0, "skip": 2, "invalid": 0}
    trail = AuditEvent.objects.get(action="campaigns.pastfigure_exported")
    assert (trail.actor, trail.data) == (world.city_staff, {"rows": 2})


def test_export_comes_in_again_where_names_are_not_alone(city, world):
    """Codes stand for those: a name that two have is refused. The twin was not there yet in the summer of 2021."""
    twin = factories.unit("BC-TT2", parent=world.binh_chanh, since=dt.date(2022, 1, 1), name="Đoàn thị trấn Tân Túc")
    march, again = (factories.campaign(code, owner=world.city, name="Tháng Thanh niên") for code in ("TTN-A", "TTN-B"))
    summer = {"starts_on": dt.date(2021, 6, 1), "ends_on": dt.date(2021, 8, 31)}
    PastFigure.objects.create(campaign=march, unit=world.tan_tuc, value=1, **LAST)
    PastFigure.objects.create(campaign=again, unit=twin, value=2, **LAST)
    PastFigure.objects.create(programme="Hè xanh 2021", unit=world.tan_tuc, value=3, **LAST | summer)
    content = city.post(reverse("imports:past_figures_export"), {"format": "xlsx"}).content
    assert [row[:2] for row in rows_of(content)[1:]] == [
        ["TTN-A", "BC-TT"],
        ["TTN-B", "BC-TT2"],
        ["Hè xanh 2021", "Đoàn thị trấn Tân Túc"],
    ]
    page = upload_to(city, reverse("imports:new", args=["past-figures"]), content)
    assert counts(page) == {"new": 0, "update": 0, "skip": 3, "invalid": 0}


def test_export_as_csv_holds_no_formula(city, figures):
    answer = city.post(reverse("imports:past_figures_export"), {"format": "csv", "q": "he xanh"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    _header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row[0] == "'=Hè xanh 2021"


def test_rest_gives_them_with_their_source(world, figures):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.token(Scope.STATS_READ, unit=world.binh_chanh)[1]}")
    answer = client.get("/api/v1/past-figures/?campaign=TTN-2022&unit=BC-TT").json()
    [figure] = answer["results"]
    del figure["id"]
    assert figure == {
        "campaign": "TTN-2022",
        "programme": "Tháng Thanh niên 2022",
        "unit": "BC-TT",
        "starts_on": "2022-03-01",
        "ends_on": "2022-03-31",
        "measure": "people",
        "value": 300,
        "source": SOURCE,
    }
    assert client.get("/api/v1/past-figures/?unit=NH-01").status_code == 400


# --- always -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("pastfigure_source", {"programme": "A", "source": ""}),
        ("pastfigure_dates", {"programme": "A", "ends_on": dt.date(2022, 2, 1)}),
        ("pastfigure_of_campaign_or_programme", {}),
    ],
)
def test_figure_that_nothing_vouches_for_cannot_be_stored(world, rule, fields):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        PastFigure.objects.create(unit=world.tan_tuc, value=1, **LAST | fields)


def test_figure_stands_once(world):
    PastFigure.objects.create(programme="Hè Xanh", unit=world.tan_tuc, value=1, **LAST)
    with pytest.raises(IntegrityError, match="pastfigure_programme_key"), transaction.atomic():
        PastFigure.objects.create(programme="he xanh", unit=world.tan_tuc, value=2, **LAST)
