"""`replay_day` against a real server: the phones of a day, twice, and what it says when something is wrong."""

import datetime as dt
import socket
from collections import Counter
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from campaigns.models import Deployment
from core import outbox
from core.dated import today
from core.models import AuditEvent
from demo.replay import client
from demo.replay.items import device_of
from demo.world import plans
from reports.models import DayTally
from reports.tallies import drift
from services_help.models import AssistanceLog, Attendance, Receipt, Session, Void
from teams.models import ApiToken, Team
from tests import factories
from tests.emptying import sow

pytestmark = pytest.mark.django_db(transaction=True)
TEAMS = 4


@pytest.fixture
def portal(transactional_db, live_server):
    sow(today())
    return live_server.url


def replay(url: str, *, day: str = "2023-03-26", teams: int = TEAMS, **options) -> str:
    out = StringIO()
    call_command("replay_day", url=url, day=[dt.date.fromisoformat(day)], teams=teams, phones=4, stdout=out, **options)
    return out.getvalue()


def figures() -> dict:
    outbox.drain("tallies.stale")
    outbox.drain("voids.parked")
    outbox.drain("tallies.stale")
    sums = DayTally.objects.aggregate(people=Sum("people"), turns=Sum("service_turns"))
    rows = {model.__name__: model.objects.count() for model in (Session, AssistanceLog, Attendance, Void, Receipt)}
    return sums | rows


def test_day_is_stored_whole_and_counts_for_the_campaign_that_sent_the_teams_out(portal):
    assert "0 trùng mã khác nội dung, 0 bị từ chối" in replay(portal)
    assert Session.objects.count() == TEAMS * 2
    assert set(Session.objects.values_list("campaign__code", "day")) == {(plans.PEAK, plans.PEAK_DAY)}
    assert not Session.objects.filter(ended_at=None).exists()
    assert Void.objects.filter(is_authorised=True).count() == Void.objects.count() > 0
    held = figures()
    assert held["Receipt"] == held["Session"] + held["AssistanceLog"] + held["Attendance"] + held["Void"]
    live = AssistanceLog.objects.exclude(pk__in=Void.objects.values("target"))
    assert held["turns"] == live.aggregate(turns=Sum("people"))["turns"]
    assert held["people"] == live.filter(same_visit=False).aggregate(people=Sum("people"))["people"]
    assert list(drift()) == []


def test_second_replay_is_a_replay_item_by_item(portal):
    replay(portal)
    before = figures()
    assert " 0 mới ghi, " in replay(portal)
    assert figures() == before


def test_portal_that_holds_everything_by_its_ledger_is_sent_nothing(portal):
    replay(portal)
    told = replay(portal, missing=True)
    assert told == f"Sổ của cổng đã có {Receipt.objects.count() + TEAMS * 2} mục, không phải gửi lại.\n"


def test_only_what_is_missing_is_sent(portal):
    replay(portal, teams=2)
    held = Receipt.objects.count()
    told = replay(portal, missing=True)
    assert told.startswith(f"Sổ của cổng đã có {held + 2 * 2} mục")
    assert Session.objects.count() == TEAMS * 2


def test_half_a_day_goes_on_where_it_stopped(portal, monkeypatch):
    ten_o_clock = SimpleNamespace(now=lambda: factories.local(plans.PEAK_DAY, 10))
    with monkeypatch.context() as morning:
        morning.setattr("demo.management.commands.replay_day.timezone", ten_o_clock)
        replay(portal)
    assert Session.objects.filter(ended_at=None).count() == TEAMS
    replay(portal)
    in_two_parts = figures()
    assert Session.objects.filter(ended_at=None).count() == 0
    assert " 0 mới ghi, " in replay(portal)
    assert figures() == in_two_parts


def test_each_team_sends_from_its_own_phone_with_a_key_that_ends_with_the_replay(portal):
    replay(portal)
    senders = dict(Session.objects.values_list("team__code", "device"))
    assert senders == {code: device_of(code, 2023) for code in senders}
    keys = ApiToken.objects.filter(name__startswith="Mẫu: điện thoại").select_related("team")
    assert Counter(key.team.code for key in keys) == Counter(senders.keys())
    assert {tuple(key.scopes) for key in keys} == {("logs:write",)}
    assert not any(key.is_usable for key in keys)
    assert AuditEvent.objects.filter(action="demo.phones_keyed").count() == 2


def test_what_the_portal_no_longer_takes_is_not_sent(portal):
    closed = Deployment.objects.filter(campaign_day__day=plans.PEAK_DAY).order_by("pk").first().team
    Team.objects.filter(pk=closed.pk).update(valid_to=plans.PEAK_DAY - dt.timedelta(days=1))
    replay(portal)
    assert not Session.objects.filter(team=closed).exists()


def test_conflict_is_told_with_its_reason_and_fails(portal):
    first = next(iter(plans.work_on(plans.PEAK_DAY)[0][1]))
    replay(portal, teams=1)
    session = Session.objects.filter(team__code=first).first()
    Receipt.objects.filter(pk=session.logs.first().pk).update(digest="0" * 64)
    with pytest.raises(CommandError, match=r"1 mục trùng mã khác nội dung: .* \[id_taken\]"):
        replay(portal, teams=1)


def test_rejected_items_are_told_with_their_reason_and_fail(portal, monkeypatch):
    # Ended by somebody after the replay has looked what is valid.
    monkeypatch.setattr("demo.replay.run.Present.takes_shift", lambda *args: True)
    Team.objects.filter(code="XK-BC-01").update(valid_to=plans.PEAK_DAY - dt.timedelta(days=1))
    with pytest.raises(CommandError) as failed:
        replay(portal, teams=1)
    assert "bị từ chối" in str(failed.value)
    assert "[unknown_team]" in str(failed.value)


def test_unreachable_portal_is_told_and_fails(portal, monkeypatch):
    monkeypatch.setattr(client, "TRIES", 1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    out = StringIO()
    with pytest.raises(CommandError, match="cổng đã chạy chưa"):
        call_command("replay_day", url=url, day=[plans.PEAK_DAY], phones=2, stdout=out)
    assert "Đã gửi 0 mục" in out.getvalue()
    assert "chạy lại lệnh này để gửi tiếp" in out.getvalue()
    assert not Session.objects.exists()


# --- where it refuses, before anything is sent ---
@pytest.mark.parametrize("url", ["http://xungkichso.example", "https://127.0.0.1:8000", "http://10.0.0.1:8000"])
def test_other_machine_is_refused(portal, url):
    with pytest.raises(CommandError, match="Chỉ phát lại vào máy này"):
        replay(url)


def test_database_without_the_demo_world_is_refused(transactional_db, live_server):
    factories.unit()
    with pytest.raises(CommandError, match="seed_demo"):
        replay(live_server.url)


def test_outside_demo_mode_it_is_refused(portal, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        replay(portal)
    assert not Session.objects.exists()


def test_day_on_which_nobody_works_is_refused(portal):
    with pytest.raises(CommandError, match="Không có đội nào"):
        replay(portal, day="2023-03-27")
