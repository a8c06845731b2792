"""The trail: found by every condition, seen as far as the reader's part of the city goes, taken out by a worker."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core.ids import uuid7
from core.jobs import running, services
from core.jobs.models import Job
from core.jobs.work import result_of
from core.models import AuditEvent
from desk.office.models import ExportAlarm
from desk.office.trail import alarm, search, taking_out
from desk.office.trail.filters import FilterWords
from desk.office.trail.search import Place, Search, actions_of, trail_of
from teams.access import access_of_user
from teams.audit_kinds import recorded_actions
from teams.audit_phrases import ACTIONS
from teams.audit_words import verb_of
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/office/trail/"


def event(action: str = "teams.team_changed", what: str = "Tổ Mẫu", *, by=None, unit=None, at=None, **data):
    made = AuditEvent(action=action, target_type=data.pop("kind", "teams.team"), target_id="7", target_label=what)
    made.actor, made.actor_label = by, str(by) if by else "hệ thống"
    made.scope_unit, made.data = unit.pk if unit else None, data
    made.at = at or timezone.now()
    made.save()
    return made


@pytest.fixture
def trail(world):
    """Nothing but what a test writes."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE core_auditevent; SET CONSTRAINTS ALL DEFERRED")
    return world


@pytest.fixture
def city(client, trail):
    client.force_login(trail.city_staff)
    return client


def told(response) -> list[str]:
    assert response.status_code == 200
    return [row["event"].target_label for row in response.context["rows"]]


# --- searching --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "vinh loc"}, ["Tổ Vĩnh Lộc"]),
        ({"q": "khong co"}, []),
        ({"person": "can-bo-bc"}, ["Tổ Tân Túc"]),
        ({"person": "nguoi dung can bo nh"}, ["Tổ Vĩnh Lộc"]),
        ({"person": "khong-co-ai"}, []),
        ({"verb": "voided"}, ["Ca Mẫu"]),
        ({"verb": "changed"}, ["Tổ Vĩnh Lộc", "Tổ Tân Túc"]),
        ({"verb": "services_help.session_fell_back"}, []),
        ({"kind": "services_help.session"}, ["Ca Mẫu"]),
        ({"kind": "teams.team", "row": "7"}, ["Tổ Vĩnh Lộc", "Tổ Tân Túc"]),
        ({"kind": "teams.team", "row": "8"}, []),
        ({"first": "2023-03-26", "last": "2023-03-26"}, ["Tổ Tân Túc"]),
        ({"last": "2023-03-26"}, ["Tổ Tân Túc"]),
        ({"first": "2023-03-27"}, ["Ca Mẫu", "Tổ Vĩnh Lộc"]),
        ({"first": "nonsense", "verb": "nonsense", "after": "nonsense"}, ["Ca Mẫu", "Tổ Vĩnh Lộc", "Tổ Tân Túc"]),
    ],
)
def test_trail_is_found_by_each_condition(city, trail, query, found):
    late = factories.local(dt.date(2023, 3, 26), 23, 59)
    event(what="Tổ Tân Túc", by=trail.unit_staff, unit=trail.tan_tuc, at=late)
    event(what="Tổ Vĩnh Lộc", by=trail.bank_staff, unit=trail.vinh_loc)
    event("services_help.session_voided", "Ca Mẫu", kind="services_help.session", unit=trail.bank)
    assert told(city.get(URL, query)) == found


def test_trail_is_found_by_a_unit_with_all_below_it(city, trail):
    event(what="dưới", unit=trail.tan_tuc)
    event(what="chính đơn vị", unit=trail.binh_chanh)
    event(what="bên cạnh", unit=trail.banks)
    assert told(city.get(URL, {"unit": trail.binh_chanh.pk})) == ["chính đơn vị", "dưới"]


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("city_staff", {"thành đoàn", "Tân Túc", "ngân hàng", "chung"}),
        ("unit_staff", {"Tân Túc"}),
        ("bank_staff", {"ngân hàng"}),
    ],
)
def test_trail_ends_where_the_readers_part_of_the_city_does(client, trail, who, seen):
    places = {"thành đoàn": trail.city, "Tân Túc": trail.tan_tuc, "ngân hàng": trail.bank, "chung": None}
    for what, unit in places.items():
        event(what=what, unit=unit)
    client.force_login(getattr(trail, who))
    rows = client.get(URL).context["rows"]
    assert {row["event"].target_label for row in rows} == seen
    other = AuditEvent.objects.exclude(target_label__in=seen).first()
    if other:
        assert client.get(f"{URL}{other.pk}/").status_code == 404
        assert client.get(URL, {"unit": other.scope_unit or ""}).status_code == 200


