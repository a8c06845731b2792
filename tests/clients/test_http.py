"""The Python client's manners: its key, tags and 304, patience, and errors with a name."""

import json
import logging
import os
import stat
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import xungkichso
from django.core.cache import cache
from rest_framework.settings import api_settings
from xungkichso import (
    CannotConnect,
    DiskCache,
    MemoryCache,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotThePortal,
    Portal,
    PortalError,
    Throttled,
    Unavailable,
)
from xungkichso.cache import Kept

from tests.clients.scripted import HANG_UP, HTML, JSON, Reply, scripted

pytestmark = pytest.mark.django_db
MARCH = {"by": "unit", "period": "2023-03"}
SCHEMA = json.dumps(
    {"measures": [], "dimensions": [], "periods": [], "formats": ["json"], "limits": {"rows": 1}}
).encode()  # fmt: skip
GOOD = Reply(200, JSON, SCHEMA)


def patient(url: str, **options) -> tuple[Portal, list[float]]:
    """A portal object that notes how long it would have waited."""
    portal, waits = Portal(url, "xks_khoa", **options), []
    portal._http._sleep = waits.append
    return portal, waits


# --- tags -------------------------------------------------------------------------------------------------------------
def test_second_question_is_answered_by_304_and_the_answer_is_the_same(portal, calls):
    first, second = portal.stats(**MARCH), portal.stats(**MARCH)
    assert [call.status for call in calls] == [200, 304]
    assert calls[1].headers["If-None-Match"] == first.etag
    assert second == first


def test_other_question_is_not_answered_from_the_cache(portal, calls):
    portal.stats(**MARCH)
    portal.stats(by="team", period="2023-03")
    portal.schema()
    assert [(call.status, "If-None-Match" in call.headers) for call in calls] == [(200, False)] * 3


def test_without_a_cache_everything_is_transferred(world, calls):
    with Portal(world.url, world.key, cache=None) as portal:
        assert portal.stats(**MARCH) == portal.stats(**MARCH)
    assert [call.status for call in calls] == [200, 200]


def test_folder_serves_the_next_run_of_a_program(world, tmp_path, calls):
    answers = []
    for _run in range(2):
        with Portal(world.url, world.key, cache=tmp_path / "cache") as portal:
            answers.append(portal.stats(**MARCH))
    assert [call.status for call in calls] == [200, 304]
    assert answers[0] == answers[1]


def test_folder_is_readable_by_its_owner_only_and_holds_no_key(world, tmp_path):
    with Portal(world.url, world.key, cache=str(tmp_path / "cache")) as portal:
        portal.stats(**MARCH)
    (file,) = (tmp_path / "cache").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert world.key.encode() not in file.read_bytes()


def test_another_key_finds_nothing_in_the_folder(world, tmp_path, calls):
    with Portal(world.url, world.key, cache=tmp_path) as city:
        assert city.stats(**MARCH).totals["people"] == 63
    with Portal(world.url, world.bank_key, cache=tmp_path) as banks:
        assert banks.stats(**MARCH).totals["people"] == 4
    assert "If-None-Match" not in calls[1].headers


@pytest.mark.parametrize("damage", [b"", b"{}", b"no json\nbody", b'{"etag": "x", "headers": {}, "sha256": "0"}\n{}'])
def test_damaged_file_is_as_good_as_none(world, tmp_path, damage):
    for _run in range(2):
        with Portal(world.url, world.key, cache=tmp_path) as portal:
            assert portal.stats(**MARCH).totals["people"] == 63
        for file in tmp_path.iterdir():
            file.write_bytes(damage)


def test_figures_that_were_changed_in_the_folder_are_fetched_again(world, tmp_path, calls):
    """The portal would say of their tag that they are right."""
    for _run in range(2):
        with Portal(world.url, world.key, cache=tmp_path) as portal:
            assert portal.stats(**MARCH).totals["people"] == 63
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes().replace(b'"people":63', b'"people":99'))
    assert [call.status for call in calls] == [200, 200]


