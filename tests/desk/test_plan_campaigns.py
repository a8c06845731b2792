"""Campaigns, points, targets and calendars on the screens of the plan: who may what, and what comes of it."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.models import CalendarFeed, Campaign, ProgrammeGoal, SupportPoint, Target
from core.models import AuditEvent, Revision
from services_help.offering import set_services
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def unit(client, world):
    client.force_login(world.unit_staff)
    return client


def url(name: str, *args) -> str:
    return reverse(f"plan:{name}", args=[getattr(each, "pk", each) for each in args])


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def form_of(world, **fields) -> dict:
    return {
        "name": "Ngày cao điểm năm 2027",
        "code": "NCD-2027",
        "kind": "peak",
        "owner": world.city.pk,
        "starts_on": "2027-03-20",
        "ends_on": "2027-03-28",
        "status": "draft",
        "plan_number": "12-KH/TĐTN",
    } | fields


# --- campaigns --------------------------------------------------------------------------------------------------------
def test_list_shows_the_readers_campaigns_and_is_searched(unit, world):
    factories.campaign("A", owner=world.city, name="Tháng Thanh niên")
    factories.campaign("B", owner=world.binh_chanh, name="Mười bảy tổ", status="closed")
    factories.campaign("C", owner=world.banks, name="Bệnh viện")

    def codes(query: str = "") -> list[str]:
        return sorted(each.code for each in unit.get(url("campaign_list") + query).context["page"])

    assert codes() == ["A", "B"]
    assert codes("?q=thang thanh nien") == ["A"]
    assert codes("?status=closed") == ["B"]
    assert codes("?q=benh vien") == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_constant_queries(unit, world, django_assert_num_queries, no_writes, count):
    for _number in range(count):
        factories.campaign_day(factories.campaign(owner=world.city))
    factories.campaign(owner=world.banks, name="KHÔNG ĐƯỢC THẤY")
    with django_assert_num_queries(5), no_writes():
        page = unit.get(url("campaign_list"))
    assert (len(page.context["page"]), "KHÔNG ĐƯỢC THẤY" in page.text) == (count, False)


@pytest.mark.parametrize("count", [1, 3])
def test_campaign_page_takes_constant_queries(unit, world, django_assert_num_queries, no_writes, count):
    campaign = factories.campaign(owner=world.city)
    for number in range(count):
        factories.deployment(world.team, factories.campaign_day(campaign, PEAK_DAY + number * DAY))
        factories.deployment(world.team_bank, campaign.days.latest("day"))
    with django_assert_num_queries(12), no_writes():
        page = unit.get(url("campaign", campaign))
    assert [day.team_count for day in page.context["page"]] == [1] * count


def test_campaign_is_made_with_its_goals_and_services(city, world):
    goal = ProgrammeGoal.objects.create(code="DVC", name="Dịch vụ công", source="2393/QĐ-UBND")
    service = factories.service("DVC-NOP")
    page = city.post(url("campaign_add"), form_of(world, goals=[goal.pk], services=[service.pk]), follow=True)
    made = Campaign.objects.get(code="NCD-2027")
    assert told(page) == ["Đã lưu “Ngày cao điểm năm 2027”."]
    assert (list(made.goals.all()), made.plan_number) == ([goal], "12-KH/TĐTN")
    assert [offer.service for offer in made.campaign_services.all()] == [service]
    city.post(url("campaign_edit", made), form_of(world, name="Đổi tên", code="KHAC", goals=[], services=[]))
    made.refresh_from_db()
    assert (made.name, made.code) == ("Đổi tên", "NCD-2027")
    assert (made.goals.count(), made.campaign_services.count()) == (0, 0)


def test_saving_what_is_there_already_leaves_no_second_trace(city, world):
    service = factories.service("DVC-NOP")
    data = form_of(world, services=[service.pk])
    city.post(url("campaign_add"), data)
    events, number = AuditEvent.objects.count(), Revision.state()["campaigns"].number
    city.post(url("campaign_edit", Campaign.objects.get(code="NCD-2027")), data)
    assert (AuditEvent.objects.count(), Revision.state()["campaigns"].number) == (events, number)


def test_services_are_set_with_their_trail(world):
    campaign = factories.campaign(owner=world.city)
    one, two = factories.service("DVC-NOP"), factories.service("DVC-TRA")
    set_services(campaign=campaign, services=[one], by=world.city_staff)
    set_services(campaign=campaign, services=[two], by=world.city_staff)
    event = AuditEvent.objects.filter(action="services_help.campaign_services_set").latest("pk")
    assert (event.data["added"], event.data["removed"], event.scope_unit) == (["DVC-TRA"], ["DVC-NOP"], world.city.pk)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_on": "2027-03-01"}, "ends_on"),
        ({"name": ""}, "name"),
        ({"code": "A"}, "code"),
        ({"owner": "999999"}, "owner"),
    ],
)
def test_campaign_that_makes_no_sense_comes_back(city, world, fields, field):
    factories.campaign("A", owner=world.city)
    page = city.post(url("campaign_add"), form_of(world, **fields))
    assert list(page.context["form"].errors) == [field]
    assert Campaign.objects.count() == 1


def test_campaign_inside_itself_is_refused_in_words(city, world):
    outer = factories.campaign("A", owner=world.city, starts_on=PEAK_DAY)
    inner = factories.campaign("B", owner=world.city, parent=outer)
    page = city.post(url("campaign_edit", outer), form_of(world, parent=inner.pk))
    assert page.context["form"].non_field_errors() == ["Chiến dịch không thể nằm trong chính nó."]


# --- its time ---------------------------------------------------------------------------------------------------------
def too_short(days: str) -> str:
    return (
        f"Chiến dịch đã có phân công, có ca hoặc có ngày cao điểm vào ngày {days}. "
        "Hãy chọn thời gian gồm cả những ngày đó, hoặc dời các ngày đó trước."
    )


@pytest.fixture
def spring(world):
    return factories.campaign(
        "NCD-2027", owner=world.city, starts_on=dt.date(2023, 3, 1), ends_on=dt.date(2023, 3, 31), kind="peak"
    )


def shortened(city, world, spring, starts_on: str, ends_on: str) -> dict:
    page = city.post(url("campaign_edit", spring), form_of(world, starts_on=starts_on, ends_on=ends_on))
    return page.context["form"].errors if page.context else {}


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [("2023-03-01", "2023-03-25", "ends_on"), ("2023-03-27", "2023-03-31", "starts_on")],
)
def test_campaign_is_not_made_shorter_than_what_is_planned(city, world, spring, starts_on, ends_on, field):
    factories.deployment(world.team, factories.campaign_day(spring))
    assert shortened(city, world, spring, starts_on, ends_on) == {field: [too_short("26/03/2023")]}
    spring.refresh_from_db()
    assert (spring.starts_on, spring.ends_on) == (dt.date(2023, 3, 1), dt.date(2023, 3, 31))


def test_nor_than_what_was_done_and_its_peak_days(city, world, spring):
    factories.session(world.team, PEAK_DAY - DAY, campaign=spring)
    factories.session(world.team, PEAK_DAY - DAY, campaign=spring)
    factories.campaign_day(spring, PEAK_DAY + DAY, kind="peak")
    errors = shortened(city, world, spring, "2023-03-01", "2023-03-20")
    assert errors == {"ends_on": [too_short("25/03/2023, 27/03/2023")]}


def test_of_many_days_the_first_are_named(city, world, spring):
    for number in range(7):
        factories.campaign_day(spring, dt.date(2023, 3, 20 + number), kind="peak")
    (told,) = shortened(city, world, spring, "2023-03-01", "2023-03-10")["ends_on"]
    assert told == too_short("20/03/2023, 21/03/2023, 22/03/2023, 23/03/2023, 24/03/2023 và 2 ngày khác")


def test_days_on_which_nothing_is_are_in_nobodys_way(city, world, spring):
    gone = factories.session(world.team, campaign=spring)
    factories.void(gone, is_authorised=True)
    factories.deployment(world.team, factories.campaign_day(spring), cancelled_at=factories.local(PEAK_DAY))
    factories.session(world.team, PEAK_DAY, campaign=factories.campaign(owner=world.city))
    assert shortened(city, world, spring, "2023-03-01", "2023-03-25") == {}
    spring.refresh_from_db()
    assert spring.ends_on == dt.date(2023, 3, 25)


@pytest.mark.parametrize("ends_on", ["2023-03-26", ""])
def test_up_to_its_last_day_or_without_end_it_may_be_changed(city, world, spring, ends_on):
    factories.deployment(world.team, factories.campaign_day(spring))
    assert shortened(city, world, spring, "2023-03-26", ends_on) == {}


def test_campaign_that_is_too_short_already_can_still_be_renamed(city, world, spring):
    factories.deployment(world.team, factories.campaign_day(spring, dt.date(2023, 4, 2)))
    page = city.post(
        url("campaign_edit", spring), form_of(world, name="Tên mới", starts_on="2023-03-01", ends_on="2023-03-31")
    )
    assert page.status_code == 302


# --- its days ---------------------------------------------------------------------------------------------------------
def test_several_days_are_added_at_once_and_only_once(city, world):
    campaign = factories.campaign(owner=world.city, starts_on=PEAK_DAY)
    data = {"first": "2023-04-01", "last": "2023-04-14", "weekdays": ["5", "6"], "kind": "ordinary"}
    assert told(city.post(url("campaign", campaign), data, follow=True)) == ["Đã thêm 4 ngày hoạt động."]
    days = [dt.date(2023, 4, day) for day in (1, 2, 8, 9)]
    assert list(campaign.days.order_by("day").values_list("day", flat=True)) == days
    assert told(city.post(url("campaign", campaign), data, follow=True)) == ["4 ngày đã có từ trước."]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"first": "2023-04-03", "weekdays": ["6"]}, "Trong khoảng đó không có thứ nào đã chọn. Hãy chọn lại."),
        (
            {"first": "2020-01-01"},
            "Ngày 01/01/2020 nằm ngoài thời gian của “Chiến dịch A”. Hãy chọn ngày khác hoặc sửa thời gian chiến dịch.",
        ),
    ],
)
def test_days_that_make_no_sense_are_answered_in_words(city, world, data, expected):
    campaign = factories.campaign("A", owner=world.city, starts_on=PEAK_DAY)
    page = city.post(url("campaign", campaign), data | {"kind": "peak"}, follow=True)
    assert told(page) == [expected]
    assert campaign.days.count() == 0


def test_too_many_days_come_back(city, world):
    campaign = factories.campaign(owner=world.city, starts_on=PEAK_DAY)
    page = city.post(url("campaign", campaign), {"first": "2023-04-01", "last": "2024-04-01", "kind": "peak"})
    assert list(page.context["form"].errors) == ["last"]


# --- points -----------------------------------------------------------------------------------------------------------
def point_form(world, area, **fields) -> dict:
    return {
        "name": "Chợ Bình Chánh",
        "code": "CHO-BC",
        "kind": "market",
        "unit": world.tan_tuc.pk,
        "area": area.pk,
        "valid_from": "2023-01-01",
        "opens_at": "06:00",
        "closes_at": "11:00",
    } | fields


def test_point_is_added_changed_and_closed(unit, world):
    area = factories.area()
    unit.post(url("point_add"), point_form(world, area))
    point = SupportPoint.objects.get(code="CHO-BC")
    unit.post(url("point_edit", point), point_form(world, area, name="Chợ Bình Chánh mới"))
    page = unit.post(url("point_close", point), {"last_day": "2023-12-31"}, follow=True)
    assert told(page)[-1:] == ["“Chợ Bình Chánh mới” mở đến hết ngày 31/12/2023."]
    point.refresh_from_db()
    assert (point.name, point.valid_to, point.opens_at) == ("Chợ Bình Chánh mới", dt.date(2023, 12, 31), dt.time(6))
    assert [each.code for each in unit.get(url("point_list")).context["page"]] == []
    assert [each.code for each in unit.get(url("point_list") + "?closed=1").context["page"]] == ["CHO-BC"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"closes_at": ""}, "closes_at"),
        ({"lat": "10.7"}, "__all__"),
        ({"closes_at": "05:00"}, "__all__"),
        ({"unit": "x"}, "unit"),
    ],
)
def test_point_that_makes_no_sense_comes_back(unit, world, fields, field):
    page = unit.post(url("point_add"), point_form(world, factories.area(), **fields))
    assert list(page.context["form"].errors) == [field]
    assert SupportPoint.objects.count() == 0


def test_point_is_not_closed_before_it_opens(unit, world):
    point = factories.point(unit=world.tan_tuc, area=factories.area(), name="Chợ", valid_from=PEAK_DAY)
    page = unit.post(url("point_close", point), {"last_day": "2023-03-25"}, follow=True)
    assert told(page) == ["“Chợ” mở từ ngày 26/03/2023. Hãy chọn ngày cuối không sớm hơn."]
    assert told(unit.post(url("point_close", point), {}, follow=True)) == ["Hãy chọn ngày cuối mà điểm còn mở."]


@pytest.mark.parametrize("count", [1, 3])
def test_points_take_constant_queries(unit, world, django_assert_num_queries, count):
    area = factories.area()
    for _number in range(count):
        factories.point(unit=world.tan_tuc, area=area)
    factories.point(unit=world.bank, area=area, name="ĐIỂM CỦA NƠI KHÁC")
    with django_assert_num_queries(6):
        page = unit.get(url("point_list"))
    assert (len(page.context["page"]), "ĐIỂM CỦA NƠI KHÁC" in page.text) == (count, False)


# --- targets ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def march(world):
    return factories.campaign("TTN", owner=world.city, starts_on=PEAK_DAY, ends_on=PEAK_DAY)


def confirm(client, address: str, data: dict):
    """Preview, then the button of the preview."""
    proposal = client.post(address, data).context["proposal"]
    return client.post(address, data | {"digest": proposal.digest}, follow=True)


def test_table_sets_children_against_their_parent(city, world, march):
    for unit_, value in ((world.city, 1000), (world.binh_chanh, 600), (world.banks, 500), (world.tan_tuc, 600)):
        factories.target(march, unit_, value=value)
    rows = city.get(url("targets", march)).context["table"].rows
    assert [(row.unit.code, row.depth, row.cells[0].value, row.cells[0].missing) for row in rows] == [
        ("TD", 0, 1000, -100),
        ("NH", 1, 500, 0),
        ("BC", 1, 600, 0),
        ("BC-TT", 2, 600, 0),
    ]


def test_targets_by_formula_are_seen_before_they_are_stored(city, world, march):
    data = {"unit": world.city.pk, "measure": "people", "rate": "150", "basis": "team", "step": "100"}
    address = url("targets_set", march, "formula")
    page = city.post(address, data)
    told_how = [(each.unit.code, each.how) for each, _label in page.context["changes"]]
    assert told_how == [("NH", "1 × 150 = 150 → 200"), ("BC", "2 × 150 = 300")]
    assert Target.objects.count() == 0
    assert told(confirm(city, address, data)) == ["Đã lưu 2 chỉ tiêu."]
    stored = Target.objects.order_by("value").values_list("unit__code", "value", "name")
    assert list(stored) == [("NH", 200, "Lượt người"), ("BC", 300, "Lượt người")]


def test_targets_are_copied_from_another_campaign(city, world, march):
    before = factories.campaign(owner=world.city)
    factories.target(before, world.banks, value=333)
    data = {"source": before.pk, "factor": "1,1", "step": "5"}
    assert told(confirm(city, url("targets_set", march, "copy"), data)) == ["Đã lưu 1 chỉ tiêu."]
    assert march.targets.get().value == 365


def test_confirmation_of_what_has_changed_meanwhile_shows_it_anew(city, world, march):
    data = {"unit": world.banks.pk, "measure": "people", "value": "50"}
    address = url("targets_set", march, "one")
    proposal = city.post(address, data).context["proposal"]
    factories.target(march, world.banks, value=40)
    page = city.post(address, data | {"digest": proposal.digest})
    assert [(each.old, each.new) for each in page.context["proposal"].changes] == [(40, 50)]
    assert "Dữ liệu vừa thay đổi" in page.text
    assert march.targets.get().value == 40


def test_targets_are_the_citys_to_set(unit, world, march):
    assert unit.get(url("targets", march)).status_code == 200
    for address in (url("targets_set", march, "one"), reverse("imports:new_of", args=["targets", march.pk])):
        assert unit.get(address).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_targets_take_constant_queries(city, world, march, django_assert_num_queries, count):
    for unit_ in (world.binh_chanh, world.banks, world.tan_tuc)[:count]:
        factories.target(march, unit_)
    with django_assert_num_queries(8):
        page = city.get(url("targets", march))
    assert len(page.context["table"].rows) == count


# --- calendars --------------------------------------------------------------------------------------------------------
def test_address_is_shown_once_and_opens_the_calendar(unit, client, world):
    page = unit.post(url("calendar_issue", "team", world.team))
    address = page.context["url"].replace("http://testserver", "")
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    client.logout()
    assert client.get(address).headers["Content-Type"] == "text/calendar; charset=utf-8"
    client.force_login(world.unit_staff)
    assert address not in client.get(url("calendar_list")).text


def test_address_is_taken_back(unit, world):
    page = unit.post(url("calendar_issue", "unit", world.binh_chanh))
    address = page.context["url"].replace("http://testserver", "")
    feed = CalendarFeed.objects.get()
    assert told(unit.post(url("calendar_revoke", feed), follow=True)) == [
        "Đã thu hồi lịch của “Huyện Đoàn Bình Chánh”."
    ]
    assert unit.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_calendars_take_constant_queries(unit, world, django_assert_num_queries, count):
    for _number in range(count):
        unit.post(url("calendar_issue", "team", factories.team(unit=world.vinh_loc, name="Tổ lịch")))
    with django_assert_num_queries(5):
        page = unit.get(url("calendar_list") + "?q=to lich")
    assert (len(page.context["page"]), "thanh toán số" in page.text) == (count, False)