def test_pages_follow_one_another_without_a_gap_or_a_repeat(city, trail, monkeypatch):
    """Also where many rows are of one moment, and while others come in."""
    monkeypatch.setattr(search, "ROWS_A_PAGE", 3)
    moment = timezone.now() - dt.timedelta(days=1)
    made = [event(what=f"{number}", at=moment) for number in range(8)]
    seen, address = [], URL
    for _page in range(3):
        response = city.get(address)
        seen += told(response)
        event(what="mới")
        address = f"{URL}?{response.context['next']}"
    assert seen == [each.target_label for each in reversed(made)]
    assert response.context["next"] == ""


def test_a_place_is_read_as_it_was_written(trail):
    made = event()
    assert Place.read(str(Place.of(made))) == Place(made.at, made.pk)
    for nonsense in ("", "1", "-", "x-1", "1-x", "9" * 30 + "-1", "9" * 50 + "-1"):
        assert Place.read(nonsense) is None


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_of_the_trail_asks_as_often_however_many_rows(city, trail, django_assert_num_queries, count):
    for _number in range(count):
        event(by=trail.unit_staff, unit=trail.tan_tuc)
    city.get(URL)
    with django_assert_num_queries(8):  # one of them for the kinds to choose from
        city.get(URL)


def test_reading_the_trail_writes_nothing(city, trail, no_writes):
    made = event()
    with no_writes():
        assert city.get(URL).status_code == 200
        assert city.get(f"{URL}{made.pk}/").status_code == 200


def test_actions_of_a_verb_are_those_that_stand_in_the_trail(trail):
    event("teams.team_changed")
    event("services_help.campaign_services_set")
    event("accounts.password_set")
    assert recorded_actions() == ["accounts.password_set", "services_help.campaign_services_set", "teams.team_changed"]
    assert actions_of("set") == ["accounts.password_set", "services_help.campaign_services_set"]
    assert actions_of("services_help.campaign_services_set") == ["services_help.campaign_services_set"]


# --- a row ------------------------------------------------------------------------------------------------------------
def test_a_row_is_a_sentence_with_before_and_after(city, trail):
    made = event(by=trail.unit_staff, changes={"name": ["Tổ cũ", "Tổ Mẫu"]}, reason="Đổi tên")
    page = city.get(f"{URL}{made.pk}/").text
    assert "Người dùng can-bo-bc đã sửa đội hình “Tổ Mẫu”." in page
    assert "Tổ cũ → Tổ Mẫu" in page
    assert "teams.team" not in page.replace("kind=teams.team", "")


def test_what_is_written_in_a_name_stays_text(city, trail):
    made = event(what="<script>alert(1)</script>")
    for address in (URL, f"{URL}{made.pk}/"):
        assert "<script>alert" not in city.get(address).text


def test_a_row_leads_to_the_others_of_its_thing(city, trail):
    first, second = event(what="trước"), event(what="sau")
    assert [row["event"] for row in city.get(f"{URL}{first.pk}/").context["same"]] == [second]


def test_things_of_every_kind_are_found(city, trail):
    """Also those that no list of the admin has: reports, imports, templates, calendars."""
    for kind in ("reports.reportissue", "teams.importrun", "campaigns.calendarfeed", "teams.team"):
        event(what=kind, kind=kind)
    event(what="Tệp", kind="")
    offered = dict(city.get(URL).context["form"].fields["kind"].choices)
    assert offered == {
        "": "Mọi loại",
        "reports.reportissue": "Báo cáo đã phát hành",
        "campaigns.calendarfeed": "Lịch để theo dõi",
        "teams.importrun": "Lần nhập từ tệp",
        "teams.team": "Đội hình",
    }
    for kind in offered.keys() - {""}:
        assert told(city.get(URL, {"kind": kind})) == [kind]


def test_a_row_never_leads_to_the_things_of_the_same_number(city, trail):
    """An issued report and a team, both with the number 7."""
    first = event("reports.report_published", "một", kind="reports.reportissue")
    event("reports.report_file_taken", "hai", kind="reports.reportissue")
    event(what="đội")
    page = city.get(f"{URL}{first.pk}/").text
    assert "?kind=reports.reportissue&amp;row=7" in page
    one = {"kind": "reports.reportissue", "row": "7"}
    assert told(city.get(URL, one)) == ["hai", "một"]
    assert "Chỉ các dòng về một đối tượng" in city.get(URL, one).text
    # Another kind is chosen on that page; a kind that is none; no kind at all.
    assert 'name="row_of" value="reports.reportissue"' in city.get(URL, one).text
    event("teams.unit_changed", "đơn vị", kind="teams.unit", by=trail.unit_staff)
    for query in ({"kind": "teams.team", "row_of": "reports.reportissue"}, {"kind": "gone.model"}, {}):
        page = city.get(URL, {"row": "7", **query})
        assert (page.context["search"].row, "Chỉ các dòng về một đối tượng" in page.text) == ("", False)


