"""What is held of a volunteer is told to the volunteer, whole; and forgotten on request, with no figure changed."""

import datetime as dt
import io

import openpyxl
import pytest

from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.jobs import running
from core.models import AuditEvent
from core.retention.models import Erasure
from core.retention.services import hold
from services_help.models import Attendance, LateEntry
from services_help.personal_data import forget_on_request, held_of
from teams.access import access_of_user
from teams.imports import storing
from teams.models import ImportRun, TeamMember, Volunteer
from tests import factories
from tests.teams.spreadsheets import VOLUNTEERS, csv_file, press, take_in, upload, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def volunteer(world):
    made = factories.volunteer("TNV-1", unit=world.tan_tuc, team=world.team)
    session = factories.session(world.team)
    factories.attendance(session, made)
    factories.void(factories.attendance(session, made, minutes=None))
    lock = factories.period_lock(world.tan_tuc)
    LateEntry.objects.create(
        item=uuid7(),
        kind="attendance",
        session=session.pk,
        team=world.team,
        day=session.day,
        content={"volunteer": "TNV-1", "minutes": 30},
        row={"volunteer_id": made.pk},
        device=session.device,
        created_by=session.created_by,
        lock=lock,
    )
    return made


@pytest.fixture
def staff(client, world):
    client.force_login(world.unit_staff)
    return client


def test_everything_that_names_the_person_is_told(volunteer):
    sheets = {sheet.title: sheet.rows for sheet in held_of(volunteer)}
    assert sheets["Thông tin"][1] == ["Họ và tên", "Nguyễn Văn Mẫu TNV-1"]
    assert sheets["Đội hình đã tham gia"] == [["Tổ xung kích Tân Túc", factories.LONG_AGO, None]]
    told = sorted((str(row[-2]), row[-1]) for row in sheets["Điểm danh"])
    assert told == [("240", "Còn hiệu lực"), ("cả ca", "Đã hủy")]
    assert sheets["Điểm danh đến muộn"] == [[factories.PEAK_DAY, "Tổ xung kích Tân Túc", "Chờ quyết định"]]


def test_it_is_handed_out_as_a_workbook_and_that_is_in_the_trail(staff, world, volunteer):
    response = staff.post(f"/office/people/{volunteer.pk}/export/")
    book = openpyxl.load_workbook(io.BytesIO(response.getvalue()))
    assert book.sheetnames[0] == "Thông tin"
    assert "Nguyễn Văn Mẫu TNV-1" in [cell for row in book["Thông tin"].values for cell in row]
    event = AuditEvent.objects.get(action="teams.volunteer_data_exported")
    assert (event.actor, event.scope_unit) == (world.unit_staff, world.tan_tuc.pk)
    assert event.data["rows"] == 5 + 1 + 2 + 1  # who, memberships, attendances, late; nothing in the trail before


def test_on_request_the_name_goes_at_once_and_the_rows_stay(staff, world, volunteer):
    address = f"/office/people/{volunteer.pk}/"
    before = list(Attendance.objects.values_list("pk", "volunteer", "minutes").order_by("pk"))
    staff.post(f"{address}export/")  # of which the trail keeps the name
    staff.post(f"{address}forget/", {"reason": "Đơn ngày 1/11/2026", "sure": "1"})
    volunteer.refresh_from_db()
    assert volunteer.full_name == "Người đã ẩn danh"
    assert list(Attendance.objects.values_list("pk", "volunteer", "minutes").order_by("pk")) == before
    assert TeamMember.objects.get(volunteer=volunteer).valid_to is not None
    assert LateEntry.objects.get(kind="attendance").content == {"volunteer": volunteer.code, "minutes": 30}
    [row] = Erasure.objects.all()
    assert (row.kind, row.count, row.by, row.reason) == (
        "volunteer_on_request",
        1,
        world.unit_staff,
        "Đơn ngày 1/11/2026",
    )
    page = staff.get(address).text
    assert "Đã ẩn danh lúc" in page
    assert "Mẫu" not in page
    staff.post(f"{address}forget/", {"reason": "lần nữa", "sure": "1"})
    assert Erasure.objects.count() == 1


LISTED = ("TNV-1", "Nguyễn Văn Cũ", "BC-TT")


def _forget(staff, volunteer) -> str:
    form = {"reason": "Đơn số 1", "sure": "1"}
    return staff.post(f"/office/people/{volunteer.pk}/forget/", form, follow=True).text


