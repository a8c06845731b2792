"""One row of each model of the admin, in the subtree of a unit and under a name: what its tests look for."""

import datetime as dt

from campaigns.models import ProgrammeGoal
from core.models import AuditEvent
from desk.outliers.models import OutlierRule, RuleCode
from services_help.models import CampaignService, ReviewPolicy
from teams.models import AreaSuccession, DevicePass
from teams.permissions import Role, Scope
from tests import factories
from tests.desk.shifts import rules_in_place
from tests.factories import LONG_AGO


def unit(unit, name):
    return factories.unit(parent=unit, name=name)


def team(unit, name):
    return factories.team(unit=unit, name=name)


def volunteer(unit, name):
    return factories.volunteer(unit=unit, full_name=name)


def user(unit, name):
    return factories.user(role=Role.VIEWER, unit=unit, full_name=name)


def appointment(unit, name):
    return user(unit, name).appointments.get()


def device_pass(unit, name):
    return DevicePass.objects.create(
        team=team(unit, name), digest=f"{factories.number()}", valid_to=LONG_AGO, created_by=factories.user()
    )


def api_token(unit, name):
    return factories.token(Scope.STATS_READ, unit=unit, owner=factories.user(full_name=name))[0]


def campaign(unit, name):
    return factories.campaign(owner=unit, name=name)


def campaign_day(unit, name):
    return factories.campaign_day(campaign(unit, name))


def target(unit, name):
    return factories.target(campaign(unit, name), unit)


def campaign_service(unit, name):
    return CampaignService.objects.create(
        campaign=campaign(unit, name), service=factories.service(f"DVC-{factories.number()}")
    )


def point(unit, name):
    return factories.point(unit=unit, area=factories.area(), name=name)


def deployment(unit, name):
    return factories.deployment(team(unit, name), factories.campaign_day(factories.campaign(owner=unit)))


def session(unit, name):
    return factories.session(team(unit, name))


def log(unit, name):
    return factories.log(session(unit, name), factories.service(f"DVC-{factories.number()}"))


def attendance(unit, name):
    return factories.attendance(session(unit, "Tổ khác"), volunteer(unit, name))


def void(unit, name):
    taken_back = factories.session(team(unit, "Tổ khác"), by=factories.user(full_name=name))
    return factories.void(taken_back)


def audit_event(unit, name):
    return AuditEvent.objects.create(
        action="teams.team_changed", target_type="teams.team", target_label=name, scope_unit=unit.pk
    )


def area(_unit, name):
    return factories.area(name=name)


def succession(unit, name):
    return AreaSuccession.objects.create(
        old=area(unit, name), new=factories.area(), effective_on=dt.date(2025, 7, 1), relation="whole"
    )


def goal(_unit, name):
    return ProgrammeGoal.objects.create(code=f"MT-{factories.number()}", name=name, source="2393/QĐ-UBND")


def service(_unit, name):
    return factories.service(f"DVC-{factories.number()}", name=name)


def metric(_unit, name):
    return factories.metric(f"M{factories.number()}", name=name)


def review_policy(unit, name):
    return ReviewPolicy.objects.create(campaign=campaign(unit, name), days=5)


def device_report(unit, name):
    return factories.device_report(factories.team(unit=unit), factories.user(full_name=name))


def outlier_rule(_unit, _name):
    rules_in_place()
    return OutlierRule.objects.get(code=RuleCode.PACE)


# What the tree narrows, and what all who may enter see (with the keys, which only Thành Đoàn keeps).
SCOPED = {
    "teams.unit": unit,
    "teams.team": team,
    "teams.volunteer": volunteer,
    "teams.appointment": appointment,
    "teams.devicepass": device_pass,
    "accounts.user": user,
    "campaigns.campaign": campaign,
    "campaigns.campaignday": campaign_day,
    "campaigns.supportpoint": point,
    "campaigns.deployment": deployment,
    "campaigns.target": target,
    "services_help.campaignservice": campaign_service,
    "services_help.session": session,
    "services_help.assistancelog": log,
    "services_help.attendance": attendance,
    "services_help.void": void,
    "services_help.devicereport": device_report,
    "core.auditevent": audit_event,
}
SHARED = {
    "teams.adminarea": area,
    "teams.areasuccession": succession,
    "campaigns.programmegoal": goal,
    "services_help.service": service,
    "services_help.metric": metric,
    "services_help.reviewpolicy": review_policy,
    "teams.apitoken": api_token,
}


# What the portal brings along: looked up, and never under a name of the test's choice.
FIXED = {"desk.outlierrule": outlier_rule}


def admin_name(model: str) -> str:
    """``teams.unit`` as the admin's addresses spell it."""
    return f"admin:{model.replace('.', '_')}"