def test_a_kind_of_which_no_row_is_left_is_a_kind(city, trail):
    event()
    page = city.get(URL, {"kind": "reports.reportissue", "row": "7"})
    assert (told(page), page.context["form"].errors) == ([], {})


# --- what a list was narrowed to --------------------------------------------------------------------------------------
def filters(event) -> dict[str, str]:
    return {name.removeprefix("Bộ lọc “").removesuffix("”"): said for name, said in FilterWords([event]).of(event)}


def test_what_a_list_was_narrowed_to_is_told_in_words(trail):
    asked = {"q": "tan tuc", "is_active__exact": "1", "under": f"{trail.binh_chanh.pk}", "o": "-1", "_facets": "1"}
    asked |= {
        "memberships__team__id__exact": f"{trail.team.pk}",
        "left_on__isnull": "False",
        "left_on_from": "2023-03-26",
    }
    made = event("teams.volunteer_exported", "Tệp", kind="teams.volunteer", filters=asked | {"nonsense": "x"})
    assert filters(made) == {
        "từ tìm": "tan tuc",
        "đang tham gia": "Có",
        "đơn vị (gồm cấp dưới)": "Huyện Đoàn Bình Chánh",
        "đội hình": "Tổ xung kích Tân Túc",
        "nghỉ từ ngày": "từ 26/03/2023",
        "điều kiện khác": "x",
    }


@pytest.mark.parametrize(
    ("action", "asked", "words"),
    [
        ("services_help.session_seen", {"state": "approved"}, {"tình trạng số liệu": "Đã duyệt"}),
        ("teams.appointment_seen", {"validity": "past"}, {"hiệu lực": "Đã kết thúc"}),
        ("teams.appointment_seen", {"role__exact": "viewer"}, {"vai trò": "Người xem"}),
        ("core.auditevent_seen", {"kind": "teams.team"}, {"loại đối tượng": "Đội hình"}),
        ("core.auditevent_seen", {"verb": "nonsense", "first": "x"}, {"việc": "nonsense", "từ ngày": "x"}),
        ("core.auditevent_exported", {"verb": "voided", "text": "session"}, {"việc": "Hủy", "từ tìm": "session"}),
        ("core.file_taken", {"measures": "people,x"}, {"số liệu": "Lượt người, x"}),
        ("core.file_taken", {"by": "unit", "depth": "self"}, {"chia theo": "Đơn vị", "cấp đơn vị": "chính đơn vị đó"}),
        (
            "core.file_taken",
            {"at_day": "2023-03-26", "unit": "BC"},
            {"Ngày": "26/03/2023", "đơn vị (gồm cấp dưới)": "BC"},
        ),
        ("teams.volunteer_seen", {"field_name": "unit"}, {"để chọn": "Đơn vị sinh hoạt"}),
        ("teams.volunteer_seen", {"field_name": "volunteer"}, {"để chọn": "Tình nguyện viên"}),
        ("teams.volunteer_seen", {"unit__isnull": "True"}, {"đơn vị sinh hoạt": "Có"}),
        # Anybody may type anything into an address.
        (
            "services_help.attendance_seen",
            {"session": "5", "session__day": "2023-99-99"},
            {"ca hỗ trợ": "5", "ngày": "2023-99-99"},
        ),
        (
            "teams.volunteer_seen",
            {"unit": "9" * 30, "unit__code__x": ""},
            {"đơn vị sinh hoạt": "9" * 30, "mã đơn vị": ""},
        ),
    ],
)
def test_each_list_has_its_own_words(trail, action, asked, words):
    kind = {"core.file_taken": "", "core.auditevent_exported": "core.job"}.get(action, action.removesuffix("_seen"))
    assert filters(event(action, kind=kind, filters=asked)) == words


def test_every_filter_of_the_admin_has_its_words(trail):
    for model, model_admin in admin.site._registry.items():
        for each in model_admin.list_filter:
            name = getattr(each, "parameter_name", each[0] if isinstance(each, tuple) else each)
            made = event(kind=model._meta.label_lower, filters={name: "1"})
            assert "điều kiện khác" not in filters(made), (model, name)
            if hasattr(each, "parameter_name") and name != "under":
                FilterWords([made])._choices_of(each)


