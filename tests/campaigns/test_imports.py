"""Deployments and targets come in from spreadsheets: by code or name, blind to accents, with every bad cell named."""

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.imports import DeploymentFile, TargetFile
from campaigns.imports.targets import MeasureNames
from campaigns.models import Deployment, Target
from core.errors import DomainError
from core.models import AuditEvent, Revision
from teams.access import access_of_user
from teams.imports.files import ExcelFile
from teams.imports.flow import look, take_in
from tests import factories
from tests.factories import PEAK_DAY
from tests.teams.spreadsheets import press, upload_to, workbook

HEADERS = ("Đội hình", "Điểm hỗ trợ", "Từ giờ", "Đến giờ", "Ghi chú")
TARGETS = ("Đơn vị", "Chỉ số", "Chỉ tiêu")
DAY = dt.timedelta(days=1)


@pytest.fixture
def plan(world):
    campaign = factories.campaign(owner=world.city, starts_on=PEAK_DAY)
    campaign.peak = factories.campaign_day(campaign)
    area = factories.area()
    hours = {"opens_at": dt.time(7, 30), "closes_at": dt.time(17)}
    campaign.point = factories.point("MC-TT", unit=world.tan_tuc, area=area, name="Một cửa Tân Túc", **hours)
    campaign.access = access_of_user(world.unit_staff)
    return campaign


def dataset(*rows, headers=HEADERS):
    return ExcelFile().create_dataset(workbook(headers, *rows))


def preview(plan, *rows, headers=HEADERS):
    return look(DeploymentFile(plan.access, plan.peak), dataset(*rows, headers=headers))


def store(plan, *rows, shown=None):
    """``shown``: the digest of the preview that is confirmed; by default of one that was made just now."""
    shown = preview(plan, *rows).digest if shown is None else shown
    resource = DeploymentFile(plan.access, plan.peak)
    return take_in(resource, dataset(*rows), shown=shown, file_name="phan-cong.xlsx")


def complaints(found) -> dict[int, dict[str, str]]:
    return {row.line: {cell.column: " ".join(cell.messages) for cell in row.cells} for row in found.bad_rows}


def sent() -> list[tuple]:
    rows = Deployment.objects.active().select_related("team", "point").order_by("team__code", "starts_at")
    return [(row.team.code, row.point and row.point.code, f"{row.starts_at:%H:%M}–{row.ends_at:%H:%M}") for row in rows]


# --- what comes in ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("team", "point"),
    [
        ("TO-TT", "MC-TT"),
        ("to-tt", "mc-tt"),
        ("Tổ xung kích Tân Túc", "Một cửa Tân Túc"),
        ("to xung kich tan tuc", "mot cua TAN TUC"),
    ],
)
def test_team_and_point_are_known_by_code_or_name(plan, team, point):
    store(plan, (team, point, "7h30", dt.time(11, 30), ""))
    assert sent() == [("TO-TT", "MC-TT", "07:30–11:30")]


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["07:30", "7:30", "7h30", "7:30:00", "7g30", dt.time(7, 30), 0.3125])
def test_hours_are_read_as_people_write_them(plan, written):
    store(plan, ("TO-TT", "", written, "11:30"))
    assert sent() == [("TO-TT", None, "07:30–11:30")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "read"), [(0.25, "06:00"), (0.75, "18:00"), ("0,5", "12:00"), (0.0625, "01:30"), ("7.30", "07:30")]
)
def test_number_that_excel_keeps_for_an_hour_is_that_hour(plan, written, read):
    store(plan, ("TO-TT", "", written, "23:30"))
    assert sent() == [("TO-TT", None, f"{read}–23:30")]


