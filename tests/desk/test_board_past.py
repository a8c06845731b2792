"""The board of a past day after teams have changed units: figures, lists and links by the tree of that day.

Tân Túc's team works on the peak day and leaves Bình Chánh for the banks the day after, by itself or with its unit. On
the peak day it is Bình Chánh's, for whoever reads: those who have it since find it where it is theirs.
"""

import datetime as dt
import re

import pytest
from django.urls import reverse

from core.dated import DAY, today
from desk.board.question import Board
from teams.access import access_of_user
from teams.permissions import Role
from teams.services import move_team, place_unit
from tests import factories
from tests.desk.boards import columns, planned, seen, stands_out, work
from tests.desk.test_board_pages import look
from tests.factories import PEAK_DAY, local
from tests.teams.reorganised import executed

pytestmark = pytest.mark.django_db
SINCE = PEAK_DAY + DAY
NOON_AFTER = local(SINCE, 12)
REARRANGED = "Số liệu và danh sách theo tổ chức của ngày này"

LOSER, WINNER, CITY = ("unit_staff", "viewer"), ("bank_staff",), ("city_staff",)
WAYS = ["team", "unit", "merge", "rename"]


@pytest.fixture(autouse=True)
def always_drawn_anew(settings):
    settings.BOARD_SECONDS = 0


@pytest.fixture
def plan(world):
    """The team has a plan, a shift that stands out and a phone with something on it; Vĩnh Lộc and a bank work too."""
    plan = planned(world)
    plan.shift = work(plan, plan.team, 3, point=plan.point)
    stands_out(plan.shift)
    work(plan, plan.team_vinh_loc, 5)
    work(plan, plan.team_bank, 7)
    for team in (plan.team, plan.team_vinh_loc, plan.team_bank):
        factories.device_report(team, plan.leader, unsent=1)
    return plan


def rearrange(plan, how: str) -> None:
    by = plan.city_staff
    if how == "team":
        move_team(team=plan.team, unit=plan.bank, since=SINCE, by=None)
    elif how == "unit":
        place_unit(unit=plan.tan_tuc, parent=plan.banks, since=SINCE, by=None)
    elif how == "merge":
        executed(by, ("merge", {"units": ["BC-TT"], "into": "NH-01"}), day=SINCE)
    else:
        moved = ("move", {"unit": "BC-TT", "parent": "NH"})
        executed(by, ("rename", {"unit": "BC-TT", "name": "Đoàn khu mới Tân Túc"}), moved, day=SINCE)


@pytest.fixture(params=WAYS)
def moved(plan, request):
    rearrange(plan, request.param)
    return plan


def told(user, day=PEAK_DAY, **chosen) -> dict:
    """What the parts of the board say of a day, side by side."""
    figures = {row["label"]: row["value"] for row in seen("figures", user, day=day, **chosen).rows}
    silent = seen("silent", user, day=day, **chosen)
    return {
        "people": figures["Lượt người"],
        "sessions": figures["Ca hỗ trợ"],
        "listed": len(seen("sessions", user, day=day, **chosen).rows),
        "reviewed": seen("review", user, day=day, **chosen).more["total"],
        "sent": silent.more["deployed"],
        "reporting": silent.more["reporting"],
        "flags": len(seen("flags", user, day=day, **chosen).rows),
    }


# --- figures and lists ------------------------------------------------------------------------------------------------
BY_READER = {
    "city_staff": {"people": 15, "sessions": 3, "listed": 3, "reviewed": 3, "sent": 3, "reporting": 3, "flags": 2},
    "unit_staff": {"people": 8, "sessions": 2, "listed": 2, "reviewed": 2, "sent": 2, "reporting": 2, "flags": 2},
    "viewer": {"people": 8, "sessions": 2, "listed": 2, "reviewed": 2, "sent": 2, "reporting": 2, "flags": 2},
    "bank_staff": {"people": 7, "sessions": 1, "listed": 1, "reviewed": 1, "sent": 1, "reporting": 1, "flags": 0},
}


@pytest.mark.parametrize("who", BY_READER)
def test_lists_of_a_past_day_are_of_the_teams_that_its_figures_are_of(moved, who):
    assert told(getattr(moved, who)) == BY_READER[who]


@pytest.mark.parametrize("who", BY_READER)
def test_a_past_day_reads_as_before_the_change(plan, who):
    before = told(getattr(plan, who))
    rearrange(plan, "merge")

    assert told(getattr(plan, who)) == before


@pytest.mark.parametrize(("who", "sent", "people"), [("unit_staff", 1, 0), ("bank_staff", 1, 4), ("city_staff", 2, 4)])
def test_from_the_day_of_the_change_on_the_team_is_the_new_unit_s(moved, who, sent, people):
    campaign_day = factories.campaign_day(moved.campaign_day.campaign, SINCE)
    for team in (moved.team, moved.team_vinh_loc):
        factories.deployment(team, campaign_day)
    work(moved, moved.team, 4, day=SINCE)

    found = told(getattr(moved, who), day=SINCE)

    assert (found["sent"], found["people"], found["listed"]) == (sent, people, 1 if people else 0)