@pytest.mark.parametrize("count", [1, 3])
def test_filters_are_put_into_words_by_one_query_for_each_kind(trail, django_assert_num_queries, count):
    units = (trail.binh_chanh, trail.banks, trail.city)[:count]
    made = [event("teams.team_exported", filters={"under": unit.pk, "unit": unit.pk}) for unit in units]
    words = FilterWords(made)
    with django_assert_num_queries(1):
        said = [dict(words.of(each)) for each in made]
    assert said[0] == {"Bộ lọc “đơn vị (gồm cấp dưới)”": "Huyện Đoàn Bình Chánh"}


def test_the_filter_is_on_the_page_in_the_list_and_in_the_file(city, trail, folder):
    made = event("teams.team_exported", filters={"q": "vĩnh lộc"}, rows=3)
    for address in (URL, f"{URL}{made.pk}/"):
        assert "Bộ lọc “từ tìm”" in city.get(address).text
    job = made_by_worker(ordered(city, "csv", kind="teams.team"))
    assert "Bộ lọc “từ tìm”: vĩnh lộc" in result_of(job).read_text(encoding="utf-8-sig")


# --- taking it out ----------------------------------------------------------------------------------------------------
@pytest.fixture
def folder(settings, tmp_path, monkeypatch):
    """Where a worker writes; nobody rings for one."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "ring", lambda _job_id, **_options: None)


def made_by_worker(job: Job) -> Job:
    for _piece in range(20):
        running.run(job.pk, 0)
        job.refresh_from_db()
        if not job.is_open:
            break
    return job


def ordered(client, form: str, **query) -> Job:
    response = client.post(f"{URL}export/", {"form": form, "key": str(uuid7()), **query})
    assert response.status_code == 302, response
    return Job.objects.order_by("pk").last()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_rows_of_a_filter_are_taken_out_and_that_is_in_the_trail(city, trail, folder, monkeypatch, form):
    monkeypatch.setattr(taking_out, "ROWS_A_PIECE", 2)
    for number in range(5):
        event(what=f"=Tổ {number}", by=trail.unit_staff)
    event("teams.unit_changed", "Đơn vị", kind="teams.unit")
    job = made_by_worker(ordered(city, form, kind="teams.team"))
    assert (job.state, job.message) == ("done", "5 dòng")
    if form == "csv":
        text = result_of(job).read_bytes()
        assert text.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
        assert [row[4] for row in rows[1:]] == [f"'=Tổ {number}" for number in reversed(range(5))]
    else:
        rows = [list(row) for row in openpyxl.load_workbook(io.BytesIO(result_of(job).read_bytes())).active.values]
        assert [row[4] for row in rows[1:]] == [f"=Tổ {number}" for number in reversed(range(5))]
    assert rows[0][:2] == ["Lúc", "Người thực hiện"]
    written = AuditEvent.objects.get(action="core.auditevent_exported")
    assert (written.actor, written.data["rows"]) == (trail.city_staff, 5)
    assert written.data["filters"] == {"kind": "teams.team"}


def test_what_a_worker_takes_out_ends_where_the_orderers_rights_do(client, trail, folder):
    event(what="Tân Túc", unit=trail.tan_tuc)
    event(what="ngân hàng", unit=trail.bank)
    client.force_login(trail.unit_staff)
    job = made_by_worker(ordered(client, "csv"))
    text = result_of(job).read_text(encoding="utf-8-sig")
    assert "Tân Túc" in text
    assert "ngân hàng" not in text
    trail.unit_staff.appointments.update(valid_to=factories.LONG_AGO)
    again = Job.objects.create(kind=job.kind, params=job.params, right=job.right, title="x", ordered_by=job.ordered_by)
    assert made_by_worker(again).state == "failed"


def test_more_than_a_file_holds_is_refused_in_words(city, trail, folder, monkeypatch):
    monkeypatch.setitem(taking_out.MOST_ROWS, "xlsx", 1)
    event()
    event()
    job = made_by_worker(ordered(city, "xlsx"))
    assert job.state == "failed"
    assert "hơn 1 dòng" in job.error


def test_an_export_of_a_filter_that_is_none_is_told(city, trail, folder):
    response = city.post(f"{URL}export/", {"form": "xlsx", "first": "2024-01-02", "last": "2024-01-01"}, follow=True)
    assert not Job.objects.exists()
    assert "Ngày cuối phải từ ngày đầu trở đi." in response.text
    assert city.post(f"{URL}export/", {"form": "exe"}).status_code == 302
    assert not Job.objects.exists()


# --- the alarm --------------------------------------------------------------------------------------------------------
@pytest.fixture
def limits(settings):
    settings.EXPORT_ALARM_ROWS, settings.EXPORT_ALARM_FILES = 1000, 3
    settings.ALARM_EMAILS = ["van-hanh@example.vn"]


def test_who_takes_out_much_in_a_day_is_told_of_once(trail, limits):
    for _file in range(2):
        event("teams.volunteer_exported", "Tệp", kind="teams.volunteer", by=trail.unit_staff, rows=600)
    event("teams.volunteer_exported", "Tệp", kind="teams.volunteer", by=trail.bank_staff, rows=1000)
    event("teams.volunteer_imported", "Tệp", kind="teams.volunteer", by=trail.bank_staff, rows=5000)
    old = timezone.now() - dt.timedelta(days=2)
    event("teams.volunteer_exported", "Tệp", kind="teams.volunteer", by=trail.bank_staff, rows=5000, at=old)
    assert alarm.watch() == 1
    [row] = ExportAlarm.objects.all()
    assert (row.actor, row.rows, row.files) == (trail.unit_staff, 1200, 2)
    [letter] = mail.outbox
    assert "Người dùng can-bo-bc" in letter.body
    assert "1.200 dòng, 2 tệp" in letter.body
    event("core.file_taken", "a.csv", kind="", by=trail.unit_staff, rows=10)
    assert alarm.watch() == 0
    row.refresh_from_db()
    assert (row.rows, row.files, len(mail.outbox)) == (1210, 3, 1)


@pytest.mark.parametrize(
    "action", sorted(action for action in [*ACTIONS, "core.file_taken"] if verb_of(action) == "taken")
)
def test_every_file_that_was_taken_counts_whatever_it_was(trail, limits, action):
    """Also the bad rows of somebody's list, which name people."""
    event(action, "Tệp", kind="teams.importrun", by=trail.unit_staff, rows=1001)
    assert alarm.watch() == 1