@pytest.mark.django_db
def test_preview_stores_nothing_and_confirmation_leaves_its_trail(plan, world):
    rows = [("TO-TT", "MC-TT", "07:30", "11:30", "Mang bàn"), ("TO-VL", "", "07:30", "11:30", "")]
    assert preview(plan, *rows).counts == {"new": 2, "update": 0, "skip": 0, "invalid": 0}
    assert sent() == []
    store(plan, *rows)
    events = AuditEvent.objects.filter(action__startswith="campaigns.deployment").order_by("action", "target_label")
    assert [(event.action, event.scope_unit, event.data.get("file")) for event in events] == [
        ("campaigns.deployment_added", world.tan_tuc.pk, "phan-cong.xlsx"),
        ("campaigns.deployment_added", world.vinh_loc.pk, "phan-cong.xlsx"),
        ("campaigns.deployment_imported", world.binh_chanh.pk, None),
    ]


@pytest.mark.django_db
def test_row_of_a_team_that_is_sent_from_that_hour_changes_it(plan, world):
    row = factories.deployment(world.team, plan.peak, plan.point)
    other = factories.deployment(world.team, plan.peak, plan.point, starts_at=dt.time(13), ends_at=dt.time(17))
    found = store(plan, ("TO-TT", "", "07:30", "10:00", ""))
    assert found.counts == {"new": 0, "update": 1, "skip": 0, "invalid": 0}
    assert sent() == [("TO-TT", None, "07:30–10:00"), ("TO-TT", "MC-TT", "13:00–17:00")]
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.version, other.version) == (1, 0)


@pytest.mark.django_db
def test_column_that_is_left_out_keeps_what_is_there(plan, world):
    factories.deployment(world.team, plan.peak, plan.point, note="Giữ lại")
    found = preview(plan, ("TO-TT", "07:30", "11:30"), headers=("Đội hình", "Từ giờ", "Đến giờ"))
    assert found.counts == {"new": 0, "update": 0, "skip": 1, "invalid": 0}


CLOCK = st.integers(0, 23).map(lambda hour: dt.time(hour, 30))
PLACES = st.sampled_from(["MC-TT", ""])
LINES = st.tuples(st.sampled_from(["TO-TT", "TO-VL"]), PLACES, CLOCK, CLOCK, st.sampled_from(["", "Mang bàn"]))


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(LINES, min_size=1, max_size=5))
def test_same_file_again_changes_nothing(plan, rows):
    """Whatever the file says: a second look finds what was stored, and the same rows bad."""
    Deployment.objects.all().delete()
    first = preview(plan, *rows)
    if first.may_confirm:
        store(plan, *rows, shown=first.digest)
    after, number = sent(), Revision.state().get("campaigns")
    again = preview(plan, *rows)
    assert (again.good, again.bad_lines) == (0, first.bad_lines)
    assert again.counts["skip"] == len(rows) - len(first.bad_lines)
    with pytest.raises(DomainError):
        store(plan, *rows, shown=again.digest)
    assert (sent(), Revision.state().get("campaigns")) == (after, number)


# --- what does not ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_bad_cell_is_named_with_what_was_probably_meant(plan, world):
    factories.point("CHO", unit=world.tan_tuc, area=plan.point.area, name="Chợ cũ", valid_to=PEAK_DAY - DAY)
    found = preview(
        plan,
        ("To xung kich Tan Tuk", "MC-TT", "07:30", "11:30"),
        ("TO-TT", "Chợ cũ", "sáng", "11:30"),
        ("TO-NH", "", "07:30", "11:30"),
        ("TO-VL", "", "11:30", "07:30"),
        ("", "", "07:30", "11:30"),
    )
    assert complaints(found) == {
        2: {
            "Đội hình": "Không có đội hình “To xung kich Tan Tuk” trong phạm vi của bạn."
            " Gần nhất: TO-TT – Tổ xung kích Tân Túc."
        },
        3: {
            "Điểm hỗ trợ": "“Chợ cũ” không hoạt động vào ngày 26/03/2023.",
            "Từ giờ": "“sáng” không phải là giờ. Hãy viết dạng 07:30.",
        },
        4: {"Đội hình": "Không có đội hình “TO-NH” trong phạm vi của bạn."},
        5: {"Đến giờ": "Giờ kết thúc phải sau giờ bắt đầu."},
        6: {"Đội hình": "Ô này không được để trống."},
    }