@pytest.mark.parametrize("who", ["unit_staff", "bank_staff"])
def test_points_and_map_count_the_plans_of_the_same_teams(moved, who):
    is_his = who == "unit_staff"
    points = seen("points", getattr(moved, who))

    assert columns(points, "label", "people") == ([("Một cửa Tân Túc", 3)] if is_his else [])


def test_a_plan_that_nobody_answered_is_told_to_whose_it_was(plan):
    """Of the peak day: the team of Vĩnh Lộc has one more, which sent nothing, and goes to the banks."""
    silent = factories.team("TO-IM", unit=plan.vinh_loc)
    factories.deployment(silent, plan.campaign_day)
    move_team(team=silent, unit=plan.bank, since=SINCE, by=None)

    assert columns(seen("silent", plan.unit_staff), "label", "unit") == [(silent.name, str(plan.vinh_loc))]
    assert list(seen("silent", plan.bank_staff).rows) == []


def test_what_a_team_will_do_under_another_unit_is_not_told_to_it_before(plan):
    """The banks get the team in ten days, and its plan of that day with it; until then it is not theirs to see."""
    then = today() + 10 * DAY
    factories.deployment(plan.team, factories.campaign_day(plan.campaign_day.campaign, then))
    move_team(team=plan.team, unit=plan.bank, since=then, by=None)

    assert told(plan.bank_staff, day=then)["sent"] == 0
    assert told(plan.city_staff, day=then)["sent"] == 1


def test_a_team_without_a_unit_counts_for_the_whole_city_in_lists_too(plan):
    nowhere = factories.team("TO-LE", unit=None)
    factories.deployment(nowhere, plan.campaign_day)
    work(plan, nowhere, 2)

    of_all, of_the_root = told(plan.city_staff), told(plan.city_staff, unit=plan.city)

    assert of_all == of_the_root
    assert (of_all["people"], of_all["listed"], of_all["sent"]) == (17, 4, 4)


def test_who_leads_a_team_elsewhere_has_it_in_figures_and_lists(plan):
    factories.Appointment.objects.create(
        user=plan.viewer, role=Role.TEAM_LEADER, team=plan.team_bank, valid_from=factories.LONG_AGO
    )

    assert told(plan.viewer) == BY_READER["city_staff"]


# --- links ------------------------------------------------------------------------------------------------------------
# Of all that a board consists of, what leads to something: the other parts lead to where their figures come from.
LEADING = ("units", "teams", "silent", "sessions", "devices", "flags")


def dead_links(client, user, day: dt.date, **asked) -> list[str]:
    """Of the board, of its parts and of what they lead to: addresses of it that are not there."""
    waiting = [f"{reverse('dashboard:home')}?day={day.isoformat()}" + "".join(f"&{k}={v}" for k, v in asked.items())]
    waiting += [waiting[0].replace("/dashboard/?", f"/dashboard/w/{name}/?") for name in LEADING]
    first, known, dead = set(waiting), set(waiting), []
    client.force_login(user)
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        if answer.status_code != 200:
            dead.append(address)
        # Down to a team and from it to its shifts; pages of other days and their parts lead on for ever.
        elif address in first or address.startswith("/dashboard/team/"):
            links = re.findall(r'href="(/dashboard/[^"]*)"', answer.text)
            found = {link.replace("&amp;", "&") for link in links if "/csv/" not in link and "/svg/" not in link}
            waiting += found - known
            known |= found
    return dead


@pytest.mark.parametrize("who", ["unit_staff", "bank_staff"])
def test_no_link_of_a_past_day_leads_nowhere(client, moved, who):
    assert dead_links(client, getattr(moved, who), PEAK_DAY) == []


@pytest.mark.parametrize(("who", "how"), [("city_staff", "merge"), ("unit_staff", "rename"), ("bank_staff", "rename")])
def test_no_link_of_the_first_day_leads_nowhere(client, plan, who, how):
    rearrange(plan, how)
    work(plan, plan.team, 4, day=SINCE)

    assert dead_links(client, getattr(plan, who), SINCE) == []


@pytest.mark.parametrize(("who", "unit"), [("city_staff", "BC-TT"), ("unit_staff", "BC-TT"), ("bank_staff", "NH-01")])
def test_no_link_of_the_board_of_one_unit_leads_nowhere(client, plan, who, unit):
    rearrange(plan, "merge")

    assert dead_links(client, getattr(plan, who), PEAK_DAY, unit=unit) == []


def test_board_of_a_unit_is_set_against_no_peak_day_on_which_it_was_another_s(client, plan):
    """Its code is known on the peak day, and was not this reader's then."""
    rearrange(plan, "rename")

    response = look(client, plan.bank_staff, "home", day=SINCE.isoformat(), unit="BC-TT")

    assert response.status_code == 200
    assert seen("figures", plan.bank_staff, day=SINCE, unit=response.context["unit"]).rows[0]["against"] == ""