def test_folder_that_cannot_be_written_costs_nothing_but_the_transfer(world, tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError("No space left on device")

    monkeypatch.setattr("os.replace", full)
    with Portal(world.url, world.key, cache=tmp_path) as portal:
        assert portal.stats(**MARCH).totals["people"] == 63
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [lambda _folder: MemoryCache(25), lambda folder: DiskCache(folder, 1000)])
def test_cache_lets_go_of_what_was_not_asked_for_the_longest(tmp_path, make):
    held = make(tmp_path)
    body = b"0123456789" if isinstance(held, MemoryCache) else b"0123456789" * 30
    for key in "ab":
        held.put(key, Kept('"1"', {}, body))
    age(tmp_path)
    assert held.get("a").body == body
    held.put("c", Kept('"1"', {}, body))
    assert [bool(held.get(key)) for key in "abc"] == [True, False, True]


def age(folder) -> None:
    """Files written in one tick of the clock have no order."""
    for file in folder.iterdir():
        os.utime(file, (1, 1 if file.name.startswith("a") else 2))


# --- the key ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["http://xungkichso.example.vn", "http://10.0.0.5:8000", "http://localhost.example.vn"])
def test_key_does_not_travel_in_the_open(url):
    with pytest.raises(ValueError, match="https://"):
        Portal(url, "xks_khoa")
    assert repr(Portal(url, "xks_khoa", allow_http=True)) == f"Portal('{url}')"


@pytest.mark.parametrize(
    "url", ["https://xungkichso.example.vn/", "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000/"]
)
def test_encrypted_addresses_and_this_machine_are_fine(url):
    assert Portal(url, "xks_khoa")._http.url == url.rstrip("/")


