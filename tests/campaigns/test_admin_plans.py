"""Plans in the admin: what does not fit is refused in words that say what to do."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.deploying import cancel_deployment, check_deployment
from campaigns.models import Campaign, CampaignDay, Deployment, SupportPoint, Target
from campaigns.replanning import REPLANNED
from core import audit
from core.dated import today
from core.errors import DomainError
from core.models import AuditEvent, OutboxMessage, Revision
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
EMPTY = {
    f"{name}-{counter}": value
    for name in ("days", "targets")
    for counter, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0), ("MIN_NUM_FORMS", 0), ("MAX_NUM_FORMS", 1000))
}


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def march(world):
    """A campaign of March 2023 with its peak day."""
    campaign = factories.campaign(
        "TTN", owner=world.city, name="Tháng Thanh niên", starts_on=dt.date(2023, 3, 1), ends_on=dt.date(2023, 3, 31)
    )
    campaign.peak = factories.campaign_day(campaign, PEAK_DAY)
    return campaign


def add(client, name: str, data: dict):
    return client.post(reverse(f"admin:campaigns_{name}_add"), data)


def told(response) -> dict:
    return {name: [str(each) for each in words] for name, words in response.context["adminform"].form.errors.items()}


# --- days -------------------------------------------------------------------------------------------------------------
OUTSIDE = (
    "Ngày 01/04/2023 nằm ngoài thời gian của “Tháng Thanh niên”. Hãy chọn ngày khác hoặc sửa thời gian chiến dịch."
)


def test_day_outside_its_campaign_is_refused(city, march):
    response = add(city, "campaignday", {"campaign": march.pk, "day": "01/04/2023", "kind": "ordinary", "name": ""})
    assert told(response) == {"__all__": [OUTSIDE]}
    assert CampaignDay.objects.get() == march.peak


def test_campaign_is_not_made_shorter_than_its_peak_day(city, march):
    form = EMPTY | {"code": "TTN", "name": "Tháng Thanh niên", "kind": "programme", "owner": march.owner_id}
    form |= {"starts_on": "01/03/2023", "ends_on": "20/03/2023", "status": "active"}
    CampaignDay.objects.update(kind="peak")
    (refusal,) = told(city.post(reverse("admin:campaigns_campaign_change", args=[march.pk]), form))["__all__"]
    assert refusal.startswith("Chiến dịch đã có phân công, có ca hoặc có ngày cao điểm vào ngày 26/03/2023.")
    march.refresh_from_db()
    assert march.ends_on == dt.date(2023, 3, 31)


def test_what_the_admin_plans_late_is_told_to_whoever_knows_the_sessions(city, world, march):
    """The day, the kind of a day, who is sent out, and a draft that is set going."""

    def told_after(name: str, pk: int, data: dict) -> list[str]:
        OutboxMessage.objects.all().delete()
        response = city.post(reverse(f"admin:campaigns_{name}_change", args=[pk]), data)
        assert response.status_code == 302, told(response)
        return list(OutboxMessage.objects.filter(topic=REPLANNED).values_list("key", flat=True))

    Campaign.objects.update(status="draft")
    form = EMPTY | {"code": "TTN", "name": "Tháng Thanh niên", "kind": "programme", "owner": march.owner_id}
    form |= {"starts_on": "01/03/2023", "ends_on": "31/03/2023"}
    key = [f"{PEAK_DAY}:{world.city_staff.pk}"]
    assert told_after("campaign", march.pk, form | {"status": "draft", "theme": "Chuyển đổi số"}) == []
    assert told_after("campaign", march.pk, form | {"status": "active", "theme": "Chuyển đổi số"}) == key
    day = {"campaign": march.pk, "day": "26/03/2023", "kind": "peak", "name": ""}
    assert told_after("campaignday", march.peak.pk, day) == key
    row = factories.deployment(world.team, march.peak)
    data = {"campaign_day": march.peak.pk, "team": world.team_vinh_loc.pk, "point": "", "note": ""}
    assert told_after("deployment", row.pk, data | {"starts_at": "07:30", "ends_at": "11:30"}) == key


def test_day_outside_is_refused_in_the_campaigns_form_too_and_nothing_of_it_is_stored(city, march):
    form = EMPTY | {
        "code": "TTN",
        "name": "Tên mới",
        "kind": "programme",
        "owner": march.owner_id,
        "starts_on": "01/03/2023",
        "ends_on": "31/03/2023",
        "status": "active",
        "days-TOTAL_FORMS": 1,
        "days-0-day": "01/04/2023",
        "days-0-kind": "ordinary",
        "days-0-campaign": march.pk,
    }
    response = city.post(reverse("admin:campaigns_campaign_change", args=[march.pk]), form)
    assert told(response)["__all__"] == [OUTSIDE.replace("Tháng Thanh niên", "Tên mới")]
    march.refresh_from_db()
    assert (march.name, CampaignDay.objects.count()) == ("Tháng Thanh niên", 1)


@pytest.mark.parametrize("day", ["01/03/2023", "31/03/2023"])
def test_first_and_last_day_are_inside(city, march, day):
    add(city, "campaignday", {"campaign": march.pk, "day": day, "kind": "ordinary", "name": ""})
    assert CampaignDay.objects.count() == 2


def test_same_day_twice_is_refused(city, march):
    form = {"campaign": march.pk, "day": "26/03/2023", "kind": "ordinary", "name": ""}
    assert told(add(city, "campaignday", form)) == {
        "__all__": ["Ngày hoạt động với thông tin Chiến dịch và Ngày đã tồn tại"]
    }


def test_day_with_deployments_is_not_deleted_under_them(city, world, march):
    factories.deployment(world.team, march.peak)
    response = city.post(reverse("admin:campaigns_campaignday_delete", args=[march.peak.pk]), {"post": "yes"})
    assert response.status_code == 200
    assert CampaignDay.objects.filter(pk=march.peak.pk).exists()


# --- deployments ------------------------------------------------------------------------------------------------------
def deployment(world, march, **fields) -> dict:
    data = {"campaign_day": march.peak.pk, "team": world.team.pk, "starts_at": "07:30", "ends_at": "11:30", "note": ""}
    return data | fields


def test_same_team_at_the_same_place_and_time_is_refused(city, world, march):
    factories.deployment(world.team, march.peak)
    response = add(city, "deployment", deployment(world, march, starts_at="11:00", ends_at="12:00"))
    assert told(response) == {
        "__all__": ["“Tổ xung kích Tân Túc” đã được phân công ở đó từ 07:30 đến 11:30 ngày 26/03/2023."]
    }


@pytest.mark.parametrize(
    "differs",
    ["afternoon", "other-team", "other-point", "cancelled"],
)
def test_what_only_looks_the_same_is_stored(city, world, march, differs):
    first = factories.deployment(world.team, march.peak)
    form = deployment(world, march)
    if differs == "afternoon":
        form |= {"starts_at": "11:30", "ends_at": "17:00"}
    elif differs == "other-team":
        form |= {"team": world.team_bank.pk}
    elif differs == "other-point":
        form |= {"point": factories.point(unit=world.tan_tuc, area=factories.area()).pk}
    else:
        cancel_deployment(deployment=first, by=world.city_staff)
    assert add(city, "deployment", form).status_code == 302
    assert Deployment.objects.count() == 2


@pytest.mark.parametrize("which", ["team", "point"])
def test_team_or_point_that_is_not_there_on_the_day_is_refused(city, world, march, which):
    area = factories.area()
    gone = {
        "team": factories.team("CU", unit=None, name="Nơi cũ", valid_to=PEAK_DAY - DAY),
        "point": factories.point("CU", unit=world.tan_tuc, area=area, name="Nơi cũ", valid_to=PEAK_DAY - DAY),
    }[which]
    response = add(city, "deployment", deployment(world, march, **{which: gone.pk}))
    assert told(response) == {"__all__": ["“Nơi cũ” không có hiệu lực vào ngày 26/03/2023."]}


def test_deployment_saved_again_is_not_in_its_own_way(world, march):
    made = factories.deployment(world.team, march.peak)
    check_deployment(made)
    with pytest.raises(DomainError) as refused:
        check_deployment(
            Deployment(team=world.team, campaign_day=march.peak, starts_at=made.starts_at, ends_at=made.ends_at)
        )
    assert refused.value.code == "already_deployed"


def test_cancelling_is_told_once_and_moves_the_revision(world, march):
    made = factories.deployment(world.team, march.peak)
    numbers = []
    for _time in range(2):
        cancel_deployment(deployment=made, by=world.unit_staff)
        numbers.append(Revision.state()["campaigns"].number)
    event = AuditEvent.objects.get(action="campaigns.deployment_cancelled")
    assert (event.actor, event.scope_unit) == (world.unit_staff, world.tan_tuc.pk)
    assert numbers == [numbers[0]] * 2


def test_cancelling_without_its_audit_row_is_undone(world, march, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the trail is full")

    made = factories.deployment(world.team, march.peak)
    with monkeypatch.context() as broken:
        broken.setattr(audit.AuditEvent.objects, "bulk_create", fail)
        with pytest.raises(RuntimeError, match="the trail is full"):
            cancel_deployment(deployment=made, by=world.unit_staff)
    made.refresh_from_db()
    assert made.cancelled_at is None


# --- what the database refuses, said in words -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens_at": "08:00"}, "Nhập cả giờ mở cửa và giờ đóng cửa, hoặc để trống cả hai."),
        ({"opens_at": "08:00", "closes_at": "07:00"}, "Giờ đóng cửa phải sau giờ mở cửa."),
        ({"lat": "10.5"}, "Nhập cả vĩ độ và kinh độ, hoặc để trống cả hai."),
        (
            {"lat": "95", "lon": "10"},
            "Vĩ độ hoặc kinh độ không đúng: vĩ độ từ -90 đến 90, kinh độ từ -180 đến 180.",
        ),
        ({"valid_to": "01/01/2022"}, "Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."),
        ({"code": "D-1"}, "Mã D-1 đã là của “Điểm D-1” trong những ngày đó."),
    ],
)
def test_point_that_makes_no_sense_is_refused_in_words(city, world, fields, words):
    area = factories.area()
    factories.point("D-1", unit=world.tan_tuc, area=area)
    form = {"code": "D-2", "name": "Điểm", "kind": "one_stop", "unit": world.tan_tuc.pk, "area": area.pk}
    response = add(city, "supportpoint", form | {"valid_from": "01/01/2023", "address": ""} | fields)
    assert told(response) == {"__all__": [words]}
    assert SupportPoint.objects.count() == 1


def test_target_of_nothing_is_refused_in_words(city, world, march):
    form = {"campaign": march.pk, "unit": world.city.pk, "name": "Lượt người", "measure": "people", "value": 0}
    assert told(add(city, "target", form)) == {"__all__": ["Chỉ tiêu phải lớn hơn 0."]}
    assert not Target.objects.exists()


def test_target_is_listed_with_the_name_of_its_measure(city, world, march):
    factories.target(march, world.city, measure="service_turns", value=12500)
    page = city.get(reverse("admin:campaigns_target_changelist")).text
    assert ("Lượt dịch vụ" in page, "12.500" in page, "service_turns" in page) == (True, True, False)


def test_forged_key_that_is_no_key_gets_the_form_back(city, world, march):
    response = add(city, "deployment", deployment(world, march, team="x", campaign_day="-1", point="'"))
    assert (response.status_code, sorted(told(response))) == (200, ["campaign_day", "point", "team"])
    assert city.get(reverse("admin:campaigns_deployment_add"), {"team": "x"}).status_code == 200


# --- order ------------------------------------------------------------------------------------------------------------
def test_points_that_have_ended_come_last(city, world):
    area = factories.area()
    for name, end in (("A cũ", PEAK_DAY), ("B nay", None), ("C sắp hết", today() + DAY)):
        factories.point(unit=world.tan_tuc, area=area, name=name, valid_to=end)
    response = city.get(reverse("admin:campaigns_supportpoint_changelist"))
    assert [point.name for point in response.context["cl"].result_list] == ["B nay", "C sắp hết", "A cũ"]
