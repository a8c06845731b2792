"""The pages of reorganisations: from a draft to done and back, by a worker, for city staff alone."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from core.jobs.models import Job, JobState
from core.jobs.running import run
from reports import reorganised as figures
from reports import tallies
from teams.access import access_of_user
from teams.models import Reorganisation, ReorganisationState, Team, Unit
from teams.permissions import Role
from teams.reorganising import services
from teams.services import move_team
from tests import factories
from tests.dying import Killed, dies_at
from tests.teams.reorganised import DAY, LAST, WHY, approved, carried_out, drafted, executed, organisation, previewed

pytestmark = pytest.mark.django_db
MERGE = ("merge", {"units": ["BC-TT"], "into": "BC-VL"})


@pytest.fixture
def staff(client, world):
    client.force_login(world.city_staff)
    return client


def page(name: str, made, *args) -> str:
    return reverse(f"reorganise:{name}", args=[made.pk, *args])


def ordered(client, name: str, made, **data) -> Job:
    """Press the button, and let a worker do it."""
    client.post(page(name, made), {"key": str(uuid.uuid4()), **data})
    job = Job.objects.order_by("-pk")[0]
    run(job.pk)
    job.refresh_from_db()
    made.refresh_from_db()
    return job


# --- the whole way ----------------------------------------------------------------------------------------------------
def test_way_from_a_new_draft_to_done_and_back(staff, world):
    before = organisation()
    staff.post(
        reverse("reorganise:new"), {"name": "Sáp nhập hai xã", "effective_on": DAY.isoformat(), "source": "QĐ 1"}
    )
    made = Reorganisation.objects.get()
    assert made.author == world.city_staff
    form = {"unit_1": "Đoàn thị trấn Tân Túc · BC-TT", "into": "doan xa vinh loc a", "keeps_people": "on"}
    assert staff.post(page("step_new", made, "merge"), form).status_code == 302
    assert ordered(staff, "preview", made).message == "Chạy thử xong: có thể duyệt."
    staff.post(page("approve", made), {"note": WHY})
    assert ordered(staff, "execute", made).state == JobState.DONE
    assert made.state == ReorganisationState.EXECUTED
    assert world.team.home_on(DAY).code == "BC-VL"
    assert "Đã thực hiện" in staff.get(page("detail", made)).text
    assert ordered(staff, "undo", made, reason=WHY).state == JobState.DONE
    assert (made.state, organisation()) == (ReorganisationState.UNDONE, before)


def test_dry_run_shows_what_changes_and_the_totals_of_both_views(staff, world):
    factories.log(factories.session(world.team), factories.service("DVC-NOP"), people=1234)
    tallies.rebuild()
    made = previewed(world.city_staff, MERGE)
    shown = staff.get(page("detail", made))
    [people] = [row for row in shown.context["totals"] if row["label"] == "Lượt người"]
    assert (people["cells"], people["is_equal"]) == ([1234] * 4, True)
    assert "1.234" in shown.text
    assert "đơn vị cũ về trọn" in shown.text


def test_what_was_tried_out_again_since_the_page_was_read_is_not_approved(staff, world):
    made = previewed(world.city_staff, MERGE)
    seen = made.preview["digest"]
    assert f'name="seen" value="{seen}"' in staff.get(page("detail", made)).text
    staff.post(page("approve", made), {"note": WHY, "seen": "khác"})
    made.refresh_from_db()
    assert made.state == ReorganisationState.DRAFT
    staff.post(page("approve", made), {"note": WHY, "seen": seen})
    made.refresh_from_db()
    assert made.state == ReorganisationState.APPROVED


def test_page_tells_whoever_has_written_any_of_it_that_it_is_the_own_work(client, world):
    made = drafted(world.city_staff, MERGE)
    helper, third = (factories.user(role=Role.CITY_STAFF, unit=world.city) for _person in range(2))
    extra = ("open", {"code": "PX-1", "name": "Đoàn PX-1", "kind": "commune", "block": "territory", "parent": "TD"})
    services.add_steps(reorganisation=made, added=[extra], access=access_of_user(helper))
    services.preview(reorganisation=made, access=access_of_user(third), figures=figures)
    told = {}
    for user in (world.city_staff, helper, third):
        client.force_login(user)
        told[user] = "Bạn là người soạn cuộc này." in client.get(page("detail", made)).text
    assert told == {world.city_staff: True, helper: True, third: False}
    client.force_login(helper)
    client.post(page("approve", made), {"note": ""})
    made.refresh_from_db()
    assert made.state == ReorganisationState.DRAFT


def test_problems_of_the_dry_run_are_told_and_nothing_can_be_approved(staff, world):
    made = drafted(world.city_staff, ("close", {"unit": "BC"}))
    assert ordered(staff, "preview", made).message == "Chạy thử xong: còn 2 điều phải sửa."
    shown = staff.get(page("detail", made)).text
    assert "chưa biết về đâu" in shown
    assert "Duyệt kết quả chạy thử" not in shown


def test_job_that_is_refused_says_why_on_the_page_of_the_operation(staff, world):
    made = approved(world.city_staff, MERGE)
    factories.team("MOI", unit=world.tan_tuc)
    job = ordered(staff, "execute", made)
    assert (job.state, made.state) == (JobState.FAILED, ReorganisationState.APPROVED)
    assert "Tổ chức đã thay đổi" in staff.get(page("detail", made)).text


def test_order_sent_twice_is_one_job(staff, world):
    made, key = drafted(world.city_staff, MERGE), str(uuid.uuid4())
    for _time in range(2):
        staff.post(page("preview", made), {"key": key})
    assert Job.objects.filter(kind="reorganise.preview").count() == 1


# --- a worker that dies, a job that is stopped ------------------------------------------------------------------------
def test_worker_killed_in_the_middle_leaves_it_undone_and_the_next_one_does_it(staff, world):
    made, before = approved(world.city_staff, MERGE), organisation()
    staff.post(page("execute", made), {"key": str(uuid.uuid4())})
    job = Job.objects.get(kind="reorganise.execute")
    with pytest.raises(Killed), dies_at(30):
        run(job.pk)
    made.refresh_from_db()
    assert (organisation(), made.state) == (before, ReorganisationState.APPROVED)
    Job.objects.filter(pk=job.pk).update(leased_until=job.ordered_at)
    run(job.pk)
    made.refresh_from_db()
    job.refresh_from_db()
    assert (made.state, job.state, job.deaths) == (ReorganisationState.EXECUTED, JobState.DONE, 1)


def test_job_stopped_before_a_worker_takes_it_changes_nothing(staff, world):
    made, before = approved(world.city_staff, MERGE), organisation()
    staff.post(page("execute", made), {"key": str(uuid.uuid4())})
    job = Job.objects.get(kind="reorganise.execute")
    staff.post(reverse("jobs:stop", args=[job.pk]))
    run(job.pk)
    assert organisation() == before


def test_worker_asks_for_the_right_at_the_time_of_the_work(staff, world):
    made = approved(world.city_staff, MERGE)
    staff.post(page("execute", made), {"key": str(uuid.uuid4())})
    world.city_staff.appointments.update(valid_to=LAST)
    job = Job.objects.get(kind="reorganise.execute")
    run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert Unit.objects.get(code="BC-TT").valid_to is None


# --- steps ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "form", "data"),
    [
        (
            "open",
            {"name": "Đoàn xã Mới", "code": "PX-1", "kind": "commune", "block": "territory", "parent": "TD"},
            {
                "code": "PX-1",
                "name": "Đoàn xã Mới",
                "kind": "commune",
                "block": "territory",
                "parent": "TD",
                "area": "",
            },
        ),
        ("move", {"unit": "BC-TT", "parent": "NH"}, {"unit": "BC-TT", "parent": "NH"}),
        ("rename", {"unit": "BC-TT", "name": "Tên mới"}, {"unit": "BC-TT", "name": "Tên mới"}),
        ("close", {"unit": "BC-TT"}, {"unit": "BC-TT"}),
        (
            "split",
            {"unit": "BC", "into_1": "BC-TT", "into_2": "BC-VL"},
            {"unit": "BC", "into": ["BC-TT", "BC-VL"], "closes": False},
        ),
    ],
)
def test_form_of_each_step_says_what_the_step_says(staff, world, kind, form, data):
    made = drafted(world.city_staff)
    assert "Có hiệu lực từ ngày" in staff.get(page("step_new", made, kind)).text
    assert staff.post(page("step_new", made, kind), form).status_code == 302
    assert made.steps.get().data == data
    staff.post(page("step_remove", made, made.steps.get().pk))
    assert not made.steps.exists()


def test_unit_that_nobody_knows_is_refused_and_nothing_typed_is_lost(staff, world):
    made = drafted(world.city_staff)
    shown = staff.post(page("step_new", made, "rename"), {"unit": "Đoàn xã Không Có", "name": "Tên rất mới"}).text
    assert "Không tìm thấy đơn vị “Đoàn xã Không Có”" in shown
    assert "Tên rất mới" in shown


def test_year_that_is_a_slip_of_the_hand_is_told_in_the_form(staff, world):
    typed = {"name": "Sáp nhập", "effective_on": "0001-01-01", "source": "QĐ 1"}
    assert "phải từ năm 1931 trở đi" in staff.post(reverse("reorganise:new"), typed).text
    assert not Reorganisation.objects.exists()


@pytest.mark.parametrize("day", [dt.date(1, 1, 1), dt.date(25, 7, 1)])
def test_draft_of_such_a_year_from_before_opens_says_why_and_can_only_be_discarded(staff, world, day):
    made = drafted(world.city_staff, ("rename", {"unit": "BC-TT", "name": "Đoàn xã Tân Túc"}))
    Reorganisation.objects.update(effective_on=day)
    shown = staff.get(page("detail", made))
    assert "phải từ năm 1931 trở đi" in shown.text
    assert page("discard", made) in shown.text
    assert page("preview", made) not in shown.text
    elsewhere = [staff.get(page("step_new", made, "rename"), follow=True), staff.get(page("decide", made), follow=True)]
    elsewhere.append(staff.post(page("preview", made), follow=True))
    for each in elsewhere:
        assert (each.request["PATH_INFO"], each.status_code) == (page("detail", made), 200)
    staff.post(page("discard", made))
    assert not Reorganisation.objects.exists()


def test_step_of_a_kind_that_there_is_not_is_not_there(staff, world):
    assert staff.get(page("step_new", drafted(world.city_staff), "burn")).status_code == 404


# --- deciding ---------------------------------------------------------------------------------------------------------
def test_teams_without_a_place_are_listed_and_placed_many_at_once(staff, world):
    second = factories.team("XK-2", unit=world.tan_tuc)
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    shown = staff.get(page("decide", made))
    assert shown.text.count("Chưa xác định") == 2
    chosen = [f"teams-{world.team.pk}", f"teams-{second.pk}"]
    staff.post(page("decide", made), {"rows": chosen, "into": "BC-VL"})
    assert {team.home_on(DAY).code for team in Team.objects.filter(pk__in=[world.team.pk, second.pk])} == {"BC-VL"}


def test_decision_on_a_draft_is_kept_and_can_be_taken_back(staff, world):
    made = previewed(world.city_staff, ("close", {"unit": "BC-TT"}))
    row = f"teams-{world.team.pk}"
    staff.post(page("decide", made), {"rows": [row], "into": "NH"})
    assert made.decisions.get().into == "NH"
    assert " · NH" in staff.get(page("decide", made)).text
    staff.post(page("decide", made), {"rows": [row], "undecide": "1"})
    assert not made.decisions.exists()


def test_choice_that_says_too_little_is_told_and_what_was_chosen_stays(staff, world):
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    row = f"teams-{world.team.pk}"
    shown = staff.post(page("decide", made), {"rows": [row], "into": "khong co"}).text
    assert "Không tìm thấy đơn vị “khong co”" in shown
    assert f'value="{row}" checked' in shown
    assert "Hãy chọn ít nhất một" in staff.post(page("decide", made), {"into": "NH"}).text


def test_team_that_got_a_home_on_its_own_page_is_not_waited_for_any_more(staff, world):
    second = factories.team("XK-2", unit=world.tan_tuc)
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    before = staff.get(page("decide", made)).text
    move_team(team=world.team, unit=world.vinh_loc, since=DAY, by=None)
    # From a later day on only: for the days before it is waited for.
    move_team(team=second, unit=world.vinh_loc, since=DAY + dt.timedelta(days=9), by=None)
    shown = staff.get(page("detail", made))
    assert [row["key"] for row in shown.context["waiting"]["teams"]] == [second.pk]
    assert "không còn chờ xếp" in shown.text
    row = f"teams-{world.team.pk}"
    assert (row in before, row in staff.get(page("decide", made)).text) == (True, False)
    # Chosen on a page that was opened before.
    told = staff.post(page("decide", made), {"rows": [row], "into": "NH"}, follow=True).text
    assert "Các đội hình này đã có nơi về." in told
    assert "Đã ghi quyết định" not in told


def test_team_whose_place_was_decided_before_is_not_placed_again_and_it_is_said(staff, world):
    made = drafted(world.city_staff, ("close", {"unit": "BC-TT"}))
    access = access_of_user(world.city_staff)
    services.decide(reorganisation=made, teams=[world.team.pk], into="NH", access=access)
    carried_out(made, access)
    chosen = {"rows": [f"teams-{world.team.pk}"], "into": "BC-VL"}
    told = staff.post(page("decide", made), chosen, follow=True).text
    assert "Các đội hình này đã có nơi về." in told
    assert "Đã ghi quyết định" not in told
    assert world.team.home_on(DAY).code == "NH"


@pytest.mark.parametrize("count", [1, 3])
def test_teams_waited_for_cost_the_same_however_many_they_are(staff, world, django_assert_num_queries, count):
    for number in range(count):
        factories.team(f"XK-{number}", unit=world.tan_tuc)
    made = executed(world.city_staff, ("close", {"unit": "BC-TT"}))
    with django_assert_num_queries(9):
        staff.get(page("decide", made))


# --- the reforms that come with the portal ----------------------------------------------------------------------------
def test_reforms_are_offered_and_say_what_is_missing_for_them(staff, world):
    assert "Tải cuộc sắp xếp 2025" in staff.get(reverse("reorganise:list")).text
    shown = staff.post(reverse("reorganise:prepare"), follow=True).text
    assert "Hãy gắn địa bàn cho các đơn vị" in shown


# --- lists, rights ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_however_long_it_is(staff, world, django_assert_num_queries, count):
    for number in range(count):
        drafted(world.city_staff, name=f"Cuộc {number}")
    with django_assert_num_queries(6):
        shown = staff.get(reverse("reorganise:list"))
    assert len(shown.context["page"].object_list) == count


@pytest.mark.parametrize("who", ["unit_staff", "leader", "viewer"])
def test_pages_are_for_who_may_reorganise_the_whole_city(client, world, who):
    made = drafted(world.city_staff, MERGE)
    client.force_login(getattr(world, who))
    for address in (reverse("reorganise:list"), page("detail", made), page("decide", made)):
        assert client.get(address).status_code == 403
    for name in ("preview", "approve", "execute", "undo", "reopen", "discard"):
        assert client.post(page(name, made)).status_code == 403
    assert not Job.objects.filter(kind__startswith="reorganise").exists()


def test_looking_writes_nothing(staff, world, no_writes):
    made = previewed(world.city_staff, MERGE)
    with no_writes():
        for address in (reverse("reorganise:list"), page("detail", made), page("decide", made), page("discard", made)):
            assert staff.get(address).status_code == 200


def test_draft_that_is_not_wanted_is_discarded_and_one_that_was_done_is_not(staff, world):
    made = drafted(world.city_staff, MERGE)
    staff.post(page("discard", made))
    assert not Reorganisation.objects.exists()
    done = executed(world.city_staff, MERGE)
    staff.post(page("discard", done))
    assert Reorganisation.objects.get() == done


def test_draft_of_one_that_was_done_and_undone_is_kept_and_it_is_said_why(staff, world):
    made, access = executed(world.city_staff, MERGE), access_of_user(world.city_staff)
    services.undo(reorganisation=made, access=access, reason=WHY)
    services.reopen(reorganisation=made, access=access)
    assert page("discard", made) not in staff.get(page("detail", made)).text
    assert "từng được thực hiện" in staff.post(page("discard", made), follow=True).text
    assert Reorganisation.objects.get() == made
    assert page("discard", other := drafted(world.city_staff, MERGE)) in staff.get(page("detail", other)).text


def test_page_of_a_unit_names_what_it_came_from_and_what_it_became(staff, world):
    executed(world.city_staff, MERGE)
    for code, told in (("BC-TT", "kế thừa"), ("BC-VL", "tiền thân")):
        unit = Unit.objects.get(code=code)
        shown = staff.get(reverse("admin:teams_unit_change", args=[unit.pk])).text
        assert f"đơn vị {told}" in shown.casefold()
        assert "Sắp xếp thử" in shown
