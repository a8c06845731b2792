"""The pages of the hand-out and of the jobs: who sees what, one order a form, progress, the file for one person."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core import choosing
from core.dated import DAY, today
from core.jobs import running
from core.jobs.models import Job
from core.models import AuditEvent
from desk.handout import forms
from services_help.models import ReviewPolicy
from teams.models import DevicePass
from tests import factories

pytestmark = pytest.mark.django_db
HOME, JOBS = reverse("handout:home"), reverse("jobs:list")


@pytest.fixture
def world(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    campaign = factories.campaign(owner=world.city, name="Ngày hoạt động cao điểm")
    world.day = factories.campaign_day(campaign, today())
    area = factories.area("27595", name="Xã Tân Túc")
    world.point = factories.point("D-1", unit=world.binh_chanh, area=area, name="Chợ Bình Chánh")
    for team in (world.team, world.team_vinh_loc, world.team_bank):
        factories.deployment(team, world.day, world.point if team == world.team else None)
    world.page = reverse("handout:day", args=[world.day.pk])
    return world


def filled(client, world, what="passes", page=None, **fields) -> dict:
    """The form as the page offers it, with what a test changes."""
    form = client.get(page or world.page).context[what]
    shown = {name: form[name].value() or "" for name in form.fields if name != "rows"}
    return {"what": what} | {f"{what}-{name}": value for name, value in (shown | fields).items()}


def ordered(client, world, **fields) -> Job:
    answer = client.post(world.page, filled(client, world, **fields))
    job = Job.objects.first()
    assert answer.url == reverse("jobs:job", args=[job.pk])
    return job


# --- choosing ---------------------------------------------------------------------------------------------------------
def test_first_page_offers_days_with_own_teams(client, world):
    factories.campaign_day(world.day.campaign, today() + DAY)  # nobody is sent yet
    client.force_login(world.unit_staff)
    page = client.get(HOME)
    assert [(day.pk, day.teams, day.points) for day in page.context["days"]] == [(world.day.pk, 2, 1)]
    assert set(page.context["units"]) == {world.binh_chanh, world.tan_tuc, world.vinh_loc}


def test_first_page_without_days_says_what_will_stand_there(client, world):
    client.force_login(world.bank_staff)
    world.day.deployments.all().delete()
    assert "Chưa có ngày nào sắp tới" in client.get(HOME).text


@pytest.mark.parametrize("count", [1, 3])
def test_first_page_takes_a_fixed_number_of_queries(client, world, count, django_assert_num_queries):
    for number in range(count - 1):
        day = factories.campaign_day(world.day.campaign, today() + (number + 1) * DAY)
        factories.deployment(world.team, day)
        Job.objects.create(kind="handout.passes", title="Thẻ", right="pass.issue", ordered_by=world.unit_staff)
    client.force_login(world.unit_staff)
    client.get(HOME)
    # user, appointments, the tree's roots; days, units, jobs
    with django_assert_num_queries(6):
        page = client.get(HOME)
    assert len(page.context["days"]) == count


def test_unit_is_chosen_without_javascript(client, world):
    client.force_login(world.unit_staff)
    answer = client.get(reverse("handout:choose_unit"), {"unit": world.tan_tuc.pk})
    assert answer.url == reverse("handout:unit", args=[world.tan_tuc.pk])
    assert client.get(answer.url).context["passes"].offered == 1
    for foreign in (world.banks.pk, "", "x"):
        assert client.get(reverse("handout:choose_unit"), {"unit": foreign}).status_code == 404


def test_page_of_a_day_offers_own_teams_and_points(client, world):
    client.force_login(world.unit_staff)
    page = client.get(world.page)
    assert (page.context["passes"].offered, page.context["posters"].offered) == (2, 1)
    assert "Tổ xung kích Tân Túc · Đoàn thị trấn Tân Túc" in page.text
    assert "Đội hình thanh toán số" not in page.text


# --- ordering ---------------------------------------------------------------------------------------------------------
def test_order_leads_to_the_page_of_its_job(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world)
    assert job.title == f"Thẻ đăng nhập máy · {today():%d/%m/%Y} · 2 đội"
    assert sorted(job.params["teams"]) == sorted([world.team.pk, world.team_vinh_loc.pk])
    assert job.params["base"] == "http://testserver/"
    assert "Đang chờ máy chủ nhận việc" in client.get(reverse("jobs:job", args=[job.pk])).text
    assert AuditEvent.objects.get(action="jobs.job_ordered").scope_unit == world.binh_chanh.pk


def test_form_that_was_longer_when_it_was_shown_is_refused_in_words(client, world):
    client.force_login(world.unit_staff)
    sent = filled(client, world, who="unit") | {"passes-unit": "doan"}
    page = client.post(world.page, sent)
    assert (page.status_code, list(page.context["passes"].errors)) == (200, ["who"])
    assert not Job.objects.exists()


def test_order_sent_twice_is_one_job(client, world):
    client.force_login(world.unit_staff)
    data = filled(client, world)
    assert client.post(world.page, data).url == client.post(world.page, data).url
    assert Job.objects.count() == 1


def test_order_for_some_teams(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world, who="some", rows=[world.team.pk])
    assert job.params["teams"] == [world.team.pk]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"who": "some"}, "rows"),
        ({"count": 0}, "count"),
        ({"layout": "khac"}, "layout"),
        ({"valid_to": "2020-01-01"}, "__all__"),
    ],
)
def test_impossible_order_is_told_on_the_form(client, world, fields, field):
    client.force_login(world.unit_staff)
    page = client.post(world.page, filled(client, world, **fields))
    assert list(page.context["passes"].errors) == [field]
    assert not page.context["posters"].is_bound
    assert Job.objects.count() == 0


def test_team_of_somebody_else_is_no_choice(client, world):
    client.force_login(world.unit_staff)
    page = client.post(world.page, filled(client, world, who="some", rows=[world.team_bank.pk]))
    assert list(page.context["passes"].errors) == ["rows"]


@pytest.mark.parametrize(
    ("from_today", "days", "lasts"),
    [
        (0, None, 3 + 3 + 1),  # the usual three days of review, as many to answer, and one more
        (5, None, 5 + 3 + 3 + 1),
        (0, 10, 10 + 10 + 1),  # the campaign has a deadline of its own
        (-30, None, 4),  # printed anew for a shift that was sent back late
        (300, 100, 366),  # no card lasts longer than a year
    ],
)
def test_cards_of_a_day_outlast_its_review(client, world, from_today, days, lasts):
    world.day.day = today() + from_today * DAY
    world.day.save()
    if days is not None:
        ReviewPolicy.objects.create(campaign=world.day.campaign, days=days)
    client.force_login(world.unit_staff)
    page = client.get(world.page)
    assert page.context["passes"]["valid_to"].value() == today() + lasts * DAY
    due = world.day.day + (days or 3) * DAY
    assert f"Để sẵn qua hạn duyệt {due:%d/%m/%Y} vài ngày, để đội trưởng còn xem được ca bị trả lại" in page.text


def test_cards_of_a_unit_last_a_month(client, world):
    client.force_login(world.unit_staff)
    page = client.get(reverse("handout:unit", args=[world.binh_chanh.pk]))
    assert page.context["passes"]["valid_to"].value() == today() + 30 * DAY
    assert "hạn duyệt" not in page.text


def test_posters_are_ordered_on_the_same_page(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world, what="posters", paper="A3")
    assert (job.kind, job.params["points"], job.params["paper"]) == ("handout.posters", [world.point.pk], "A3")


def test_page_warns_of_cards_that_a_new_sheet_ends(client, world):
    client.force_login(world.unit_staff)
    assert client.get(world.page).context["replaced"] == 0
    running.run(ordered(client, world).pk, 600)
    page = client.get(world.page)
    assert page.context["replaced"] == 4
    assert "Đã in trước đó 4 thẻ chưa ai quét. In lại thì các thẻ đó hết tác dụng" in page.text


# --- following --------------------------------------------------------------------------------------------------------
def test_progress_is_followed_until_it_is_done(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world)
    progress = reverse("jobs:progress", args=[job.pk])
    running.run(job.pk, 0)
    open_part = client.get(progress).text
    assert open_part.count(f'hx-get="{progress}"') == 1
    assert 'aria-valuenow="50"' in open_part
    running.run(job.pk, 600)
    done = client.get(progress).text
    assert "hx-get" not in done
    assert f'hx-swap-oob="innerHTML">{job.title}: Xong<' in done
    assert reverse("jobs:file", args=[job.pk]) in done


def test_file_is_for_the_one_who_has_ordered_it(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world)
    running.run(job.pk, 600)
    path = reverse("jobs:file", args=[job.pk])
    answer = client.get(path)
    assert answer.getvalue()[:5] == b"%PDF-"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Th%E1%BA%BB%20")
    assert "no-store" in answer["Cache-Control"]
    for who, status in (("city_staff", 403), ("bank_staff", 404), ("viewer", 403)):
        client.force_login(getattr(world, who))
        assert client.get(path).status_code == status, who
    client.force_login(world.city_staff)
    page = client.get(reverse("jobs:job", args=[job.pk]))
    assert "Chỉ người giao việc tải được tệp." in page.text
    assert path not in page.text


def test_file_is_not_there_after_its_time(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world)
    path = reverse("jobs:file", args=[job.pk])
    assert client.get(path).status_code == 404
    running.run(job.pk, 600)
    Job.objects.filter(pk=job.pk).update(expires_at=timezone.now())
    assert client.get(path).status_code == 404
    assert "Tệp không còn được giữ." in client.get(reverse("jobs:job", args=[job.pk])).text


def test_stop_and_repeat_by_their_buttons(client, world):
    client.force_login(world.unit_staff)
    job = ordered(client, world)
    page = client.post(reverse("jobs:stop", args=[job.pk]), follow=True)
    assert "Đã dừng việc." in page.text
    assert "Làm lại từ đầu" in page.text
    again = client.post(reverse("jobs:stop", args=[job.pk]), follow=True)
    assert "Việc này đã sang tình trạng khác. Hãy tải lại trang." in again.text
    assert "Đã giao làm lại." in client.post(reverse("jobs:repeat", args=[job.pk]), follow=True).text
    running.run(job.pk, 600)
    assert DevicePass.objects.count() == 4


@pytest.mark.parametrize("count", [1, 3])
def test_list_shows_own_jobs_in_a_fixed_number_of_queries(client, world, count, django_assert_num_queries):
    given = {"kind": "handout.passes", "right": "pass.issue"}
    own = [Job.objects.create(title="Thẻ", ordered_by=world.unit_staff, **given) for _number in range(count)]
    Job.objects.create(title="VIỆC CỦA NGƯỜI KHÁC", ordered_by=world.bank_staff, **given)
    client.force_login(world.unit_staff)
    client.get(JOBS)
    # user, appointments, the tree's roots; how many, jobs
    with django_assert_num_queries(5):
        page = client.get(JOBS)
    assert set(page.context["page"]) == set(own)
    assert "VIỆC CỦA NGƯỜI KHÁC" not in page.text


def test_list_without_jobs_says_what_will_stand_there(client, world):
    client.force_login(world.unit_staff)
    assert "Chưa có việc nào" in client.get(JOBS).text


def test_looking_writes_nothing(client, world, no_writes):
    client.force_login(world.unit_staff)
    job = ordered(client, world)
    with no_writes():
        for path in (HOME, world.page, JOBS, *(reverse(f"jobs:{name}", args=[job.pk]) for name in ("job", "progress"))):
            assert client.get(path).status_code == 200


# --- more rows than a list shows --------------------------------------------------------------------------------------
@pytest.fixture
def long(monkeypatch, world):
    monkeypatch.setattr(forms, "MOST_LISTED", 1)
    monkeypatch.setattr(choosing, "MOST_LISTED", 1)
    monkeypatch.setattr(forms, "MOST_FOUND", 1)
    return world


def shown(page, what="passes") -> list[str]:
    return [str(label) for _key, label in page.context[what].fields["rows"].choices]


def test_long_list_has_the_page_for_itself(client, long):
    client.force_login(long.unit_staff)
    page = client.get(long.page)
    assert (page.context["passes"].offered, page.context["posters"]) == (2, None)
    assert "2 đội" in page.text
    assert 'href="?what=posters"' in page.text
    posters = client.get(f"{long.page}?what=posters")
    # Its own list is short: both are there.
    assert (posters.context["posters"].offered, posters.context["passes"].offered) == (1, 2)


def test_long_list_of_points_has_the_page_for_itself(client, long):
    area = long.point.area
    factories.deployment(long.team, long.day, factories.point("D-2", unit=long.binh_chanh, area=area))
    client.force_login(long.unit_staff)
    page = client.get(f"{long.page}?what=posters")
    assert (page.context["posters"].offered, page.context["passes"]) == (2, None)
    data = filled(client, long, what="posters", page=f"{long.page}?what=posters", who="unit", unit="huyen doan binh")
    client.post(long.page, data)
    assert len(Job.objects.get().params["points"]) == 2


def test_rows_of_a_long_list_are_found_and_those_that_are_ticked_stay(client, long):
    client.force_login(long.unit_staff)
    assert shown(client.get(long.page)) == ["Tổ xung kích Tân Túc · Đoàn thị trấn Tân Túc"]
    data = filled(client, long, count=3, rows=[long.team.pk], find="vinh loc") | {"look": "1"}
    page = client.post(long.page, data)
    assert shown(page) == [
        "Tổ xung kích Tân Túc · Đoàn thị trấn Tân Túc",
        "Tổ xung kích Vĩnh Lộc A · Đoàn xã Vĩnh Lộc A",
    ]
    form = page.context["passes"]
    assert (form["rows"].value(), form["count"].value(), form.is_bound) == ([str(long.team.pk)], "3", False)
    assert Job.objects.count() == 0
    assert '<details class="choose" open>' in page.text
    rows = [long.team.pk, long.team_vinh_loc.pk]
    job = ordered(client, long, who="some", rows=rows, find="vinh loc")
    assert job.params["teams"] == rows


def test_cards_for_the_teams_of_a_unit(client, long):
    client.force_login(long.unit_staff)
    assert ordered(client, long, who="unit", unit="vinh loc").params["teams"] == [long.team_vinh_loc.pk]


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("", "Hãy chọn đơn vị."),
        ("khong co", "Không tìm thấy “khong co”. Hãy gõ lại tên hoặc mã."),
        ("an phu tay", "Đơn vị này không có dòng nào để in."),
    ],
)
def test_unit_without_anything_to_print_is_told(client, long, unit, told):
    factories.unit("APT", name="Đoàn xã An Phú Tây", parent=long.binh_chanh)
    client.force_login(long.unit_staff)
    page = client.post(long.page, filled(client, long, who="unit", unit=unit))
    assert page.context["passes"].errors == {"unit": [told]}
    assert Job.objects.count() == 0


def test_units_are_suggested_to_who_may_print_for_them(client, long):
    client.force_login(long.unit_staff)
    suggested = [client.get(reverse("handout:units"), {name: "doan"}).text for name in ("passes-unit", "posters-unit")]
    assert suggested[0] == suggested[1]
    assert "Đoàn thị trấn Tân Túc" in suggested[0]
    assert "Ngân hàng" not in suggested[0]
    assert "<option" not in client.get(reverse("handout:units")).text