@pytest.mark.django_db
def test_team_twice_in_the_file_and_team_that_is_there_already(plan, world):
    factories.deployment(world.team_vinh_loc, plan.peak, plan.point, starts_at=dt.time(9), ends_at=dt.time(10))
    found = preview(
        plan,
        ("TO-TT", "MC-TT", "07:30", "11:30"),
        ("TO-TT", "", "07:30", "11:30"),
        ("TO-VL", "MC-TT", "07:30", "11:30"),
    )
    assert complaints(found) == {
        3: {"Đội hình": "Đội này đã có ở dòng 2 của tệp, cùng giờ bắt đầu. Hãy giữ một dòng."},
        4: {"Từ giờ": "“Tổ xung kích Vĩnh Lộc A” đã được phân công ở đó từ 09:00 đến 10:00 ngày 26/03/2023."},
    }


@pytest.mark.django_db
def test_two_teams_of_one_name_are_told_apart_by_code(plan, world):
    factories.team("TO-TT2", unit=world.tan_tuc, name="Tổ xung kích Tân Túc")
    found = preview(plan, ("Tổ xung kích Tân Túc", "", "07:30", "11:30"))
    assert complaints(found)[2]["Đội hình"] == ("Có 2 nơi cùng tên “Tổ xung kích Tân Túc”. Hãy ghi mã: TO-TT, TO-TT2.")


@pytest.mark.django_db
def test_place_says_which_of_two_that_a_team_has_from_one_hour(plan, world):
    factories.deployment(world.team, plan.peak, plan.point)
    factories.deployment(world.team, plan.peak)
    again = preview(plan, ("TO-TT", "MC-TT", "07:30", "11:30"), ("TO-TT", "", "07:30", "11:30"))
    assert again.counts == {"new": 0, "update": 0, "skip": 2, "invalid": 0}
    store(plan, ("TO-TT", "", "07:30", "10:00"))
    assert sorted(sent(), key=str) == [("TO-TT", "MC-TT", "07:30–11:30"), ("TO-TT", None, "07:30–10:00")]
    factories.point("CHO", unit=world.tan_tuc, area=plan.point.area, name="Chợ Tân Túc")
    told = "Đội có 2 phân công từ giờ này. Hãy ghi đúng điểm của một phân công, hoặc sửa ở trang của ngày."
    assert complaints(preview(plan, ("TO-TT", "CHO", "07:30", "11:30"))) == {2: {"Điểm hỗ trợ": told}}
    without = preview(plan, ("TO-TT", "07:30", "11:30"), headers=("Đội hình", "Từ giờ", "Đến giờ"))
    assert complaints(without) == {2: {"Điểm hỗ trợ": told}}
    twice = preview(plan, ("TO-TT", "MC-TT", "07:30", "11:30"), ("TO-TT", "MC-TT", "07:30", "11:00"))
    assert twice.bad_lines == [3]


@pytest.mark.django_db
def test_move_to_another_point_of_the_same_name_is_a_change(plan, world):
    """The names alone would show none; then codes are shown."""
    factories.point("MC-TT2", unit=world.tan_tuc, area=plan.point.area, name="Một cửa Tân Túc")
    factories.deployment(world.team, plan.peak, plan.point)
    found = preview(plan, ("TO-TT", "MC-TT2", "07:30", "11:30"))
    assert found.counts == {"new": 0, "update": 1, "skip": 0, "invalid": 0}
    assert dict(zip(found.columns, found.changed_rows[0].cells, strict=True))["Điểm hỗ trợ"] == ["MC-TT", "MC-TT2"]


@pytest.mark.django_db
def test_note_that_could_identify_a_citizen_is_refused(plan):
    found = preview(plan, ("TO-TT", "", "07:30", "11:30", "Gọi 0912345678"))
    assert list(complaints(found)[2]) == ["Ghi chú"]


