"""Whether all runs, in words; and what failed is tried again by whoever looks after the machine."""

import datetime as dt
import time

import pytest
from django.conf import settings as conf
from django.core.cache import cache
from django.utils import timezone

from core import outbox
from core.jobs import services
from core.jobs.models import Job
from core.models import AuditEvent, OutboxMessage
from desk.office import monitor
from desk.office.monitor import CLOCK, TOPICS, age_text, error_words, retry_now, signs
from teams.access import access_of_user
from teams.permissions import Right

pytestmark = pytest.mark.django_db
URL = "/office/monitor/"


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list:
    bells: list = []
    monkeypatch.setattr(outbox, "ring", bells.append)
    monkeypatch.setattr(services, "ring", bells.append)
    return bells


def job(user, **fields) -> Job:
    given = {"kind": "handout.passes", "title": "Thẻ của Tân Túc", "right": Right.PASS_ISSUE, "ordered_by": user}
    return Job.objects.create(**given | fields)


def failed(user, **fields) -> Job:
    return job(user, state="failed", error="Đội hình này đã kết thúc.", finished_at=timezone.now(), **fields)


def alive(seconds_ago: float, name: str = "core.tasks.sweep_outbox", **more) -> None:
    beat = {"ended": time.time() - seconds_ago, "seconds": 0.1, "node": "may-1"}
    cache.set(f"heartbeat:ran:{name}", beat | more, None)


def stale(**fields) -> OutboxMessage:
    given = {"topic": "tallies.stale", "key": "1", "attempts": 6, "last_error": "OperationalError('gone')"}
    return OutboxMessage.objects.create(available_at=timezone.now() + dt.timedelta(minutes=5), **given | fields)


# --- words ------------------------------------------------------------------------------------------------------------
def test_every_topic_and_every_call_of_the_clock_has_its_words():
    assert set(conf.OUTBOX_HANDLERS) - set(TOPICS) == set()
    assert set(conf.CELERY_BEAT_SCHEDULE) - set(CLOCK) == set()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("OperationalError('server closed')", "Mất kết nối"),
        ("DeadlockDetected()", "Hai việc cùng giữ"),
        ("IntegrityError('x')", "mâu thuẫn"),
        ("SoftTimeLimitExceeded()", "quá lâu"),
        ("KeyError('x')", "chưa biết"),
    ],
)
def test_an_error_is_told_in_words(error, words):
    assert words in error_words(error)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 giây"), (59, "59 giây"), (61, "1 phút"), (3700, "1 giờ"), (3 * 86400, "3 ngày")],
)
def test_an_age_is_told_as_people_say_it(seconds, text):
    assert age_text(seconds) == text


# --- lights -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("ago", "state"), [(5, "ok"), (120, "warn"), (1000, "bad"), (None, "bad")])
def test_a_worker_is_known_by_what_it_has_done(db, ago, state):
    if ago is not None:
        alive(ago)
    worker = next(sign for sign in signs() if sign.name == "Máy xử lý")
    assert worker.state == state


@pytest.mark.parametrize(("ago", "state"), [(1, "ok"), (30, "warn"), (600, "bad")])
def test_figures_that_lag_are_told(db, ago, state):
    if ago > 1:
        stale(created_at=timezone.now() - dt.timedelta(seconds=ago))
    assert signs()[-1].state == state


def test_what_is_away_is_told_with_what_to_do(db, monkeypatch):
    monkeypatch.setattr(monitor.health, "check_broker", lambda: 1 / 0)
    monkeypatch.setattr(monitor.health, "check_cache", lambda: 1 / 0)
    assert [(sign.state, "Redis" in sign.text) for sign in signs()[:2]] == [("bad", True)] * 2


def test_a_late_call_of_the_clock_and_a_failed_one_are_told(city):
    alive(3)
    alive(10_000, "reports.tasks.prove_tallies")
    cache.set("heartbeat:failed:desk.tasks.apply_retention", {"at": time.time(), "error": "IntegrityError('x')"})
    calls = {str(call["label"]): call for call in city.get(URL).context["clock"]}
    assert calls["Tìm việc bị sót"]["state"] == "ok"
    assert calls["Đối soát số liệu"]["state"] == "bad"
    assert "mâu thuẫn" in calls["Xóa dữ liệu hết thời hạn lưu giữ"]["error"]
    assert calls["Nhắc người duyệt"]["state"] == "warn"


