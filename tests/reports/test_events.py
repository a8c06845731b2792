"""The event feed: everything that changes is told, in order, at least once, and only to whom it concerns."""

import datetime as dt
import random
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import Revision
from reports import tallies
from reports.events.models import FigureEvent
from reports.events.recording import COUNTER, MOST_OF_A_NUMBER, record
from reports.models import DayTally
from reports.tallies.slices import Slice
from teams.permissions import Role, Scope
from teams.services import move_team, place_unit
from tests import factories
from tests.factories import PEAK_DAY

EVENTS = "/api/v1/events/"


def bearer(*scopes, **where) -> APIClient:
    _token, key = factories.token(*(scopes or [Scope.STATS_READ]), **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def read(client, **params) -> dict:
    response = client.get(EVENTS, params)
    assert response.status_code == 200, response.text
    return response.json()


def told(client, **params) -> list[tuple]:
    return [(event["team"], event["day"], event["campaign"]) for event in read(client, **params)["events"]]


def changed(*sessions) -> None:
    tallies.refresh({Slice(session.day, session.team_id) for session in sessions})


@pytest.fixture
def world(world):
    world.campaign = factories.campaign("CAO-DIEM", owner=world.city)
    world.session = factories.session(world.team, campaign=world.campaign)
    world.session_vl = factories.session(world.team_vinh_loc)
    world.session_bank = factories.session(world.team_bank)
    return world


@pytest.fixture
def city(world) -> APIClient:
    return bearer(unit=world.city)


# --- what is told -----------------------------------------------------------------------------------------------------
def test_event_tells_when_whose_and_where_to_ask(world, city):
    factories.log(world.session, factories.service("DVC-NOP"), people=3)
    before = timezone.now()
    changed(world.session)
    (event,) = read(city)["events"]
    at = dt.datetime.fromisoformat(event["at"])
    assert before <= at <= timezone.now()
    assert event["id"] == round(at.timestamp() * 1_000_000)
    assert {name: event[name] for name in ("type", "day", "team", "unit", "campaign")} == {
        "type": "figures.changed",
        "day": "2023-03-26",
        "team": "TO-TT",
        "unit": "BC-TT",
        "campaign": "CAO-DIEM",
    }
    assert city.get(event["stats"]).json()["rows"] == [{"team": "TO-TT", "people": 3, "service_turns": 3}]


def test_slice_that_changes_again_moves_to_the_end_as_one_row(world, city):
    changed(world.session)
    changed(world.session_vl)
    changed(world.session)
    assert [team for team, _day, _campaign in told(city)] == ["TO-VL", "TO-TT"]
    assert FigureEvent.objects.count() == 2


def test_reader_goes_on_after_what_it_knows(world, city):
    changed(world.session)
    first = read(city)
    assert read(city, after=first["after"]) == first | {"events": []}
    changed(world.session_bank)
    assert told(city, after=first["after"]) == [("TO-NH", "2023-03-26", None)]


def test_latest_starts_from_now(world, city):
    changed(world.session)
    start = read(city, after="latest")
    assert start["events"] == []
    changed(world.session_vl)
    assert [team for team, *_rest in told(city, after=start["after"])] == ["TO-VL"]


def test_campaign_whose_last_session_is_taken_back_is_told(world, city):
    changed(world.session)
    start = read(city)["after"]
    factories.void(world.session)
    changed(world.session)
    assert not DayTally.objects.exists()
    assert told(city, after=start) == [("TO-TT", "2023-03-26", "CAO-DIEM")]


def test_slice_without_anything_ever_is_not_told(world, city):
    factories.void(world.session)
    changed(world.session)
    assert told(city) == []


def test_each_campaign_of_a_slice_is_told(world, city):
    changed(world.session, factories.session(world.team))
    assert sorted(told(city), key=str) == [("TO-TT", "2023-03-26", "CAO-DIEM"), ("TO-TT", "2023-03-26", None)]


def test_structure_moves_when_the_organisation_does(world, city):
    before = read(city)["structure"]
    changed(world.session)
    assert read(city)["structure"] == before
    move_team(team=world.team, unit=world.vinh_loc, since=PEAK_DAY, by=None)
    assert read(city)["structure"] != before


# --- narrower questions -----------------------------------------------------------------------------------------------
def test_unit_campaign_and_days_narrow_the_feed(world, city):
    later = factories.session(world.team, PEAK_DAY + dt.timedelta(days=7))
    changed(world.session, world.session_vl, world.session_bank, later)
    assert {team for team, *_rest in told(city, unit="BC")} == {"TO-TT", "TO-VL"}
    assert told(city, campaign="CAO-DIEM") == [("TO-TT", "2023-03-26", "CAO-DIEM")]
    assert told(city, **{"from": "2023-03-27"}) == [("TO-TT", "2023-04-02", None)]
    assert len(told(city, to="2023-03-26")) == 3


def test_campaign_stands_for_all_that_it_contains(world, city):
    month = factories.campaign("THANG-TN", owner=world.city)
    factories.Campaign.objects.filter(pk=world.campaign.pk).update(parent=month)
    changed(world.session, world.session_vl)
    assert told(city, campaign="THANG-TN") == [("TO-TT", "2023-03-26", "CAO-DIEM")]


# --- pages ------------------------------------------------------------------------------------------------------------
def follow(client, **params) -> list[dict]:
    found, address = [], EVENTS
    while address:
        page = client.get(address, params if address == EVENTS else {}).json()
        found += page["events"]
        address = page["next"]
    return found


def test_pages_together_hold_each_event_once_in_order(world, city):
    for session in (world.session, world.session_vl, world.session_bank):
        changed(session)
    found = follow(city, limit=1)
    assert [event["team"] for event in found] == ["TO-TT", "TO-VL", "TO-NH"]
    assert [event["id"] for event in found] == sorted({event["id"] for event in found})


def test_changes_of_one_moment_are_never_parted_by_a_page(world, city):
    """The cursor is a number: a page that ended within one would lose the rest of it."""
    changed(world.session_vl)
    changed(world.session, world.session_bank)
    page = read(city, limit=2)
    assert len(page["events"]) == 3
    assert page["next"] is None


def test_row_that_moves_while_somebody_pages_is_told_again_and_none_is_lost(world, city):
    for session in (world.session, world.session_vl, world.session_bank):
        changed(session)
    first = read(city, limit=1)
    changed(world.session_vl)  # was next
    rest = follow(city, after=first["after"], limit=1)
    assert [event["team"] for event in [*first["events"], *rest]] == ["TO-TT", "TO-NH", "TO-VL"]


def test_many_slices_together_are_numbered_in_bounded_pieces(world):
    days = [PEAK_DAY + dt.timedelta(days=number) for number in range(MOST_OF_A_NUMBER + 3)]
    DayTally.objects.bulk_create([DayTally(team=world.team, day=day, state="provisional") for day in days])
    record([Slice(day, world.team.pk) for day in days])
    numbers = list(FigureEvent.objects.order_by("day").values_list("number", flat=True))
    assert len(set(numbers)) == 2
    assert numbers == sorted(numbers)


# --- faults -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("params", "name", "code"),
    [
        ({"after": "-1"}, "after", "invalid"),
        ({"after": "x"}, "after", "invalid"),
        ({"after": "9" * 18}, "after", "ahead"),
        ({"after": "9" * 19}, "after", "invalid"),
        ({"limit": "0"}, "limit", "out_of_range"),
        ({"limit": "1001"}, "limit", "out_of_range"),
        ({"by": "unit"}, "by", "unknown_parameter"),
        ({"campaign": "KHONG-CO"}, "campaign", "unknown_code"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(city, params, name, code):
    response = city.get(EVENTS, params)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["parameter"], error["code"]) == (name, code)


def test_number_from_before_a_backup_was_restored_is_not_answered_with_nothing_new(world, city):
    changed(world.session)
    known = read(city)["after"]
    FigureEvent.objects.update(number=known - 1000)
    assert city.get(EVENTS, {"after": known}).status_code == 400


def test_numbers_grow_although_the_clock_is_set_back(world, city):
    ahead = 4_000_000_000_000_000  # the year 2096
    Revision.objects.update_or_create(name=COUNTER, defaults={"number": ahead})
    changed(world.session)
    assert FigureEvent.objects.get().number == ahead + 1


# --- ETag -------------------------------------------------------------------------------------------------------------
def test_unchanged_feed_is_304_and_costs_no_look_at_the_events(world, city, django_assert_max_num_queries):
    changed(world.session)
    tag = {"If-None-Match": city.get(EVENTS).headers["ETag"]}
    with django_assert_max_num_queries(6) as asked:
        assert city.get(EVENTS, headers=tag).status_code == 304
    assert not [query for query in asked.captured_queries if "figureevent" in query["sql"]]
    changed(world.session)
    assert city.get(EVENTS, headers=tag).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_feed_takes_the_same_number_of_queries_for_any_number_of_events(world, city, count, django_assert_num_queries):
    changed(*[world.session, world.session_vl, world.session_bank][:count])
    read(city)
    with django_assert_num_queries(QUERIES):
        assert len(read(city)["events"]) == count


QUERIES = 7


def test_feed_is_read_only(world, city, no_writes):
    changed(world.session)
    read(city)
    with no_writes():
        read(city)


# --- who is told ------------------------------------------------------------------------------------------------------
def test_token_of_a_subtree_is_told_of_its_subtree_only(world):
    changed(world.session, world.session_vl, world.session_bank)
    assert {team for team, *_rest in told(bearer(unit=world.binh_chanh))} == {"TO-TT", "TO-VL"}
    assert {team for team, *_rest in told(bearer(unit=world.bank))} == {"TO-NH"}


def test_token_of_a_team_is_told_of_its_team_only_and_asks_without_a_unit(world):
    changed(world.session, world.session_vl)
    client = bearer(team=world.team)
    (event,) = read(client)["events"]
    assert event["team"] == "TO-TT"
    assert "unit=" not in event["stats"]
    assert client.get(event["stats"]).status_code == 200


def test_work_is_told_to_whom_the_team_belonged_on_the_day(world):
    changed(world.session)
    move_team(team=world.team, unit=world.bank, since=PEAK_DAY + dt.timedelta(days=1), by=None)
    assert told(bearer(unit=world.banks)) == []
    assert [team for team, *_rest in told(bearer(unit=world.binh_chanh))] == ["TO-TT"]


def test_unit_that_moves_takes_only_later_days_with_it(world):
    later = factories.session(world.team, PEAK_DAY + dt.timedelta(days=7))
    changed(world.session, later)
    place_unit(unit=world.tan_tuc, parent=world.banks, since=PEAK_DAY + dt.timedelta(days=1), by=None)
    assert [day for _team, day, _campaign in told(bearer(unit=world.banks))] == ["2023-04-02"]
    assert [day for _team, day, _campaign in told(bearer(unit=world.binh_chanh))] == ["2023-03-26"]


def test_subtree_learns_nothing_from_numbers_of_how_much_happens_elsewhere(world):
    """Between two own events lies the time, whatever else was told meanwhile."""
    client, numbers = bearer(unit=world.bank), []
    for others in (0, 30):
        for _number in range(others):
            record([Slice(world.session.day, world.team.pk)])
        changed(world.session_bank)
        (event,) = read(client)["events"]
        at = dt.datetime.fromisoformat(event["at"])
        numbers.append((event["id"], round(at.timestamp() * 1_000_000)))
    assert all(number == when for number, when in numbers)


@pytest.mark.parametrize("unit", ["BC", "TD", "KHONG-CO"])
def test_unit_of_others_is_as_unknown_as_one_that_does_not_exist(world, unit):
    response = bearer(unit=world.banks).get(EVENTS, {"unit": unit})
    assert (response.status_code, response.json()["code"]) == (404, "unknown_unit")


def everything(client) -> list[tuple]:
    """What a reader can learn from the feed, by any number that it may try."""
    head = read(client)["after"]
    tries = ["0", "latest", str(head - 1), str(head), str(head + 1), str(head + 10**9), "9" * 18]
    answers = [client.get(EVENTS, {"after": after, "limit": limit}) for after in tries for limit in (1, 200)]
    return [(answer.status_code, answer.headers.get("ETag"), answer.content) for answer in answers]


def test_work_elsewhere_changes_no_byte_of_the_feed(world):
    changed(world.session_bank, world.session)
    client = bearer(unit=world.bank)
    before = everything(client)
    assert {status for status, *_rest in before} == {200, 400}
    changed(world.session, world.session_vl)
    changed(world.session)
    assert everything(client) == before
    changed(world.session_bank)
    assert everything(client) != before


def test_token_whose_figures_are_published_is_told_nothing(world):
    changed(world.session)
    assert bearer(unit=world.city, is_public=True).get(EVENTS).status_code == 403


def test_etag_of_the_city_opens_nothing_to_a_subtree(world, city):
    changed(world.session)
    tag = {"If-None-Match": city.get(EVENTS).headers["ETag"]}
    response = bearer(unit=world.banks).get(EVENTS, headers=tag)
    assert (response.status_code, response.json()["events"]) == (200, [])


def test_without_the_right_or_a_token_the_feed_is_closed(world, api):
    assert api.get(EVENTS).status_code == 401
    assert bearer(Scope.ORG_READ, unit=world.city).get(EVENTS).status_code == 403
    api.force_login(factories.user(role=Role.API_CLIENT, unit=world.city))
    assert api.get(EVENTS).status_code == 403


# --- order under concurrency ------------------------------------------------------------------------------------------
class Worker(threading.Thread):
    """Changes one slice, and commits when it is told to."""

    def __init__(self, session):
        super().__init__()
        self.session = session
        self.recorded, self.may_commit, self.faults = threading.Event(), threading.Event(), []

    def run(self):
        try:
            with transaction.atomic():
                changed(self.session)
                self.recorded.set()
                assert self.may_commit.wait(20)
        except Exception as error:  # a thread's error must fail the test
            self.faults.append(error)
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_end_in_the_order_of_their_numbers():
    """The first worker has its number and dawdles; the second cannot overtake it, so no reader ever passes the gap."""
    world = factories.small_city()
    city = bearer(unit=world.city)
    slow, quick = (Worker(factories.session(team)) for team in (world.team, world.team_vinh_loc))
    quick.may_commit.set()
    slow.start()
    assert slow.recorded.wait(20)
    quick.start()
    assert not quick.recorded.wait(0.5), "the second number was drawn before the first was committed"
    between = read(city)
    assert between["events"] == []
    slow.may_commit.set()
    for worker in (slow, quick):
        worker.join(20)
        assert worker.faults == []
    assert [team for team, *_rest in told(city, after=between["after"])] == ["TO-TT", "TO-VL"]


@pytest.mark.django_db(transaction=True)
def test_reader_beside_workers_at_once_ends_knowing_every_last_change():
    world = factories.small_city()
    city = bearer(unit=world.city)
    sessions = [factories.session(team) for team in (world.team, world.team_vinh_loc, world.team_bank)]
    faults: list = []

    def work(seed):
        rng = random.Random(seed)
        try:
            for _number in range(30):
                changed(*rng.sample(sessions, rng.randint(1, 3)))
        except Exception as error:  # a thread's error must fail the test
            faults.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=[seed]) for seed in range(3)]
    for worker in workers:
        worker.start()
    after, last_told, seen = 0, {}, []
    while True:
        still_working = any(worker.is_alive() for worker in workers)
        page = read(city, after=after, limit=2)
        after = page["after"]
        for event in page["events"]:
            last_told[event["team"]] = event["id"]
            seen.append(event["id"])
        if not still_working and not page["events"]:
            break
    assert faults == []
    assert seen == sorted(seen)
    assert last_told == dict(FigureEvent.objects.values_list("team__code", "number"))