def test_what_is_taken_out_just_before_midnight_is_told_of_after_it(trail, limits):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    late = midnight - dt.timedelta(minutes=1)
    event("teams.volunteer_exported", "Tệp", kind="teams.volunteer", by=trail.unit_staff, rows=2000, at=late)
    assert alarm.watch() == 1
    assert ExportAlarm.objects.get().day == late.date()
    assert alarm.watch() == 0


def test_many_small_files_are_an_alarm_too(trail, limits):
    for _file in range(4):
        event("core.file_taken", "a.xlsx", kind="", by=trail.unit_staff, bytes=10)
    assert alarm.watch() == 1


def test_a_letter_that_fails_is_tried_again(trail, limits, monkeypatch):
    event("teams.volunteer_exported", kind="teams.volunteer", by=trail.unit_staff, rows=2000)
    with monkeypatch.context() as patch:
        patch.setattr(alarm, "send_mail", lambda *_args: 1 / 0)
        assert alarm.watch() == 0
    assert alarm.watch() == 1


def test_an_alarm_is_shown_and_settled_with_a_note(city, trail, limits):
    event("teams.volunteer_exported", kind="teams.volunteer", by=trail.unit_staff, rows=2000)
    alarm.watch()
    row = ExportAlarm.objects.get()
    assert "2.000 dòng" in city.get(URL).text
    assert "Có người xuất nhiều dữ liệu trong ngày" in city.get(reverse("admin:index")).text
    address = f"{URL}alarms/{row.pk}/"
    city.post(address, {"note": " "})
    row.refresh_from_db()
    assert row.settled_at is None
    city.post(address, {"note": "Đã hỏi: lập danh sách khen thưởng"})
    row.refresh_from_db()
    assert (row.settled_by, row.note) == (trail.city_staff, "Đã hỏi: lập danh sách khen thưởng")
    assert AuditEvent.objects.get(action="desk.exportalarm_settled").data["reason"] == row.note
    assert "đã có người xử lý" in city.post(address, {"note": "lần nữa"}, follow=True).text
    assert "2.000 dòng" not in city.get(URL).context["alarms"]


def test_alarms_are_for_those_who_answer_for_the_whole_city(client, trail, limits):
    event("teams.volunteer_exported", kind="teams.volunteer", by=trail.unit_staff, rows=2000)
    alarm.watch()
    client.force_login(trail.bank_staff)
    assert client.get(URL).context["alarms"] == []
    assert client.post(f"{URL}alarms/{ExportAlarm.objects.get().pk}/", {"note": "x"}).status_code == 403


def test_a_search_of_nothing_is_all(trail):
    made = event()
    assert list(Search().narrow(trail_of(access_of_user(trail.city_staff)))) == [made]
