"""The demo world: what stands in it, that a second seeding changes nothing, and where it refuses to go."""

import datetime as dt

import pytest
from django.apps import apps
from django.core.management.base import CommandError
from django.db.models import Count, Q

from accounts.models import User
from campaigns.models import Campaign, CampaignDay, Deployment, SupportPoint, Target
from core.models import AuditEvent, Revision
from demo import guard
from demo.seeding import reform, seed
from demo.world import organisation, plans
from services_help.models import Service
from teams.access import access_of_user
from teams.models import Appointment, Team, Unit, Volunteer
from teams.permissions import Right
from teams.tree import tree_problems
from tests import factories
from tests.demo.conftest import TODAY

pytestmark = pytest.mark.django_db


def rows_of_every_table() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def teams_below(unit: str):
    units = Unit.objects.below(Unit.objects.get(code=unit), plans.PEAK_DAY)
    return Team.objects.filter(homes__unit__in=units)


# --- what stands in it ---
def test_bình_chánh_has_seventeen_squads_of_which_the_mobile_one_is_assumed(demo_world):
    squads = teams_below("HD-BC").filter(kind="squad")
    assert squads.count() == 17
    assumed = squads.get(is_assumed=True)
    assert (assumed.code, assumed.area) == ("XK-BC-17", None)
    assert "giả định" in assumed.name
    assert set(squads.exclude(pk=assumed.pk).values_list("area__code", flat=True)) == {
        commune.code for commune in organisation.COMMUNES
    }


def test_communes_of_bình_chánh_stand_under_it_in_their_area_of_2023(demo_world):
    units = Unit.objects.filter(placements__parent__code="HD-BC").select_related("area")
    assert units.count() == 16
    for unit in units:
        assert unit.area.district_name == "Huyện Bình Chánh"
        # "Quy Đức" is written "Qui Đức" in the list of areas.
        assert unit.name.removeprefix("Đoàn ").casefold().replace("quy", "qui") == unit.area.name.casefold()


def test_nine_expert_squads_have_their_field_and_no_fixed_area(demo_world):
    experts = teams_below("K-DCD").filter(kind="expert")
    assert set(experts.values_list("field", flat=True)) == set(organisation.FIELDS)
    assert experts.count() == 9
    assert not experts.filter(area__isnull=False).exists()


def test_bank_squads_stand_in_hospitals_since_early_2022(demo_world):
    project = Campaign.objects.get(code="NH-BV")
    assert (project.owner.code, project.starts_on.year, project.ends_on) == ("K-NH", 2022, None)
    kinds = Deployment.objects.filter(campaign_day__campaign=project).values_list("point__kind", flat=True)
    assert set(kinds) == {"hospital"}


def test_peak_day_is_within_the_youth_month_and_has_every_team_out(demo_world):
    peak = CampaignDay.objects.get(campaign__code=plans.PEAK)
    assert (peak.day, peak.kind, peak.campaign.parent.code) == (dt.date(2023, 3, 26), "peak", plans.YOUTH_MONTH)
    assert "giả định" in peak.campaign.description
    assert set(peak.deployments.values_list("team", flat=True)) == set(Team.objects.values_list("pk", flat=True))


def test_every_point_is_valid_in_its_area_and_on_the_days_of_its_deployments(demo_world):
    for point in SupportPoint.objects.select_related("area"):
        assert point.area.is_valid_on(max(point.valid_from, dt.date(2021, 1, 1)))
    for deployment in Deployment.objects.select_related("point", "campaign_day").filter(point__isnull=False):
        assert deployment.point.is_valid_on(deployment.campaign_day.day)


def test_every_campaign_offers_services_on_each_of_its_days(demo_world):
    for day in CampaignDay.objects.select_related("campaign"):
        assert Service.objects.offered_on(day.day, day.campaign).exists()


def test_targets_are_set_for_the_city_and_for_units(demo_world):
    assert set(Target.objects.values_list("unit__code", flat=True)) == {
        *("TD", "HD-BC", "K-NH", "K-DCD", "CA-TP"),
        *("PX-27604", "PX-27637"),  # since the reform
    }