def test_the_day_before_a_unit_was_there_leads_to_the_whole_board(client, plan):
    factories.unit("BC-MOI", parent=plan.binh_chanh, since=SINCE)

    response = look(client, plan.unit_staff, "home", day=SINCE.isoformat(), unit="BC-MOI")

    assert response.context["yesterday"] == {"day": PEAK_DAY, "iso": PEAK_DAY.isoformat(), "unit": None}
    assert response.context["tomorrow"]["unit"] == "BC-MOI"
    assert dead_links(client, plan.unit_staff, SINCE, unit="BC-MOI") == []


def test_a_phone_leads_to_its_team_as_it_is_now(plan):
    """A phone is told of as of now: its team may not have been there on the day of the board."""
    young = factories.team("TO-MOI", unit=plan.vinh_loc, since=SINCE)
    gone = factories.team("TO-CU", unit=plan.vinh_loc)
    factories.device_report(young, plan.leader, unsent=1)
    factories.device_report(gone, plan.leader, unsent=1)
    gone.homes.update(valid_to=PEAK_DAY)
    type(gone).objects.filter(pk=gone.pk).update(valid_to=PEAK_DAY)

    found = dict(columns(seen("devices", plan.unit_staff, now=NOON_AFTER), "label", "url"))

    assert found[young.name] == f"/dashboard/team/TO-MOI/?day={SINCE.isoformat()}"
    assert found[gone.name] == ""


# --- a team, a unit ---------------------------------------------------------------------------------------------------
# reader: (team on the peak day, its shifts there, its phones), team on the day after, shift of the peak day
TEAM = {
    "city_staff": (200, 1, True, 200, 200),
    "unit_staff": (200, 1, False, 404, 200),
    "viewer": (200, 1, False, 404, 200),
    "bank_staff": (200, 0, True, 200, 404),
    "leader": (403, None, None, 403, 403),
    "nobody": (403, None, None, 403, 403),
}


@pytest.mark.parametrize("who", TEAM)
def test_team_and_shift_open_to_whose_they_were_on_the_day(client, moved, who):
    user = getattr(moved, who)
    then = look(client, user, "team", "TO-TT")
    after = look(client, user, "team", "TO-TT", day=SINCE.isoformat())
    cell = {"measure": "service_turns", "from": PEAK_DAY, "to": PEAK_DAY, "at_team": "TO-TT"}
    shift = client.get(reverse("dashboard:explain_session", args=[moved.shift.pk]), cell)

    status, shifts, phones, status_after, status_of_shift = TEAM[who]
    assert (then.status_code, after.status_code, shift.status_code) == (status, status_after, status_of_shift)
    if status == 200:
        assert (len(then.context["sessions"]), len(then.context["plans"])) == (shifts, shifts)
        assert ("Điện thoại của đội hình" in then.text) is phones


@pytest.mark.parametrize(
    ("who", "then", "after"),
    [("city_staff", 200, 200), ("unit_staff", 200, 404), ("viewer", 200, 404), ("bank_staff", 200, 200)],
)
def test_board_of_a_unit_opens_to_whose_it_was_on_the_day_or_is_today(client, plan, who, then, after):
    rearrange(plan, "unit")
    user = getattr(plan, who)

    assert look(client, user, "home", unit="BC-TT").status_code == then
    assert look(client, user, "home", day=SINCE.isoformat(), unit="BC-TT").status_code == after
    offered = {option["code"] for option in look(client, user, "home", day=SINCE.isoformat()).context["unit_options"]}
    assert ("BC-TT" in offered) is (after == 200)


def test_board_of_a_unit_that_comes_later_is_not_there_yet(client, plan):
    then = today() + 10 * DAY
    place_unit(unit=plan.tan_tuc, parent=plan.banks, since=then, by=None)

    assert look(client, plan.bank_staff, "home", day=then.isoformat(), unit="BC-TT").status_code == 404


# --- in words ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("who", "says"), [("city_staff", False), *((who, True) for who in (*LOSER, *WINNER))])
@pytest.mark.parametrize(("name", "args"), [("home", ()), ("widget", ("sessions",)), ("team", ("TO-TT",))])
def test_board_of_a_past_day_says_that_it_is_by_the_tree_of_that_day(client, moved, who, says, name, args):
    assert (REARRANGED in look(client, getattr(moved, who), name, *args).text) is says


def test_nothing_is_said_where_nothing_has_moved(client, plan):
    move_team(team=plan.team_bank, unit=plan.banks, since=SINCE, by=None)

    assert REARRANGED not in look(client, plan.unit_staff, "home").text
    assert REARRANGED not in look(client, plan.bank_staff, "home").text


def test_what_has_come_since_is_one_link_away(client, moved):
    board = Board(access_of_user(moved.bank_staff), PEAK_DAY, NOON_AFTER)
    client.force_login(moved.bank_staff)

    response = client.get(board.as_it_is_now)

    assert response.context["why"].figure == 10
    assert moved.team.name in response.text