@pytest.mark.django_db
def test_rows_that_do_not_fit_are_told_before_they_are_stored(plan, world):
    world.leader.appointments.update(valid_to=PEAK_DAY - DAY)
    resource = DeploymentFile(plan.access, plan.peak)
    look(resource, dataset(("TO-TT", "MC-TT", "06:00", "08:00"), ("TO-TT", "", "07:00", "09:00")))
    told = resource.remarks
    nobody = "Chưa có đội trưởng hay thẻ thiết bị dùng được trong ngày này."
    team = "Tổ xung kích Tân Túc"
    assert told == [
        (
            2,
            team,
            [
                "Cùng giờ này đội còn được phân công: lưu động, 07:00–09:00.",
                "Ngoài giờ mở cửa của điểm (07:30–17:00).",
                nobody,
            ],
        ),
        (3, team, ["Cùng giờ này đội còn được phân công: Một cửa Tân Túc, 06:00–08:00.", nobody]),
    ]


@pytest.mark.django_db
def test_confirmation_of_something_else_than_was_shown_stores_nothing(plan, world):
    rows = [("TO-TT", "MC-TT", "07:30", "11:30"), ("TO-VL", "MC-TT", "07:30", "11:30")]
    shown = preview(plan, *rows).digest
    factories.deployment(world.team, plan.peak, plan.point, starts_at=dt.time(8), ends_at=dt.time(9))
    with pytest.raises(DomainError, match="không còn cho đúng kết quả đã xem"):
        store(plan, *rows, shown=shown)
    assert sent() == [("TO-TT", "MC-TT", "08:00–09:00")]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 30])
def test_file_is_read_in_constant_queries(plan, world, django_assert_num_queries, count):
    codes = [factories.team(unit=world.tan_tuc).code for _number in range(count)]
    rows = dataset(*((code, "MC-TT", "07:30", "11:30") for code in codes))
    resource = DeploymentFile(plan.access, plan.peak)
    with django_assert_num_queries(26):
        found = look(resource, rows)
    assert found.good == count


# --- targets ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def city(world, plan):
    plan.access = access_of_user(world.city_staff)
    return plan


def target_file(plan, *rows):
    return TargetFile(plan.access, plan), dataset(*rows, headers=TARGETS)


@pytest.mark.django_db
def test_targets_are_taken_in_by_names_and_once(city, world):
    factories.target(city, world.binh_chanh, value=100)
    rows = [("Huyen Doan Binh Chanh", "luot nguoi", "1.500"), ("NH", "Lượt dịch vụ", 250)]
    resource, data = target_file(city, *rows)
    assert look(resource, data).counts == {"new": 1, "update": 1, "skip": 0, "invalid": 0}
    resource, data = target_file(city, *rows)
    shown = look(resource, data).digest
    resource, data = target_file(city, *rows)
    take_in(resource, data, shown=shown, file_name="chi-tieu.xlsx")
    stored = Target.objects.order_by("unit__code").values_list("unit__code", "measure", "value", "name")
    assert list(stored) == [("BC", "people", 1500, "Lượt người dân"), ("NH", "service_turns", 250, "Lượt dịch vụ")]
    resource, data = target_file(city, *rows)
    assert look(resource, data).counts == {"new": 0, "update": 0, "skip": 2, "invalid": 0}


@pytest.mark.django_db
def test_bad_targets_are_named(city, world):
    resource, data = target_file(
        city, ("BC", "Lượt người", "nhiều"), ("XX", "Lượt ngườii", "5"), ("NH", "Lượt người", "0"), ("", "", "")
    )
    found = complaints(look(resource, data))
    assert found[2] == {"Chỉ tiêu": "“nhiều” không phải là số nguyên. Hãy viết dạng 1200 hoặc 1.200."}
    assert found[3] == {
        "Đơn vị": "Không có đơn vị “XX” trong phạm vi của bạn.",
        "Chỉ số": "Không có chỉ số “Lượt ngườii”. Gần nhất: people – Lượt người.",
    }
    assert found[4] == {"Chỉ tiêu": "Chỉ tiêu phải lớn hơn 0."}


