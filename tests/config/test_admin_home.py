"""The admin's first page: what goes on today in the reader's part of the city, what needs attention, the ways on."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from campaigns.models import CampaignStatus
from config import admin_attention
from core.dated import today
from reports.models import DayTally
from teams.access import access_of_user
from teams.passes import issue_passes
from teams.permissions import Scope
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MORNING, NIGHT = dt.time(0, 0), dt.time(23, 59)


def home(client, user: User):
    client.force_login(user)
    return client.get(reverse("admin:index")).context


def points(context) -> list[tuple[str, int]]:
    return [(point["icon"], point["count"]) for point in context["attention"]]


def figures(context) -> list[int]:
    return [figure["value"] for figure in context["figures"]]


def send(world, team, day=None, **hours):
    """``team`` is sent out on ``day`` (today), from midnight on unless told otherwise; somebody leads it."""
    campaign = factories.campaign(owner=world.city)
    return factories.deployment(
        team, factories.campaign_day(campaign, day or today()), **{"starts_at": MORNING, "ends_at": NIGHT} | hours
    )


# --- figures ----------------------------------------------------------------------------------------------------------
def test_figures_are_those_of_today_in_the_readers_subtree(client, world):
    for team in (world.team, world.team_bank):
        send(world, team)
        factories.session(team, today(), by=world.leader)
        DayTally.objects.create(day=today(), team=team, state="provisional", people=7)
    factories.session(world.team, today(), by=world.leader, ended_at=factories.local(today(), 11))
    factories.session(world.team, today() - DAY, by=world.leader)
    # people, teams sent, teams that opened, sessions open
    assert figures(home(client, world.unit_staff)) == [7, 1, 1, 1]
    assert figures(home(client, world.city_staff)) == [14, 2, 2, 2]


def test_figures_link_to_lists_that_say_the_same(client, world):
    send(world, world.team)
    send(world, world.team_vinh_loc, today() + DAY)
    factories.session(world.team, today(), by=world.leader)
    factories.session(world.team, today() - DAY, by=world.leader)
    context = home(client, world.unit_staff)
    counts = [
        client.get(figure["url"]).context["cl"].result_count
        for figure in context["figures"]
        if figure["url"] != reverse("dashboard:home")
    ]
    assert counts == [1, 1, 1]


# --- attention --------------------------------------------------------------------------------------------------------
def test_quiet_day_says_so(client, world):
    client.force_login(world.unit_staff)
    assert "Hôm nay không có việc gì cần chú ý." in client.get(reverse("admin:index")).text


def test_team_whose_hour_has_come_without_a_session_is_named_until_it_opens_one(client, world):
    send(world, world.team)
    context = home(client, world.unit_staff)
    assert points(context) == [("alarm", 1)]
    assert context["attention"][0]["rows"] == [
        {"name": "Tổ xung kích Tân Túc", "url": reverse("admin:teams_team_change", args=[world.team.pk])}
    ]
    factories.session(world.team, today(), by=world.leader)
    assert points(home(client, world.unit_staff)) == []


def test_team_whose_hour_is_still_to_come_is_not_late(client, world, monkeypatch):
    send(world, world.team, starts_at=dt.time(13), ends_at=dt.time(17))
    noon = timezone.make_aware(dt.datetime.combine(today(), dt.time(12)))
    monkeypatch.setattr(admin_attention.timezone, "localtime", lambda *args: noon)
    assert points(home(client, world.unit_staff)) == []
    monkeypatch.setattr(admin_attention.timezone, "localtime", lambda *args: noon + dt.timedelta(hours=1))
    assert points(home(client, world.unit_staff)) == [("alarm", 1)]


def test_cancelled_deployment_is_not_waited_for(client, world):
    send(world, world.team, cancelled_at=timezone.now())
    send(world, world.team, dt.date(2023, 3, 26))
    assert points(home(client, world.unit_staff)) == []


def test_voided_session_is_no_report(client, world):
    send(world, world.team)
    factories.void(factories.session(world.team, today(), by=world.leader))
    assert points(home(client, world.unit_staff)) == [("alarm", 1)]


def test_session_of_a_day_before_that_is_still_open_is_named(client, world):
    left = factories.session(world.team, today() - DAY, by=world.leader)
    context = home(client, world.unit_staff)
    assert points(context) == [("event_busy", 1)]
    [row] = context["attention"][0]["rows"]
    assert row["url"] == reverse("admin:services_help_session_change", args=[left.pk])
    listed = client.get(context["attention"][0]["url"]).context["cl"].result_list
    assert [session.pk for session in listed] == [left.pk]


def test_team_that_goes_soon_with_neither_leader_nor_pass_is_named(client, world):
    send(world, world.team_vinh_loc, today() + DAY)
    assert points(home(client, world.unit_staff)) == [("phonelink_erase", 1)]
    issue_passes(team=world.team_vinh_loc, count=1, valid_to=today() + DAY, access=access_of_user(world.unit_staff))
    assert points(home(client, world.unit_staff)) == []


def test_own_day_to_come_without_any_team_is_named_with_the_way_to_send_one(client, world):
    campaign = factories.campaign(owner=world.binh_chanh)
    factories.campaign_day(factories.campaign(owner=world.city), today() + DAY)
    day = factories.campaign_day(campaign, today() + 2 * DAY)
    factories.campaign_day(campaign, today() + 8 * DAY)
    factories.campaign_day(factories.campaign(owner=world.binh_chanh, status=CampaignStatus.DRAFT), today() + DAY)
    context = home(client, world.unit_staff)
    assert points(context) == [("event_upcoming", 1)]
    assert client.get(context["attention"][0]["rows"][0]["url"]).context["object"] == day
    factories.deployment(world.team, day)
    assert points(home(client, world.unit_staff)) == []


def test_key_about_to_end_is_told_to_who_keeps_keys(client, world):
    for days in (3, 30, -1):
        factories.token(Scope.STATS_READ, unit=world.binh_chanh, expires_at=timezone.now() + days * DAY)
    assert points(home(client, world.city_staff)) == [("key_off", 1)]
    assert points(home(client, world.unit_staff)) == []


def test_nothing_of_another_subtree_is_told(client, world):
    send(world, world.team_bank)
    factories.session(world.team_bank, today() - DAY, by=world.leader)
    assert points(home(client, world.unit_staff)) == []
    assert "Đội hình thanh toán số" not in client.get(reverse("admin:index")).text


def test_long_list_names_six_and_counts_the_rest(client, world):
    for number in range(8):
        send(world, factories.team(unit=world.tan_tuc, name=f"Tổ {number}"))
    point = home(client, world.unit_staff)["attention"][0]
    assert (point["count"], len(point["rows"]), point["more"]) == (8, 6, 2)


def test_list_beyond_all_naming_says_that_there_are_more(client, world, monkeypatch):
    monkeypatch.setattr(admin_attention, "MOST_COUNTED", 7)
    for number in range(9):
        send(world, factories.team(unit=world.tan_tuc, name=f"Tổ {number}"))
    point = home(client, world.unit_staff)["attention"][0]
    assert (point["count_text"], point["more_text"]) == ("hơn 7", "hơn 1")


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_constant_queries_and_writes_nothing(client, world, django_assert_num_queries, no_writes, count):
    for number in range(count):
        team = factories.team(unit=world.tan_tuc, name=f"Tổ {number}")
        send(world, team)
        factories.session(team, today() - DAY, by=world.leader)
    client.force_login(world.unit_staff)
    with django_assert_num_queries(14), no_writes():
        client.get(reverse("admin:index"))


# --- ways on ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["city_staff", "unit_staff", "viewer"])
def test_every_way_shown_opens(client, world, who):
    context = home(client, getattr(world, who))
    links = [item["link"] for group in context["shortcuts"] for item in group["items"]]
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_ways_of_a_viewer_lead_to_reading_only(client, world):
    context = home(client, world.viewer)
    assert [item["link"] for group in context["shortcuts"] for item in group["items"]] == ["/dashboard/"]


@pytest.mark.parametrize("who", ["city_staff", "unit_staff", "viewer"])
def test_sidebar_shows_only_lists_that_open(client, world, who):
    context = home(client, getattr(world, who))
    links = [
        str(item["link"])
        for group in context["sidebar_navigation"]
        for item in group["items"]
        if item.get("has_permission", True)
    ]
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert len(links) == {"city_staff": 34, "unit_staff": 28, "viewer": 21}[who]


def test_long_point_shows_six_names_and_says_how_many_more(client, world):
    for hour in range(8):
        factories.session(world.team, today() - DAY, by=world.leader, started_at=factories.local(today() - DAY, hour))
    (point,) = home(client, world.unit_staff)["attention"]
    assert (point["icon"], point["count"], len(point["rows"]), point["more"]) == ("event_busy", 8, 6, 2)
