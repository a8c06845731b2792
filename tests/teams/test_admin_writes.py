"""What staff change in the admin: through the services, on their own subtree only, with an audit row or not at all."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import User
from campaigns.models import Campaign, CampaignDay, Deployment, SupportPoint, Target
from core import audit
from core.dated import today
from core.models import AuditEvent, Revision
from teams.access import access_of_user
from teams.models import Team, TeamMember, Unit, Volunteer
from teams.permissions import Right
from tests import factories
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db
REFUSED, SAVED = 200, 302


def management(*names: str) -> dict:
    """The hidden counters of inline tables left empty."""
    counters = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    return {f"{name}-{counter}": value for name in names for counter, value in counters.items()}


def add(client, model: str, data: dict, **kwargs):
    return client.post(reverse(f"admin:{model.replace('.', '_')}_add"), data, **kwargs)


def change(client, row, data: dict, **kwargs):
    return client.post(
        reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]), data, **kwargs
    )


def errors(response) -> dict:
    return {name: [str(each) for each in told] for name, told in response.context["adminform"].form.errors.items()}


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def district(client, world):
    client.force_login(world.unit_staff)
    return client


# --- forms, as the browser would send them ----------------------------------------------------------------------------
def team_form(**fields) -> dict:
    data = {"code": "TO-MOI", "name": "Tổ Mới", "kind": "squad", "valid_from": "01/01/2026", "note": ""}
    return management("members", "homes") | data | fields


def unit_form(**fields) -> dict:
    data = {
        "code": "BC-MOI",
        "name": "Đoàn xã Mới",
        "kind": "commune",
        "block": "territory",
        "valid_from": "01/01/2026",
    }
    return management("placements", "predecessions", "successions") | data | fields


def volunteer_form(**fields) -> dict:
    return management("memberships") | {"code": "TNV-MOI", "full_name": "Lê Thị Mới", "is_active": "on"} | fields


def deployment_form(**fields) -> dict:
    return {"starts_at": "07:30", "ends_at": "11:30", "note": ""} | fields


def point_form(**fields) -> dict:
    data = {"code": "D-MOI", "name": "Điểm Mới", "kind": "one_stop", "valid_from": "01/01/2026", "address": ""}
    return data | fields


def campaign_form(**fields) -> dict:
    data = {
        "code": "CD-MOI",
        "name": "Chiến dịch Mới",
        "kind": "programme",
        "starts_on": "01/01/2026",
        "status": "draft",
    }
    return management("days", "targets") | data | fields


# --- a unit, a team, a volunteer --------------------------------------------------------------------------------------
def test_unit_staff_adds_a_team_to_a_unit_below(district, world):
    response = add(district, "teams.team", team_form(unit=world.tan_tuc.pk))
    assert response.status_code == SAVED
    team = Team.objects.get(code="TO-MOI")
    assert (team.home_on(today()), team.homes.get().valid_from) == (world.tan_tuc, dt.date(2026, 1, 1))
    trail = AuditEvent.objects.filter(target_type="teams.team", target_id=str(team.pk), actor=world.unit_staff)
    assert [(event.action, event.scope_unit) for event in trail.order_by("pk")] == [
        ("teams.team_moved", world.tan_tuc.pk),
        ("teams.team_added", world.tan_tuc.pk),
    ]


def test_team_needs_a_home(district, world):
    response = add(district, "teams.team", team_form())
    assert (response.status_code, errors(response)) == (REFUSED, {"unit": ["Hãy chọn đơn vị."]})


def test_city_adds_a_unit_under_a_parent(city, world):
    assert add(city, "teams.unit", unit_form(parent=world.binh_chanh.pk)).status_code == SAVED
    unit = Unit.objects.get(code="BC-MOI")
    assert unit.parent_on(today()) == world.binh_chanh
    assert set(Unit.objects.visible_to(access_of_user(world.unit_staff)).values_list("code", flat=True)) >= {"BC-MOI"}


@pytest.mark.parametrize("who", ["city_staff", "operator"])
def test_unit_forgotten_without_a_parent_is_no_second_root(client, world, who):
    client.force_login(world.city_staff if who == "city_staff" else factories.user(is_superuser=True))
    response = add(client, "teams.unit", unit_form())
    assert (response.status_code, errors(response)) == (REFUSED, {"parent": ["Hãy chọn đơn vị."]})
    form = unit_form(code="BC-TT", name=world.tan_tuc.name, valid_from="01/01/2020")
    assert errors(change(client, world.tan_tuc, form)) == {"parent": ["Hãy chọn đơn vị."]}
    assert access_of_user(world.city_staff).is_city_wide(Right.PERIOD_LOCK)


def test_root_is_corrected_and_the_first_unit_of_all_is_made_without_a_parent(client, world):
    client.force_login(factories.user(is_superuser=True))
    form = unit_form(code=world.city.code, kind="city", name="Thành Đoàn", valid_from="01/01/2020")
    assert change(client, world.city, form).status_code == SAVED
    Unit.objects.update(valid_to=factories.PEAK_DAY)
    assert add(client, "teams.unit", unit_form(kind="city")).status_code == SAVED


def test_moving_a_team_is_dated_and_told(city, world):
    form = team_form(
        code="TO-TT",
        name=world.team.name,
        valid_from="01/01/2020",
        unit=world.vinh_loc.pk,
        since="01/06/2026",
    )
    assert change(city, world.team, form).status_code == SAVED
    assert world.team.home_on(dt.date(2026, 5, 31)) == world.tan_tuc
    assert world.team.home_on(dt.date(2026, 6, 1)) == world.vinh_loc
    moved = AuditEvent.objects.get(action="teams.team_moved", actor=world.city_staff)
    assert moved.data == {"unit": "BC-VL", "before": "BC-TT", "since": "2026-06-01"}


def test_unit_staff_corrects_a_team_but_does_not_move_it(district, world):
    form = team_form(
        code="TO-TT", name="Tên đã sửa", valid_from="01/01/2020", unit=world.vinh_loc.pk, since="01/06/2026"
    )
    assert change(district, world.team, form).status_code == SAVED
    world.team.refresh_from_db()
    assert (world.team.name, world.team.home_on(today())) == ("Tên đã sửa", world.tan_tuc)
    event = AuditEvent.objects.get(action="teams.team_changed")
    assert event.data == {"changes": {"name": ["Tổ xung kích Tân Túc", "Tên đã sửa"]}}


def test_form_saved_unchanged_leaves_no_trace(district, world):
    form = team_form(code="TO-TT", name=world.team.name, valid_from="01/01/2020")
    before = AuditEvent.objects.count()
    assert change(district, world.team, form).status_code == SAVED
    assert AuditEvent.objects.count() == before


def test_taken_code_is_refused_in_words_with_the_form_as_typed(district, world):
    response = add(district, "teams.team", team_form(code="TO-VL", unit=world.tan_tuc.pk))
    assert response.status_code == REFUSED
    assert errors(response)["__all__"] == [
        "Mã “TO-VL” đang là của “Tổ xung kích Vĩnh Lộc A” (từ 01/01/2020). "
        "Hãy dùng mã khác hoặc kết thúc dòng cũ trước."
    ]
    assert 'value="Tổ Mới"' in response.text


def test_unit_with_teams_under_it_does_not_end(city, world):
    form = unit_form(
        code="BC-TT",
        name=world.tan_tuc.name,
        valid_from="01/01/2020",
        valid_to="31/12/2025",
        parent=world.binh_chanh.pk,
    )
    response = change(city, world.tan_tuc, form)
    assert response.status_code == REFUSED
    assert errors(response)["__all__"][0].startswith("“Đoàn thị trấn Tân Túc” còn 0 đơn vị và 1 đội hình trực thuộc")
    world.tan_tuc.refresh_from_db()
    assert world.tan_tuc.valid_to is None


def test_end_before_the_start_is_refused(district, world):
    response = add(district, "teams.team", team_form(unit=world.tan_tuc.pk, valid_to="31/12/2025"))
    assert errors(response) == {"__all__": ["Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."]}


def test_members_are_kept_in_the_teams_page(district, world):
    volunteer = factories.volunteer(unit=world.tan_tuc)
    form = team_form(code="TO-TT", name=world.team.name, valid_from="01/01/2020")
    form |= {"members-TOTAL_FORMS": 1, "members-0-volunteer": volunteer.pk, "members-0-valid_from": "01/03/2026"}
    assert change(district, world.team, form | {"members-0-team": world.team.pk}).status_code == SAVED
    assert TeamMember.objects.get().volunteer == volunteer
    event = AuditEvent.objects.get(action="teams.team_changed")
    assert [row["row"] for row in event.data["rows"]] == ["teammember"]


def test_members_of_a_crowd_come_by_fifty_and_are_kept_from_any_page(district, world):
    for _number in range(60):
        factories.volunteer(unit=world.tan_tuc, team=world.team)
    total = world.team.members.count()
    address = reverse("admin:teams_team_change", args=[world.team.pk])
    first = district.get(address)
    assert "?members-page=2" in first.text
    second = district.get(f"{address}?members-page=2").context["inline_admin_formsets"][0].formset
    assert (len(first.context["inline_admin_formsets"][0].formset), len(second)) == (50, total - 50)
    leaver = second.forms[-1].instance
    data = management("members", "homes") | {"members-page": "2"}
    data |= {"members-TOTAL_FORMS": len(second), "members-INITIAL_FORMS": len(second)}
    for form in second.forms:
        row = form.instance
        data |= {f"{form.prefix}-{name}": value for name, value in (("id", row.pk), ("volunteer", row.volunteer_id))}
        data |= {f"{form.prefix}-team": row.team_id, f"{form.prefix}-valid_from": f"{row.valid_from:%d/%m/%Y}"}
    data[f"{second.forms[-1].prefix}-valid_to"] = f"{today():%d/%m/%Y}"
    response = change(district, world.team, team_form() | data)
    assert response.status_code == 302, errors(response)
    leaver.refresh_from_db()
    assert leaver.valid_to == today()
    assert world.team.members.filter(valid_to=None).count() == total - 1


# --- forged foreign keys ----------------------------------------------------------------------------------------------
def forged(world) -> dict[str, tuple[str, dict, str, type]]:
    """A post by staff of Bình Chánh that names a thing of the banks: (model, form, field refused, what is not made)."""
    own_day = factories.campaign_day(factories.campaign(owner=world.city), today())
    area = factories.area()
    bank_point = factories.point(unit=world.bank, area=area)
    bank_day = factories.campaign_day(factories.campaign(owner=world.bank), today())
    own = {"campaign_day": own_day.pk, "team": world.team.pk}
    return {
        "team-in-their-unit": ("teams.team", team_form(unit=world.bank.pk), "unit", Team),
        "team-in-the-unit-above": ("teams.team", team_form(unit=world.city.pk), "unit", Team),
        "unit-under-theirs": ("teams.unit", unit_form(parent=world.banks.pk), "parent", Unit),
        "volunteer-of-theirs": ("teams.volunteer", volunteer_form(unit=world.bank.pk), "unit", Volunteer),
        "their-team": (
            "campaigns.deployment",
            deployment_form(**own | {"team": world.team_bank.pk}),
            "team",
            Deployment,
        ),
        "their-point": ("campaigns.deployment", deployment_form(**own, point=bank_point.pk), "point", Deployment),
        "their-day": (
            "campaigns.deployment",
            deployment_form(**own | {"campaign_day": bank_day.pk}),
            "campaign_day",
            Deployment,
        ),
        "point-of-theirs": (
            "campaigns.supportpoint",
            point_form(unit=world.bank.pk, area=area.pk),
            "unit",
            SupportPoint,
        ),
    }


FORGED = [
    "team-in-their-unit",
    "team-in-the-unit-above",
    "unit-under-theirs",
    "volunteer-of-theirs",
    "their-team",
    "their-point",
    "their-day",
    "point-of-theirs",
]


@pytest.mark.parametrize("case", FORGED)
def test_forged_foreign_key_is_refused(district, world, case):
    model, form, field, kind = forged(world)[case]
    before = kind.objects.count()
    response = add(district, model, form)
    assert (response.status_code, list(errors(response))) == (REFUSED, [field])
    assert kind.objects.count() == before


def test_member_from_another_subtree_is_refused(district, world):
    stranger = factories.volunteer(unit=world.bank)
    form = team_form(code="TO-TT", name=world.team.name, valid_from="01/01/2020")
    form |= {"members-TOTAL_FORMS": 1, "members-0-volunteer": stranger.pk, "members-0-valid_from": "01/03/2026"}
    assert change(district, world.team, form | {"members-0-team": world.team.pk}).status_code == REFUSED
    assert not TeamMember.objects.exists()


@pytest.mark.parametrize("wish", [{}, {"members-0-DELETE": "on"}], ids=["changed", "deleted"])
def test_row_of_an_inline_that_belongs_to_a_stranger_stays_as_it_is(district, world, wish):
    stranger = factories.volunteer(unit=world.bank, team=world.team_bank)
    theirs = TeamMember.objects.get(volunteer=stranger)
    form = team_form(code="TO-TT", name=world.team.name, valid_from="01/01/2020")
    form |= {"members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 1, "members-0-id": theirs.pk}
    form |= {"members-0-volunteer": stranger.pk, "members-0-valid_from": "01/03/2026", "members-0-team": world.team.pk}
    change(district, world.team, form | wish)
    theirs.refresh_from_db()
    assert (theirs.team, theirs.valid_from) == (world.team_bank, LONG_AGO)


# --- plans ------------------------------------------------------------------------------------------------------------
def test_unit_staff_sends_a_team_to_a_day_of_the_city(district, world):
    day = factories.campaign_day(factories.campaign(owner=world.city), today())
    assert (
        add(district, "campaigns.deployment", deployment_form(campaign_day=day.pk, team=world.team.pk)).status_code
        == SAVED
    )
    assert Deployment.objects.get().team == world.team
    event = AuditEvent.objects.get(action="campaigns.deployment_added")
    assert (event.actor, event.scope_unit) == (world.unit_staff, world.tan_tuc.pk)


def test_deployment_is_cancelled_once_with_a_question_before(district, world):
    deployment = factories.deployment(world.team, factories.campaign_day(factories.campaign(owner=world.city), today()))
    url = reverse("admin:campaigns_deployment_cancel", args=[deployment.pk])
    assert "Hủy phân công này?" in district.get(url).text
    deployment.refresh_from_db()
    assert deployment.cancelled_at is None
    for _time in range(2):
        assert district.post(url).status_code == SAVED
    deployment.refresh_from_db()
    assert deployment.cancelled_at is not None
    assert AuditEvent.objects.filter(action="campaigns.deployment_cancelled").count() == 1


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("bank_staff", 404)])
def test_others_do_not_cancel_it(client, world, who, status):
    deployment = factories.deployment(world.team, factories.campaign_day(factories.campaign(owner=world.city), today()))
    client.force_login(getattr(world, who))
    assert client.post(reverse("admin:campaigns_deployment_cancel", args=[deployment.pk])).status_code == status
    deployment.refresh_from_db()
    assert deployment.cancelled_at is None


def test_campaign_with_days_and_targets_is_one_form(city, world):
    form = (
        campaign_form(owner=world.city.pk)
        | management("days")
        | {
            "days-TOTAL_FORMS": 1,
            "days-0-day": "26/03/2026",
            "days-0-kind": "peak",
            "targets-TOTAL_FORMS": 1,
            "targets-0-unit": world.binh_chanh.pk,
            "targets-0-name": "Lượt người",
            "targets-0-measure": "people",
            "targets-0-value": "500",
        }
    )
    assert add(city, "campaigns.campaign", form).status_code == SAVED
    campaign = Campaign.objects.get()
    assert CampaignDay.objects.get().day == dt.date(2026, 3, 26)
    assert Target.objects.get().unit == world.binh_chanh
    event = AuditEvent.objects.get(action="campaigns.campaign_added", target_id=str(campaign.pk))
    assert [row["row"] for row in event.data["rows"]] == ["campaignday", "target"]


def test_target_is_set_for_a_known_measure_only(city, world):
    campaign = factories.campaign(owner=world.city)
    form = {"campaign": campaign.pk, "unit": world.binh_chanh.pk, "name": "Lạ", "measure": "khong_co", "value": 5}
    assert list(errors(add(city, "campaigns.target", form))) == ["measure"]
    assert add(city, "campaigns.target", form | {"measure": "service_turns"}).status_code == SAVED


def test_campaign_cannot_stand_under_itself(city, world):
    top = factories.campaign(owner=world.city)
    below = factories.campaign(owner=world.city, parent=top)
    form = campaign_form(code=top.code, name=top.name, starts_on="01/01/2020", owner=world.city.pk, parent=below.pk)
    assert change(city, top, form).status_code == REFUSED
    top.refresh_from_db()
    assert top.parent is None


# --- trail and transaction --------------------------------------------------------------------------------------------
def writes(world) -> dict:
    day = factories.campaign_day(factories.campaign(owner=world.city), today())
    return {
        "team": ("teams.team", team_form(unit=world.tan_tuc.pk), Team),
        "volunteer": ("teams.volunteer", volunteer_form(unit=world.tan_tuc.pk), Volunteer),
        "point": ("campaigns.supportpoint", point_form(unit=world.tan_tuc.pk, area=factories.area().pk), SupportPoint),
        "deployment": ("campaigns.deployment", deployment_form(campaign_day=day.pk, team=world.team.pk), Deployment),
        "user": (
            "accounts.user",
            management("appointments")
            | {"username": "moi", "full_name": "Người Mới", "kind": "person", "is_active": "on"},
            User,
        ),
    }


@pytest.mark.parametrize("case", ["team", "volunteer", "point", "deployment", "user"])
def test_change_without_its_audit_row_is_undone(district, world, monkeypatch, case):
    model, form, kind = writes(world)[case]
    before, events = kind.objects.count(), AuditEvent.objects.count()

    def fail(*args, **kwargs):
        raise RuntimeError("the trail is full")

    with monkeypatch.context() as broken:
        broken.setattr(audit.AuditEvent.objects, "create", fail)
        with pytest.raises(RuntimeError, match="the trail is full"):
            add(district, model, form)
    assert (kind.objects.count(), AuditEvent.objects.count()) == (before, events)
    assert add(district, model, form).status_code in (SAVED, REFUSED)
    assert kind.objects.count() == before + 1


@pytest.mark.parametrize(
    ("case", "revision"), [("team", "org"), ("volunteer", "org"), ("point", "campaigns"), ("deployment", "campaigns")]
)
def test_change_moves_the_revision_of_its_kind(district, world, case, revision):
    model, form, _kind = writes(world)[case]
    before = Revision.state().get(revision)
    add(district, model, form)
    assert Revision.state()[revision].number > (before.number if before else 0)


def test_history_is_the_audit_trail_of_the_row(district, world):
    team = factories.team("TO-LS", unit=world.tan_tuc)
    change(district, team, team_form(code="TO-LS", name="Tên đã sửa", valid_from="01/01/2020"))
    response = district.get(reverse("admin:teams_team_history", args=[team.pk]), follow=True)
    assert [event.action for event in response.context["cl"].result_list] == ["teams.team_changed", "teams.team_moved"]


def test_audit_row_tells_before_and_after_in_words(district, world):
    change(district, world.team, team_form(code="TO-TT", name="Tên đã sửa", valid_from="01/01/2020"))
    event = AuditEvent.objects.get(action="teams.team_changed")
    page = district.get(reverse("admin:core_auditevent_change", args=[event.pk])).text
    assert "<strong>Tên đội hình</strong>: Tổ xung kích Tân Túc → Tên đã sửa" in page
    assert "teams.team_changed" not in page
