"""Who sees what: the table of rights over the dated tree."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from campaigns.models import Campaign, Deployment, SupportPoint, Target
from core.errors import NotAllowed
from services_help.models import AssistanceLog, Session
from teams.access import access_of_token, access_of_user, system_access
from teams.models import Team, TeamHome, Unit, UnitPlacement, Volunteer
from teams.permissions import MODEL_RIGHTS, ROLE_RIGHTS, SCOPE_RIGHTS, Right, Role, Scope, roles_with
from teams.services import move_team, place_unit
from teams.tree import rebuild_ancestry
from tests import factories


def codes(queryset) -> set[str]:
    return set(queryset.values_list("code", flat=True))


# The small city: TD > BC > (BC-TT, BC-VL) and TD > NH > NH-01, one team in each leaf.
UNITS_SEEN = {
    "city_staff": {"TD", "BC", "BC-TT", "BC-VL", "NH", "NH-01"},
    "unit_staff": {"BC", "BC-TT", "BC-VL"},
    "viewer": {"BC", "BC-TT", "BC-VL"},
    "bank_staff": {"NH", "NH-01"},
    "leader": {"BC-TT"},  # the home of its team, by name
    "nobody": set(),
}
TEAMS_SEEN = {
    "city_staff": {"TO-TT", "TO-VL", "TO-NH"},
    "unit_staff": {"TO-TT", "TO-VL"},
    "viewer": {"TO-TT", "TO-VL"},
    "bank_staff": {"TO-NH"},
    "leader": {"TO-TT"},
    "nobody": set(),
}


@pytest.mark.parametrize("who", UNITS_SEEN)
def test_units_and_teams_seen_are_those_of_the_subtree(world, who):
    access = access_of_user(getattr(world, who))
    assert codes(Unit.objects.visible_to(access)) == UNITS_SEEN[who]
    assert codes(Team.objects.visible_to(access)) == TEAMS_SEEN[who]


@pytest.mark.parametrize("who", TEAMS_SEEN)
def test_sessions_and_their_logs_are_seen_with_the_team(world, who):
    service = factories.service()
    for team in (world.team, world.team_vinh_loc, world.team_bank):
        factories.log(factories.session(team), service)
    access = access_of_user(getattr(world, who))
    assert set(Session.objects.visible_to(access).values_list("team__code", flat=True)) == TEAMS_SEEN[who]
    logs = access.visible_sessions(AssistanceLog.objects.all(), Right.SESSION_VIEW, prefix="session__")
    assert set(logs.values_list("session__team__code", flat=True)) == TEAMS_SEEN[who]


def test_session_stays_visible_to_the_old_unit_and_opens_to_the_new_one(world):
    session = factories.session(world.team, factories.PEAK_DAY)
    later = factories.session(world.team, dt.date(2024, 6, 1))
    move_team(team=world.team, unit=world.bank, since=dt.date(2024, 1, 1), by=None)
    old, new = access_of_user(world.unit_staff), access_of_user(world.bank_staff)
    assert set(Session.objects.visible_to(old)) == {session}
    assert set(Session.objects.visible_to(new)) == {session, later}


def test_unit_moved_away_leaves_the_old_staff_but_not_its_past_sessions(world):
    session = factories.session(world.team, factories.PEAK_DAY)
    place_unit(unit=world.tan_tuc, parent=world.banks, since=dt.date(2024, 1, 1), by=None)
    access = access_of_user(world.unit_staff)
    assert codes(Unit.objects.visible_to(access)) == {"BC", "BC-VL"}
    assert set(Session.objects.visible_to(access)) == {session}


@pytest.mark.parametrize("who", TEAMS_SEEN)
@pytest.mark.parametrize("day", [factories.PEAK_DAY, dt.date(2024, 6, 1)])
def test_rows_of_a_day_are_of_the_teams_that_stood_under_the_reader_on_it(world, who, day):
    service, moved = factories.service(), dt.date(2024, 1, 1)
    for team in (world.team, world.team_vinh_loc, world.team_bank):
        for each in (factories.PEAK_DAY, dt.date(2024, 6, 1)):
            factories.log(factories.session(team, each), service)
    move_team(team=world.team, unit=world.bank, since=moved, by=None)
    place_unit(unit=world.vinh_loc, parent=world.banks, since=moved, by=None)
    access = access_of_user(getattr(world, who))
    right = Right.SESSION_VIEW
    of_day, logs = Session.objects.filter(day=day), AssistanceLog.objects.filter(session__day=day)
    his = {session for session in of_day if access.covers_team(right, session.team, day)}
    assert his <= set(of_day.visible_to(access))
    assert set(access.of_day(of_day, day, right)) == his
    assert set(access.of_day(logs, day, right, "session__")) == set(logs.filter(session__in=his))


def test_closed_unit_stays_with_those_under_whom_it_last_stood(world):
    end = dt.date(2025, 6, 30)
    UnitPlacement.objects.filter(unit=world.tan_tuc).update(valid_to=end)
    TeamHome.objects.filter(team=world.team).update(valid_to=end)
    Team.objects.filter(pk=world.team.pk).update(valid_to=end)
    world.tan_tuc.valid_to = end
    world.tan_tuc.save()
    place_unit(unit=world.vinh_loc, parent=world.binh_chanh, since=factories.LONG_AGO, by=None)
    rebuild_ancestry()
    access = access_of_user(world.unit_staff)
    assert "BC-TT" in codes(Unit.objects.visible_to(access))
    assert "TO-TT" in codes(Team.objects.visible_to(access))


def test_appointment_counts_only_in_its_days(world):
    user = factories.user("sap-toi", Role.UNIT_STAFF, unit=world.binh_chanh)
    user.appointments.update(valid_from=dt.date(2999, 1, 1))
    assert not access_of_user(user).has(Right.ORG_VIEW)
    user.appointments.update(valid_from=dt.date(2020, 1, 1), valid_to=dt.date(2020, 12, 31))
    assert not access_of_user(user).has(Right.ORG_VIEW)


@pytest.mark.parametrize("user", [AnonymousUser(), None])
def test_anonymous_holds_nothing(user):
    assert access_of_user(user).grants == ()


def test_inactive_user_holds_nothing(world):
    world.city_staff.is_active = False
    assert access_of_user(world.city_staff).grants == ()
    assert not world.city_staff.has_perm("teams.view_unit")


def test_superuser_and_system_are_unlimited(world):
    operator = factories.user("van-hanh", is_superuser=True)
    for access in (access_of_user(operator), system_access()):
        assert access.is_city_wide(Right.STATS_VIEW)
        assert Unit.objects.visible_to(access).count() == 6
        assert access.covers_unit(Right.ORG_MANAGE, world.bank)
        assert access.covers_team(Right.LOG_RECORD, world.team)


def test_token_has_the_rights_of_its_scopes_only_whatever_its_owner_may(world):
    token, _key = factories.token(Scope.STATS_READ, unit=world.binh_chanh, owner=world.city_staff)
    access = access_of_token(token)
    assert access.has(Right.STATS_VIEW)
    assert not access.has(Right.ORG_VIEW)
    assert access.covers_unit(Right.STATS_VIEW, world.tan_tuc)
    assert not access.covers_unit(Right.STATS_VIEW, world.bank)
    assert not access.is_city_wide(Right.STATS_VIEW)


def test_token_without_scopes_holds_nothing(world):
    token, _key = factories.token(unit=world.city)
    assert not any(access_of_token(token).has(right) for right in Right)


def test_covers_team_follows_the_home_of_the_day(world):
    move_team(team=world.team, unit=world.bank, since=dt.date(2024, 1, 1), by=None)
    access = access_of_user(world.unit_staff)
    assert access.covers_team(Right.SESSION_VIEW, world.team, factories.PEAK_DAY)
    assert not access.covers_team(Right.SESSION_VIEW, world.team)


def test_require_without_the_right_is_refused_in_words(world):
    with pytest.raises(NotAllowed, match="không có quyền"):
        access_of_user(world.viewer).require(Right.ORG_MANAGE)


def test_volunteers_are_seen_with_their_unit_and_with_their_team(world):
    own = factories.volunteer("TNV-TT", unit=world.tan_tuc)
    guest = factories.volunteer("TNV-NH", unit=world.bank, team=world.team)
    factories.volunteer("TNV-KHAC", unit=world.bank)
    assert set(Volunteer.objects.visible_to(access_of_user(world.unit_staff))) == {own, guest}
    assert set(Volunteer.objects.visible_to(access_of_user(world.leader))) == {guest}


def test_campaigns_are_seen_from_below_their_owner_but_managed_only_above(world):
    city = factories.campaign("TP", owner=world.city)
    district = factories.campaign("BC", owner=world.binh_chanh)
    banks = factories.campaign("NH", owner=world.banks)
    seen = Campaign.objects.visible_to
    assert set(seen(access_of_user(world.leader))) == {city, district}
    assert set(seen(access_of_user(world.unit_staff))) == {city, district}
    assert set(seen(access_of_user(world.bank_staff))) == {city, banks}
    assert set(seen(access_of_user(world.city_staff), Right.CAMPAIGN_MANAGE)) == {city, district, banks}
    assert not seen(access_of_user(world.unit_staff), Right.CAMPAIGN_MANAGE).exists()


def test_plans_are_seen_with_the_team_or_unit_that_they_are_for(world):
    day = factories.campaign_day(factories.campaign(owner=world.city))
    point = factories.point("D1", unit=world.binh_chanh, area=factories.area())
    mine = factories.deployment(world.team, day, point)
    other = factories.deployment(world.team_bank, day)
    target = factories.target(day.campaign, world.tan_tuc)
    leader, banker = access_of_user(world.leader), access_of_user(world.bank_staff)
    assert set(Deployment.objects.visible_to(leader)) == {mine}
    assert set(Deployment.objects.visible_to(banker)) == {other}
    assert set(SupportPoint.objects.visible_to(leader)) == {point}
    assert not SupportPoint.objects.visible_to(banker).exists()
    assert set(Target.objects.visible_to(access_of_user(world.unit_staff))) == {target}
    assert not Target.objects.visible_to(banker).exists()


def test_every_role_and_scope_stands_in_the_table():
    assert set(ROLE_RIGHTS) == set(Role)
    assert set(SCOPE_RIGHTS) == set(Scope)
    assert roles_with(Right.ORG_REORGANISE) == [Role.CITY_STAFF]
    assert not any(write in ROLE_RIGHTS[Role.VIEWER] for _view, write in MODEL_RIGHTS.values() if write)


def test_unknown_permission_name_is_nobody_s(world):
    assert not world.city_staff.has_perm("teams.view_nothing")
    assert not world.city_staff.has_perm("services_help.change_assistancelog")
    assert world.city_staff.has_perm("services_help.view_assistancelog")
    assert world.city_staff.has_perms(["teams.view_unit", "teams.change_unit"])
    assert not world.leader.is_staff