@pytest.mark.parametrize("url", ["", "xungkichso.example.vn", "ftp://a.vn", "https://a:b@c.vn", "https://a.vn?x=1"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match="https://"):
        Portal(url, "xks_khoa")


def test_key_is_in_no_log_no_repr_and_no_error(world, caplog):
    caplog.set_level(logging.DEBUG)
    with Portal(world.url, world.key) as portal:
        portal.stats(**MARCH)
        with pytest.raises(NotFound) as refused:
            portal.stats(unit="XX")
    bare = Portal("http://127.0.0.1:9", world.key, tries=1)
    with pytest.raises(CannotConnect) as lost:
        bare.schema()
    said = (
        caplog.text + repr(portal) + str(portal) + repr(refused.value) + repr(lost.value) + repr(lost.value.__cause__)
    )
    assert "/api/v1/stats/" in said
    assert world.key not in said


def test_key_wins_over_an_entry_in_netrc(world, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Portal(world.url, world.key) as portal:
        assert portal.stats(**MARCH).totals["people"] == 63


def test_redirect_is_not_followed():
    """It may lead to where the key should not go."""
    with scripted(GOOD) as other, scripted(Reply(302, HTML | {"Location": f"{other.url}/"})) as first:
        with pytest.raises(NotThePortal, match=other.url.removeprefix("http://")):
            Portal(first.url, "xks_khoa").schema()
    assert other.asked == []


def test_client_says_who_it_is(world, calls):
    with Portal(world.url, world.key) as portal:
        portal.schema()
    assert calls[0].headers["User-Agent"].startswith(f"xungkichso-python/{xungkichso.__version__} python/3.")


# --- errors -----------------------------------------------------------------------------------------------------------
def test_faults_are_told_in_vietnamese_and_by_code(portal):
    with pytest.raises(xungkichso.BadQuestion) as refused:
        portal.stats(by="mau-sac", period="2026W99")
    assert refused.value.status == 400
    assert refused.value.code == "invalid_parameter"
    assert {fault.parameter for fault in refused.value.faults} == {"by", "period"}
    assert "Không hiểu kỳ “2026W99”" in str(refused.value)
    assert "Không có “mau-sac”" in str(refused.value)


@pytest.mark.parametrize("key", ["", "xks_khong-co"])
def test_no_key_or_a_wrong_one(world, key):
    with pytest.raises(NotSignedIn) as refused:
        Portal(world.url, key).stats(**MARCH)
    assert refused.value.status == 401


def test_key_that_may_not(world):
    with pytest.raises(NotAllowed, match="không có quyền"):
        Portal(world.url, world.other_key).stats(**MARCH)


def test_unit_out_of_sight(world):
    with pytest.raises(NotFound) as refused:
        Portal(world.url, world.bank_key).stats(unit="BC")
    assert (refused.value.status, refused.value.code) == (404, "unknown_unit")
    assert "“BC”" in refused.value.detail


def test_server_error_names_what_to_quote_to_the_operator():
    problem = {"code": "server_error", "title": "Lỗi máy chủ", "detail": "Cổng gặp lỗi.", "request_id": "7f3a"}
    with scripted(Reply(500, {"Content-Type": "application/problem+json"}, json.dumps(problem).encode())) as server:
        portal, waits = patient(server.url)
        with pytest.raises(Unavailable, match=r"Lỗi máy chủ\. Cổng gặp lỗi\. \(HTTP 500 server_error\) \[7f3a\]"):
            portal.schema()
    assert waits == []  # a fault does not mend itself


@pytest.mark.parametrize("reply", [Reply(200), Reply(404), Reply(403), Reply(418, JSON, b"[]")])
def test_what_is_not_the_portal_is_said_so(reply):
    with scripted(reply) as server, pytest.raises(NotThePortal):
        Portal(server.url, "xks_khoa").schema()


# --- patience ---------------------------------------------------------------------------------------------------------
def test_throttled_call_waits_as_long_as_the_portal_says(world, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "client", "1/min")
    with Portal(world.url, world.key) as portal:
        waits = []
        portal._http._sleep = lambda seconds: (waits.append(seconds), cache.clear())
        portal.schema()
        portal.schema()
    assert len(waits) == 1
    assert 1 <= waits[0] <= 60


def test_throttled_to_the_end_tells_how_long_to_wait(world, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "client", "1/min")
    with Portal(world.url, world.key, tries=3) as portal:
        waits = []
        portal._http._sleep = waits.append
        portal.schema()
        with pytest.raises(Throttled, match="Retry-After") as refused:
            portal.schema()
    assert len(waits) == 2
    assert 1 <= refused.value.retry_after <= 60


def test_longer_wait_than_the_program_has_is_refused_at_once():
    with scripted(Reply(503, HTML | {"Retry-After": "3600"}), GOOD) as server:
        portal, waits = patient(server.url, longest_wait=60)
        with pytest.raises(Unavailable) as refused:
            portal.schema()
    assert (waits, refused.value.retry_after) == ([], 3600)


def test_outage_is_sat_out_longer_each_time():
    with scripted(Reply(502), HANG_UP, Reply(504), GOOD) as server:
        portal, waits = patient(server.url)
        assert portal.schema().limits == {"rows": 1}
    assert len(server.asked) == 4
    assert waits == sorted(waits)
    assert 0.5 <= waits[0] <= 1 <= waits[1] <= 2 <= waits[2] <= 4


def test_moment_in_retry_after_is_understood():
    moment = datetime.now(UTC) + timedelta(seconds=30)
    with scripted(Reply(503, HTML | {"Retry-After": format_datetime(moment, usegmt=True)}), GOOD) as server:
        portal, waits = patient(server.url)
        portal.schema()
    assert 20 < waits[0] <= 30


@pytest.mark.parametrize("nonsense", ["soon", "-1", "", "٣"])
def test_retry_after_that_means_nothing_is_as_good_as_none(nonsense):
    with scripted(Reply(503, HTML | {"Retry-After": nonsense.encode().decode("latin-1")}), GOOD) as server:
        portal, waits = patient(server.url)
        portal.schema()
    assert 0.5 <= waits[0] <= 1


def test_portal_that_is_not_there():
    portal, waits = patient("http://127.0.0.1:9", tries=3)
    with pytest.raises(CannotConnect, match=r"http://127\.0\.0\.1:9"):
        portal.schema()
    assert len(waits) == 2


def test_every_error_can_be_caught_as_one():
    for kind in (CannotConnect, NotThePortal, PortalError, Throttled, xungkichso.FiguresMoved):
        assert issubclass(kind, xungkichso.XungKichSoError)