# --- outbox -----------------------------------------------------------------------------------------------------------
def test_what_failed_is_told_in_words_and_tried_again_at_once(city, world, rung, django_capture_on_commit_callbacks):
    row = stale()
    stale(key="2", attempts=0, last_error="")
    page = city.get(URL).text
    assert "Mất kết nối với cơ sở dữ liệu" in page
    assert "Đã thử 6 lần" in page
    with django_capture_on_commit_callbacks(execute=True):
        city.post(f"{URL}retry/", {"topic": "tallies.stale"})
    row.refresh_from_db()
    assert row.available_at <= timezone.now()
    assert rung == ["tallies.stale"]
    event = AuditEvent.objects.get(action="core.outboxmessage_retried")
    assert (event.actor, event.data) == (world.city_staff, {"topic": "tallies.stale", "count": 1})


def test_nothing_to_try_again_leaves_no_row_in_the_trail(city, rung):
    city.post(f"{URL}retry/", {"topic": "tallies.stale"})
    assert "Không có loại việc này" in city.post(f"{URL}retry/", {"topic": "x"}, follow=True).text
    assert (rung, AuditEvent.objects.filter(action="core.outboxmessage_retried").exists()) == ([], False)


# --- jobs -------------------------------------------------------------------------------------------------------------
def test_jobs_are_found_by_state_kind_and_person(city, world):
    job(world.unit_staff, title="chờ")
    failed(world.bank_staff, title="hỏng")
    shown = lambda **query: [each["job"].title for each in city.get(URL, query).context["jobs"]]  # noqa: E731
    assert shown() == ["hỏng", "chờ"]
    assert shown(state="failed") == ["hỏng"]
    assert shown(who="can bo bc") == ["chờ"]
    assert shown(kind="handout.posters") == []
    assert shown(state="nonsense", kind="nonsense") == ["hỏng", "chờ"]


def test_a_failed_job_is_begun_again_in_the_name_of_its_owner(city, world, rung, django_capture_on_commit_callbacks):
    row = failed(world.unit_staff)
    with django_capture_on_commit_callbacks(execute=True):
        city.post(f"{URL}jobs/{row.pk}/repeat/")
    row.refresh_from_db()
    assert (row.state, row.ordered_by, rung) == ("waiting", world.unit_staff, [row.pk])
    assert AuditEvent.objects.get(action="jobs.job_repeated").actor == world.city_staff


def test_what_its_owner_has_stopped_is_not_begun_for_him(city, world):
    row = job(world.unit_staff, state="stopped", finished_at=timezone.now())
    assert city.post(f"{URL}jobs/{row.pk}/repeat/").status_code == 403
    row.refresh_from_db()
    assert row.state == "stopped"


def test_an_open_job_is_stopped(city, world):
    row = job(world.unit_staff)
    city.post(f"{URL}jobs/{row.pk}/stop/")
    row.refresh_from_db()
    assert row.state == "stopped"


# --- who --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status"), [("city_staff", 200), ("unit_staff", 403), ("viewer", 403), ("leader", 403)]
)
def test_the_machine_is_for_thanh_doan(client, world, who, status):
    client.force_login(getattr(world, who))
    assert client.get(URL).status_code == client.get(f"{URL}state/").status_code == status
    if status == 403:
        assert client.post(f"{URL}retry/", {"topic": "tallies.stale"}).status_code == 403
        assert client.post(f"{URL}jobs/1/repeat/").status_code == 403


def test_the_service_asks_for_itself(world):
    with pytest.raises(Exception, match="quyền"):
        retry_now(topic="tallies.stale", access=access_of_user(world.unit_staff))


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_as_often_however_much_goes_on(city, world, django_assert_num_queries, no_writes, count):
    for number in range(count):
        failed(world.unit_staff)
        stale(key=f"{number}")
    city.get(URL)
    with django_assert_num_queries(7), no_writes():
        city.get(URL)
