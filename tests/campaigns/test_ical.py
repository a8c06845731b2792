"""Calendar feeds, read back by a calendar library: who stands where and when, and nothing about anybody."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from icalendar import Calendar

from campaigns.deploying import cancel_deployment, change_deployment
from campaigns.feeds import feed_of, issue_feed, revoke_feed
from campaigns.models import CalendarFeed, Deployment
from core.dated import today
from core.errors import NotAllowed
from core.models import AuditEvent
from teams.access import access_of_user
from teams.services import move_team
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def plan(world):
    campaign = factories.campaign(owner=world.city, name="Ngày cao điểm hỗ trợ dịch vụ công trực tuyến toàn thành phố")
    campaign.today = factories.campaign_day(campaign, today())
    area = factories.area("27595", name="Thị trấn Tân Túc")
    campaign.point = factories.point(
        unit=world.tan_tuc, area=area, name="Bộ phận Một cửa, tầng 1; cổng sau", address="Số 1", lat=10.69, lon=106.59
    )
    campaign.row = factories.deployment(world.team, campaign.today, campaign.point, note="Gọi anh Nam")
    return campaign


@pytest.fixture
def access(world):
    return access_of_user(world.unit_staff)


def read(client, key: str) -> Calendar:
    answer = client.get(reverse("plan:ical", args=[key]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert [line for line in answer.content.split(b"\r\n") if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    return Calendar.from_ical(answer.content)


def events(calendar: Calendar) -> list:
    return list(calendar.walk("VEVENT"))


# --- what it says -----------------------------------------------------------------------------------------------------
def test_feed_of_a_team_says_where_and_when(client, plan, access, world):
    _feed, key = issue_feed(access=access, team=world.team)
    calendar = read(client, key)
    assert str(calendar["x-wr-calname"]) == "Xung Kích Số: Tổ xung kích Tân Túc"
    [event] = events(calendar)
    assert event["dtstart"].dt == factories.local(today(), 7, 30)
    assert event["dtend"].dt == factories.local(today(), 11, 30)
    assert str(event["summary"]) == "Bộ phận Một cửa, tầng 1; cổng sau"
    assert str(event["location"]) == "Bộ phận Một cửa, tầng 1; cổng sau, Số 1, Thị trấn Tân Túc"
    assert (event["geo"].latitude, event["geo"].longitude) == (10.69, 106.59)
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 0)
    assert str(event["uid"]) == f"deployment-{plan.row.pk}@xung-kich-so"


def test_notes_stay_at_home(client, plan, access, world):
    _feed, key = issue_feed(access=access, team=world.team)
    assert "anh Nam" not in client.get(reverse("plan:ical", args=[key])).text


def test_change_keeps_the_event_and_raises_its_sequence(client, plan, access, world):
    _feed, key = issue_feed(access=access, team=world.team)
    Deployment.objects.update(changed_at=factories.local(today() - DAY))
    [before] = events(read(client, key))
    change_deployment(deployment=plan.row, seen=0, by=world.unit_staff, point=None)
    [after] = events(read(client, key))
    assert (after["uid"], after["sequence"], str(after["summary"])) == (before["uid"], 1, "Lưu động")
    assert after["last-modified"].dt > before["last-modified"].dt


def test_what_is_called_off_is_told_as_cancelled(client, plan, access, world):
    _feed, key = issue_feed(access=access, team=world.team)
    cancel_deployment(deployment=plan.row, by=world.unit_staff)
    [event] = events(read(client, key))
    assert (str(event["status"]), event["sequence"]) == ("CANCELLED", 1)


def test_drafts_old_days_and_other_teams_are_left_out(client, plan, access, world):
    draft = factories.campaign_day(factories.campaign(owner=world.city, status="draft"), today())
    factories.deployment(world.team, draft, starts_at=dt.time(13), ends_at=dt.time(17))
    factories.deployment(world.team, factories.campaign_day(plan, today() - 91 * DAY))
    factories.deployment(world.team_vinh_loc, plan.today)
    _feed, key = issue_feed(access=access, team=world.team)
    assert len(events(read(client, key))) == 1


def test_feed_of_a_unit_holds_the_teams_that_stood_below_it_on_the_day(client, plan, access, world):
    factories.deployment(world.team_vinh_loc, plan.today)
    factories.deployment(world.team_bank, plan.today)
    later = factories.campaign_day(plan, today() + 5 * DAY)
    factories.deployment(world.team, later)
    move_team(team=world.team, unit=world.bank, since=today() + 3 * DAY, by=None)
    _feed, key = issue_feed(access=access, unit=world.binh_chanh)
    assert sorted(str(event["summary"]) for event in events(read(client, key))) == [
        "Tổ xung kích Tân Túc · Bộ phận Một cửa, tầng 1; cổng sau",
        "Tổ xung kích Vĩnh Lộc A · Lưu động",
    ]


# --- the address ------------------------------------------------------------------------------------------------------
def test_key_is_known_to_its_holder_alone(access, world):
    feed, key = issue_feed(access=access, team=world.team)
    assert key not in str(CalendarFeed.objects.values())
    assert feed_of(key) == feed
    assert feed_of(key + "x") is None
    event = AuditEvent.objects.get(action="campaigns.feed_issued")
    assert (event.scope_unit, key in str(event.data)) == (world.tan_tuc.pk, False)


def test_new_address_ends_the_old_one(client, access, world):
    _old, before = issue_feed(access=access, team=world.team)
    _new, after = issue_feed(access=access, team=world.team)
    answers = [client.get(reverse("plan:ical", args=[key])).status_code for key in (before, after)]
    assert answers == [404, 200]


def test_address_that_was_taken_back_opens_nothing(client, access, world):
    feed, key = issue_feed(access=access, team=world.team)
    for _time in range(2):
        revoke_feed(feed=feed, access=access)
    assert client.get(reverse("plan:ical", args=[key])).status_code == 404
    assert AuditEvent.objects.filter(action="campaigns.feed_revoked").count() == 1


@pytest.mark.parametrize("owner", ["team_bank", "city"])
def test_others_addresses_are_not_handed_out(access, world, owner):
    thing = getattr(world, owner)
    with pytest.raises(NotAllowed):
        issue_feed(access=access, **({"unit": thing} if owner == "city" else {"team": thing}))


def test_unchanged_calendar_is_not_sent_again(client, plan, access, world, django_assert_num_queries, no_writes):
    _feed, key = issue_feed(access=access, team=world.team)
    url = reverse("plan:ical", args=[key])
    with no_writes():
        tag = client.get(url).headers["ETag"]
    with django_assert_num_queries(2):  # the feed, the revisions
        same = client.get(url, headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    change_deployment(deployment=plan.row, seen=0, by=world.unit_staff, point=None)
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_calendar_takes_constant_queries(client, plan, access, world, django_assert_num_queries, count):
    for number in range(count):
        factories.deployment(world.team, factories.campaign_day(plan, today() + (number + 1) * DAY), plan.point)
    _feed, key = issue_feed(access=access, unit=world.binh_chanh)
    with django_assert_num_queries(3):
        assert len(events(read(client, key))) == count + 1


def test_file_asks_to_be_read_again_within_the_hour(client, access, world):
    _feed, key = issue_feed(access=access, team=world.team)
    text = client.get(reverse("plan:ical", args=[key])).text
    assert re.findall(r"(?m)^(?:REFRESH-INTERVAL|X-PUBLISHED-TTL|VERSION|METHOD).*?\r$", text) == [
        "VERSION:2.0\r",
        "METHOD:PUBLISH\r",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r",
        "X-PUBLISHED-TTL:PT1H\r",
    ]