def test_the_name_goes_from_uploaded_lists_too_and_no_undo_brings_it_back(staff, volunteer):
    stored = take_in(staff, "volunteer", workbook(VOLUNTEERS, LISTED)).context["run"]
    unchanged = upload(staff, "volunteer", workbook(VOLUNTEERS, LISTED)).context["run"]
    waiting = upload(staff, "volunteer", workbook(VOLUNTEERS, ("tnv-1", "Nguyễn Văn Khác", "BC-TT"))).context["run"]
    bad = upload(staff, "volunteer", csv_file(VOLUNTEERS, ("TNV-1", "", "BC-TT")), "x.csv").context["run"]
    other = take_in(staff, "volunteer", workbook(VOLUNTEERS, ("TNV-10", "Trần Thị Mẫu", "BC-TT"))).context["run"]
    assert "Đã xóa 4 tệp nhập có mã của người này" in _forget(staff, volunteer)
    for run in (stored, unchanged, waiting, bad):
        run.refresh_from_db()
        assert run.forgotten_at is not None
        assert run.rows.count() + run.changes.count() == 0
        assert not storing.folder_of(run).exists()
        page = staff.get(f"/imports/{run.pk}/").text
        assert "một người trong danh sách yêu cầu ẩn danh" in page
        assert "Nguyễn Văn" not in page
    for step in ("undo", "confirm"):
        staff.post(f"/imports/{stored.pk}/{step}/")
        staff.post(f"/imports/{waiting.pk}/{step}/", {"shown": waiting.digest})
    assert not Volunteer.objects.filter(full_name__startswith="Nguyễn Văn").exists()
    other.refresh_from_db()
    assert (other.forgotten_at, other.may_undo) == (None, True)
    assert storing.folder_of(other).exists()
    told = AuditEvent.objects.filter(action="teams.importrun_forgotten").values_list("target_id", flat=True)
    assert sorted(map(int, told)) == sorted([stored.pk, unchanged.pk, waiting.pk, bad.pk])


def test_undo_that_is_begun_again_says_nothing_of_a_list_that_is_forgotten(staff, volunteer):
    page = take_in(staff, "volunteer", workbook(VOLUNTEERS, LISTED, ("TNV-2", "Trần Thị Mẫu", "BC-TT")))
    run = page.context["run"]
    Volunteer.objects.filter(code="TNV-2").update(full_name="Sửa sau khi nhập")
    assert press(staff, "undo", page).context["run"].state == "done"
    _forget(staff, volunteer)
    run.refresh_from_db()
    staff.post(f"/jobs/{run.job_id}/repeat/")
    running.run(run.job_id)
    run.refresh_from_db()
    assert (run.state, run.undone_at) == ("done", None)


def test_nobody_is_forgotten_while_a_worker_reads_a_list_with_the_name(staff, volunteer):
    run = upload(staff, "volunteer", workbook(VOLUNTEERS, LISTED)).context["run"]
    ImportRun.objects.filter(pk=run.pk).update(state="checking")
    assert "Máy chủ đang xử lý một tệp có mã của người này." in _forget(staff, volunteer)
    volunteer.refresh_from_db()
    assert (volunteer.anonymised_at, Erasure.objects.count()) == (None, 0)
    assert storing.folder_of(run).exists()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"reason": "Đơn"}, "Tôi hiểu là không lấy lại được tên"),
        ({"reason": " ", "sure": "1"}, "Hãy ghi lý do hoặc số văn bản yêu cầu."),
        ({"reason": "CCCD 079123456789", "sure": "1"}, "CCCD"),
    ],
)
def test_nothing_is_forgotten_by_mistake(staff, volunteer, form, told):
    page = staff.post(f"/office/people/{volunteer.pk}/forget/", form, follow=True).text
    assert told in page
    volunteer.refresh_from_db()
    assert volunteer.anonymised_at is None


def test_what_is_held_is_not_forgotten(world, volunteer):
    hold(name="attendances", reason="Thanh tra", by=world.city_staff)
    with pytest.raises(DomainError, match="tạm giữ"):
        forget_on_request(volunteer, reason="Đơn", access=access_of_user(world.unit_staff))
    volunteer.refresh_from_db()
    assert volunteer.anonymised_at is None


def test_who_may_only_look_forgets_nobody(world, volunteer):
    with pytest.raises(NotAllowed):
        forget_on_request(volunteer, reason="Đơn", access=access_of_user(world.viewer))


@pytest.mark.parametrize(
    ("who", "status"), [("unit_staff", 200), ("bank_staff", 404), ("viewer", 403), ("leader", 403)]
)
def test_a_person_is_shown_to_those_who_look_after_the_unit(client, world, volunteer, who, status):
    client.force_login(getattr(world, who))
    assert client.get(f"/office/people/{volunteer.pk}/").status_code == status
    assert client.post(f"/office/people/{volunteer.pk}/export/").status_code == status


def test_guest_of_a_team_is_handed_out_and_forgotten_by_the_own_unit_alone(staff, world):
    guest = factories.volunteer("TNV-2", unit=world.bank, team=world.team)
    address = f"/office/people/{guest.pk}/"
    assert staff.get(address).status_code == 403
    assert staff.post(f"{address}export/").status_code == 403
    assert staff.post(f"{address}forget/", {"reason": "Đơn", "sure": "1"}).status_code == 403
    guest.refresh_from_db()
    assert guest.anonymised_at is None


@pytest.mark.parametrize("days", [1, 3])
def test_a_person_is_shown_by_as_many_queries_however_much_is_held(
    staff, world, volunteer, django_assert_num_queries, days
):
    for number in range(days):
        factories.attendance(factories.session(world.team, factories.PEAK_DAY + dt.timedelta(number + 1)), volunteer)
    with django_assert_num_queries(10):
        staff.get(f"/office/people/{volunteer.pk}/")