def test_teams_have_six_to_ten_volunteers_all_visibly_invented_and_one_leader(demo_world):
    sizes = Team.objects.annotate(
        people=Count("members", distinct=True),
        leaders=Count("appointments", filter=Q(appointments__user__username__startswith="demo.dt."), distinct=True),
    )
    assert {size.leaders for size in sizes} == {1}
    assert all(6 <= size.people <= 10 for size in sizes)
    assert not Volunteer.objects.exclude(full_name__contains=" Mẫu ").exists()


def test_accounts_are_marked_as_demo_and_hold_each_role(demo_world):
    held = Appointment.objects.select_related("user")
    assert all(each.user.username.startswith("demo.") and "Mẫu" in each.user.full_name for each in held)
    assert {each.role for each in held} == {"city_staff", "unit_staff", "team_leader", "viewer", "api_client"}


def test_tree_is_sound(demo_world):
    assert tree_problems() == []


# --- the reforms of 2025 ---
def test_staff_of_bình_chánh_work_for_the_communes_of_today_and_look_up_the_old_district(demo_world):
    access = access_of_user(User.objects.get(username="demo.binhchanh"))
    reviewed = set(Team.objects.visible_to(access, Right.REVIEW).values_list("code", flat=True))
    known = [number for number in range(1, 18) if number not in (2, 8, 11, 17)]
    assert reviewed == {f"XK-BC-{number:02d}" for number in known}
    assert Unit.objects.visible_to(access, Right.STATS_VIEW).filter(code="HD-BC").exists()
    assert not Unit.objects.visible_to(access, Right.REVIEW).filter(code="HD-BC").exists()


def test_database_of_before_the_reform_gets_it_with_the_next_seeding(db, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(reform, "carry_out", lambda state: None)
        before.setattr(plans, "TARGETS", [target for target in plans.TARGETS if not target[1].startswith("PX-")])
        seed(TODAY)
    assert Unit.objects.get(code="HD-BC").valid_to is None
    added = seed(TODAY)
    assert (added["teams.Reorganisation"], Unit.objects.get(code="HD-BC").valid_to) == (2, dt.date(2025, 6, 30))
    assert seed(TODAY) == {}


# --- again ---
def test_seeding_twice_changes_nothing(demo_world):
    before, revisions = rows_of_every_table(), list(Revision.objects.values_list("name", "number"))
    assert seed(TODAY) == {}
    assert rows_of_every_table() == before
    assert list(Revision.objects.values_list("name", "number")) == revisions


def test_seeding_again_leaves_what_people_have_changed(demo_world):
    Unit.objects.filter(code="QD-01").update(name="Đổi tên")
    Deployment.objects.filter(team__code="XK-BC-04").update(note="Đổi ghi chú")
    seed(TODAY)
    assert Unit.objects.get(code="QD-01").name == "Đổi tên"
    assert set(Deployment.objects.filter(team__code="XK-BC-04").values_list("note", flat=True)) == {"Đổi ghi chú"}


def test_next_day_adds_its_deployments_and_nothing_else(demo_world):
    assert set(seed(TODAY + dt.timedelta(days=1))) == {"campaigns.CampaignDay", "campaigns.Deployment"}


def test_today_and_the_days_around_it_have_teams_at_points_of_the_new_map(demo_world):
    for offset in (-1, 0, 1):
        at_work = Deployment.objects.filter(
            campaign_day__day=TODAY + dt.timedelta(days=offset), campaign_day__campaign__code=plans.TODAY
        )
        assert at_work.values("team").distinct().count() >= 12
        areas = at_work.filter(point__isnull=False).values_list("point__area__valid_from", flat=True)
        assert set(areas) == {organisation.REFORM}


# --- where it refuses ---
def test_seeding_outside_demo_mode_is_refused(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        seed(TODAY)
    assert not Unit.objects.exists()


@pytest.mark.parametrize("make", [factories.user, factories.unit])
def test_database_with_real_data_is_refused_and_left_as_it_was(make):
    make()
    before = rows_of_every_table()
    with pytest.raises(CommandError, match="dữ liệu thật"):
        seed(TODAY)
    assert rows_of_every_table() == before


def test_database_of_the_demo_may_hold_what_its_users_have_made(demo_world):
    factories.user("ban-cua-toi")
    assert seed(TODAY) == {}


def test_seeding_leaves_a_mark_in_the_audit_trail(demo_world):
    assert AuditEvent.objects.get(action=guard.MARK).data["teams.Team"] == len(organisation.TEAMS)
