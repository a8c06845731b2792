"""What phones report of themselves, and what staff see of it."""

import datetime as dt
import uuid

import pytest
from django.conf import settings as real_settings
from django.test import Client
from django.utils import timezone

from core.dated import DAY, today
from core.ids import uuid7
from services_help.intake import receive
from services_help.models import DeviceReport
from teams.access import access_of_user
from teams.passes import issue_passes
from tests import factories

pytestmark = pytest.mark.django_db
DEVICE = "0190f0de-0000-7000-8000-000000000001"
ADDRESS, LIST = "/field/api/device/", "/admin/services_help/devicereport/"
NONE_HELD = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def signed_in(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def report(user, **said):
    body = {"device": DEVICE, "unsent": 0} | said
    return signed_in(user).post(ADDRESS, body, content_type="application/json")


def shift_of(user, team, day: dt.date | None = None, **changes) -> dict:
    """A session that came in from the phone, and the ledger that the phone then has of its day."""
    day = day or today()
    item = {"type": "session", "id": str(uuid7()), "team": team.code, "day": day.isoformat(), "point": None}
    item |= {"started_at": f"{day}T07:30:00+07:00", "ended_at": None, "note": ""} | changes
    [result] = receive([item], device=uuid.UUID(DEVICE), access=access_of_user(user))
    assert result.status == "stored"
    return signed_in(user).get(f"/api/v1/sync/ledger/?device={DEVICE}&day={day}").json()


def ledger_of(held: dict) -> dict:
    return {name: held[name] for name in ("day", "count", "digest")}


# --- what is kept -----------------------------------------------------------------------------------------------------
def test_report_is_kept_and_written_over(world):
    said = {"unsent": 4, "held": 1, "photos": 2, "build": "b1", "persisted": False}
    times = {"oldest_at": "2026-11-25T07:00:00+07:00", "last_receipt_at": "2026-11-25T06:00:00+07:00"}
    answer = report(world.leader, **said, **times)
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (204, b"", "no-store")
    kept = DeviceReport.objects.get()
    assert {name: getattr(kept, name) for name in said} == said
    assert {name: getattr(kept, name) for name in times} == {
        name: dt.datetime.fromisoformat(text) for name, text in times.items()
    }
    assert (kept.user, kept.team, str(kept.device), kept.differs) == (world.leader, world.team, DEVICE, [])
    report(world.leader)
    kept.refresh_from_db()
    assert (DeviceReport.objects.count(), kept.unsent, kept.held, kept.oldest_at) == (1, 0, 0, None)


def test_two_leaders_on_one_phone_have_a_report_each(world):
    other = factories.user("doi-pho", "team_leader", team=world.team)
    report(world.leader, unsent=3)
    report(other, unsent=5)
    assert dict(DeviceReport.objects.values_list("user", "unsent")) == {world.leader.pk: 3, other.pk: 5}


def test_report_of_a_phone_belongs_to_the_team_of_its_latest_shift(world):
    world.leader.appointments.create(role="team_leader", team=world.team_vinh_loc, valid_from=factories.LONG_AGO)
    shift_of(world.leader, world.team, today() - DAY)
    shift_of(world.leader, world.team_vinh_loc)
    report(world.leader)
    assert DeviceReport.objects.get().team == world.team_vinh_loc


def test_report_of_staff_without_a_shift_belongs_to_no_team(world):
    report(world.city_staff)
    assert DeviceReport.objects.get().team is None


def test_report_of_a_newer_app_is_taken(world):
    assert report(world.leader, battery=12).status_code == 204


WRONG = {
    "no device": {"device": None},
    "a device that is none": {"device": "x"},
    "a negative number": {"unsent": -1},
    "words for a number": {"unsent": "nhiều"},
    "a day that is none": {"ledger": [{"day": "2026-02-31", "count": 1, "digest": "0" * 64}]},
    "a digest that is none": {"ledger": [{"day": "2026-02-01", "count": 1, "digest": "0"}]},
    "a ledger of a month": {"ledger": [{"day": "2026-02-01", "count": 1, "digest": "0" * 64}] * 15},
    "a long build": {"build": "b" * 41},
}


@pytest.mark.parametrize("case", WRONG)
def test_report_that_is_none_is_refused(world, case):
    answer = report(world.leader, **WRONG[case])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not DeviceReport.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("nobody", 403), ("unit_staff", 204)])
def test_report_is_taken_from_those_who_may_log(world, who, status):
    assert report(getattr(world, who)).status_code == status


def test_report_of_a_stranger_is_refused(client):
    assert client.post(ADDRESS, {"device": DEVICE, "unsent": 0}, content_type="application/json").status_code == 401


def test_report_is_answered_without_a_body(world):
    """Bytes after a 204 would be read as the beginning of the next answer."""
    answer = report(world.leader)
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)