@pytest.mark.django_db
def test_undo_puts_targets_back_as_they_were(client, world, plan):
    """The changed one, the new one, and none of those that the file does not name."""
    kept = factories.target(plan, world.bank, value=7)
    factories.target(plan, world.binh_chanh, value=100, name="Riêng của Bình Chánh")
    before = list(Target.objects.order_by("pk").values())
    client.force_login(world.city_staff)
    address = reverse("imports:new_of", args=["targets", plan.pk])
    rows = [("BC", "Lượt người", "1.500", "Tên khác"), ("NH", "Lượt dịch vụ", 250, "")]
    page = upload_to(client, address, workbook([*TARGETS, "Tên chỉ tiêu"], *rows))
    done = press(client, "confirm", page)
    assert sorted(Target.objects.values_list("unit__code", "value")) == [("BC", 1500), ("NH", 250), ("NH-01", 7)]
    kept.value = 8
    kept.save()
    assert press(client, "undo", done).context["run"].state == "undone"
    before[0]["value"] = 8
    assert list(Target.objects.order_by("pk").values()) == before
    trail = AuditEvent.objects.filter(action__startswith="campaigns.target_", data__undone=True).order_by("action")
    assert [(event.action, event.scope_unit, event.data["changes"].get("value")) for event in trail] == [
        ("campaigns.target_changed", world.binh_chanh.pk, [1500, 100]),
        ("campaigns.target_deleted", world.banks.pk, [250, None]),
    ]


@pytest.mark.django_db
def test_undo_of_targets_does_not_touch_one_that_was_set_anew_since(client, world, plan):
    client.force_login(world.city_staff)
    address = reverse("imports:new_of", args=["targets", plan.pk])
    done = press(client, "confirm", upload_to(client, address, workbook(TARGETS, ("BC", "Lượt người", 1500))))
    Target.objects.update(value=1600)
    refused = press(client, "undo", done)
    assert refused.context["run"].state == "done"
    assert [row.cells for row in refused.context["preview"].obstacles] == [["Chỉ tiêu này đã được sửa sau khi nhập."]]
    assert Target.objects.get().value == 1600


@pytest.mark.django_db
def test_measure_whose_name_another_has_is_named_by_its_code(city, world, monkeypatch):
    labels = {"HS_NOP": "Hồ sơ", "HS_NOP2": "Hồ sơ", "people": "Lượt người"}
    monkeypatch.setattr("campaigns.imports.targets.measure_labels", lambda: labels)
    resource, data = target_file(city, ("BC", "ho so", "5"), ("BC", "hs_nop2", "6"))
    found = look(resource, data)
    assert complaints(found) == {2: {"Chỉ số": "Có 2 chỉ số cùng tên “ho so”. Hãy ghi mã: HS_NOP, HS_NOP2."}}
    assert dict(zip(found.columns, found.changed_rows[0].cells, strict=True))["Chỉ số"] == "HS_NOP2"
    offered = {cell.column_name: cell.offers for cell in TargetFile(city.access, city).guide_of_campaign()}
    assert offered["Chỉ số"] == ["HS_NOP", "HS_NOP2", "Lượt người"]


def test_what_was_meant_by_a_measure_is_looked_for_a_few_times_only(monkeypatch):
    """Comparing is slow, and a wrong name is usually wrong all the way down the file."""
    asked = []
    monkeypatch.setattr("teams.imports.known.nearest", lambda text, _known: asked.append(text) or "")
    names = MeasureNames({"people": "Lượt người"})
    for number in range(100):
        for _time in range(2):
            with pytest.raises(ValueError, match="Không có chỉ số"):
                names.find(f"Lượt {number}")
    assert asked == [f"Lượt {number}" for number in range(20)]


# --- templates --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_template_offers_the_teams_and_points_of_the_day(plan):
    cells = DeploymentFile(plan.access, plan.peak).guide_of_day()
    assert {cell.column_name: cell.offers for cell in cells if cell.offers} == {
        "Đội hình": ["Tổ xung kích Tân Túc", "Tổ xung kích Vĩnh Lộc A"],
        "Điểm hỗ trợ": ["Một cửa Tân Túc"],
    }