def test_report_needs_the_csrf_token(world):
    client = signed_in(world.leader, enforce_csrf_checks=True)
    answer = client.post(ADDRESS, {"device": DEVICE, "unsent": 0}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


# --- signed in for longer ---------------------------------------------------------------------------------------------
def test_report_keeps_a_phone_in_use_signed_in(world):
    client = signed_in(world.leader)
    answer = client.post(ADDRESS, {"device": DEVICE, "unsent": 0}, content_type="application/json")
    assert answer.cookies[real_settings.SESSION_COOKIE_NAME]["max-age"] == 60 * 60 * 24 * 60


def test_report_does_not_prolong_a_device_pass(world):
    [issued] = issue_passes(team=world.team, count=1, valid_to=today(), access=access_of_user(world.unit_staff))
    phone = Client()
    phone.post(f"/field/pass/{issued.code}/")
    answer = phone.post(ADDRESS, {"device": DEVICE, "unsent": 0}, content_type="application/json")
    assert answer.status_code == 204
    assert answer.cookies[real_settings.SESSION_COOKIE_NAME]["max-age"] <= 60 * 60 * 24


# --- against the server's ledger --------------------------------------------------------------------------------------
def test_ledgers_that_agree_leave_nothing_to_see(world):
    held = shift_of(world.leader, world.team)
    report(world.leader, ledger=[ledger_of(held)])
    assert DeviceReport.objects.get().differs == []


def test_phone_with_receipts_that_the_server_lacks_is_seen(world):
    held = shift_of(world.leader, world.team)
    report(world.leader, ledger=[ledger_of(held) | {"count": 2}, {"day": "2026-01-02", "count": 1, "digest": "0" * 64}])
    assert DeviceReport.objects.get().differs == ["2026-01-02", today().isoformat()]


def test_phone_with_as_many_but_other_receipts_is_seen(world):
    held = shift_of(world.leader, world.team)
    report(world.leader, ledger=[ledger_of(held) | {"digest": "0" * 64}])
    assert DeviceReport.objects.get().differs == [today().isoformat()]


def test_phone_that_forgot_what_the_server_holds_is_in_order(world):
    shift_of(world.leader, world.team)
    report(world.leader, ledger=[{"day": today().isoformat(), "count": 0, "digest": NONE_HELD}])
    assert DeviceReport.objects.get().differs == []


# --- what staff see ---------------------------------------------------------------------------------------------------
def listed(user, query: str = "") -> list[str]:
    answer = signed_in(user).get(LIST + query)
    assert answer.status_code == 200
    return [row.user.username for row in answer.context["cl"].result_list]


@pytest.fixture
def phones(world):
    """One in order, one with unsent work, one whose ledger differs, one that fell silent; one of the banks."""
    for name, values in {
        "on": {},
        "chua-gui": {"unsent": 4, "oldest_at": timezone.now() - 2 * DAY},
        "giu-lai": {"held": 1},
        "anh": {"photos": 1},
        "lech": {"differs": ["2026-11-20"]},
        "im-lang": {"reported_at": timezone.now() - 2 * DAY},
        "vua-mo": {},
    }.items():
        user = factories.user(name)
        DeviceReport.objects.create(device=uuid.uuid4(), user=user, team=world.team, **values)
    for name in ("im-lang", "vua-mo"):
        row = DeviceReport.objects.get(user__username=name)
        factories.session(world.team, today() - 2 * DAY, by=row.user, device=row.device)
    DeviceReport.objects.create(device=uuid.uuid4(), user=world.leader_bank, team=world.team_bank, unsent=9)
    return world


@pytest.mark.parametrize(
    ("trouble", "names"),
    [
        ("unsent", {"chua-gui", "giu-lai", "anh"}),
        ("unreconciled", {"lech"}),
        ("silent", {"im-lang"}),
        ("", {"on", "chua-gui", "giu-lai", "anh", "lech", "im-lang", "vua-mo"}),
    ],
)
def test_list_shows_what_is_looked_for(phones, trouble, names):
    assert set(listed(phones.unit_staff, f"?trouble={trouble}" if trouble else "")) == names


def test_list_shows_phones_of_the_own_part_of_the_city(phones):
    assert listed(phones.bank_staff) == ["doi-truong-nh"]
    assert len(listed(phones.city_staff)) == 8


def test_phone_that_belongs_to_no_team_is_seen_by_the_city(world):
    report(world.city_staff, unsent=1)
    assert (listed(world.city_staff), listed(world.unit_staff)) == (["thanh-doan"], [])
    assert "Máy của cán bộ" in signed_in(world.city_staff).get(LIST).text


def test_list_says_it_in_words(phones):
    page = signed_in(phones.unit_staff).get(LIST).text
    for words in ("4 mục", "1 mục · 1 cần xem lại", "1 ảnh", "Đã gửi hết"):
        assert words in page
    for words in ("Lệch ngày 20/11/2026", "Im lặng hơn một ngày", "Khớp", "Thiết bị hiện trường"):
        assert words in page


def test_phone_is_looked_at_and_not_changed(phones):
    row = DeviceReport.objects.get(user__username="chua-gui")
    client = signed_in(phones.unit_staff)
    assert f"…{str(row.device)[-8:]}" in client.get(f"{LIST}{row.pk}/change/").text
    assert client.post(f"{LIST}{row.pk}/change/", {"unsent": 0}).status_code == 403
    assert client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_with_more_phones(world, rows, django_assert_num_queries):
    for _row in range(rows):
        DeviceReport.objects.create(device=uuid.uuid4(), user=factories.user(), team=world.team)
    client = signed_in(world.unit_staff)
    client.get(LIST)
    with django_assert_num_queries(7):
        client.get(LIST)


def test_first_page_of_staff_names_phones_that_kept_work_overnight(phones):
    page = signed_in(phones.unit_staff).get("/admin/").text
    assert "Máy còn giữ việc chưa gửi hơn một ngày" in page
    assert "Máy còn giữ việc chưa gửi hơn một ngày" not in signed_in(phones.bank_staff).get("/admin/").text
