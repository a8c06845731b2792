"""The one table of rights. Pages, admin, API, exports and templates all ask here; nobody compares roles.

Knows no models, so that models may use its words; ``teams.access`` turns it into querysets.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    ADMIN_ENTER = "admin.enter"
    ORG_VIEW = "org.view"
    ORG_MANAGE = "org.manage"
    # Moving units and teams between parents, importing units: what changes other people's figures.
    ORG_REORGANISE = "org.reorganise"
    APPOINT = "appoint"
    TOKEN_MANAGE = "token.manage"  # noqa: S105  (a right, not a password)
    PASS_ISSUE = "pass.issue"  # noqa: S105
    CAMPAIGN_VIEW = "campaign.view"
    CAMPAIGN_MANAGE = "campaign.manage"
    DEPLOY = "deploy"
    CATALOGUE_MANAGE = "catalogue.manage"
    SESSION_VIEW = "session.view"
    LOG_RECORD = "log.record"
    # Taking back what somebody else logged, with a reason.
    LOG_VOID = "log.void"
    STATS_VIEW = "stats.view"
    # Figures as anybody may know them: whole months, small counts hidden. All that a public token can do.
    STATS_PUBLISHED = "stats.published"
    DASHBOARD_VIEW = "dashboard.view"
    EXPORT = "export"
    # Drafting the official report of a unit, and issuing it.
    REPORT_ISSUE = "report.issue"
    # Approving the sessions of a unit, or sending them back with a reason.
    REVIEW = "review"
    # Closing a period for good, and changing a closed one by an adjustment with author and reason.
    PERIOD_LOCK = "period.lock"
    ADJUST = "adjust"
    # What makes a session stand out.
    RULES_MANAGE = "rules.manage"
    # Having figures checked against the logs, or counted again.
    TALLIES_PROVE = "tallies.prove"
    AUDIT_VIEW = "audit.view"
    # How long personal data is kept, and keeping it from being erased; for the whole city.
    RETENTION_MANAGE = "retention.manage"
    # What the machine is at, and having it try again.
    SYSTEM_WATCH = "system.watch"


class Role(models.TextChoices):
    CITY_STAFF = "city_staff", _("Cán bộ Thành Đoàn")
    UNIT_STAFF = "unit_staff", _("Cán bộ Đoàn đơn vị")
    TEAM_LEADER = "team_leader", _("Đội trưởng")
    VIEWER = "viewer", _("Người xem")
    API_CLIENT = "api_client", _("Hệ thống khác (API)")


class Scope(models.TextChoices):
    """What an API token may be good for; the words of OAuth scopes."""

    STATS_READ = "stats:read", _("Đọc số liệu thống kê")
    ORG_READ = "org:read", _("Đọc đơn vị, đội hình, chiến dịch")
    SESSIONS_READ = "sessions:read", _("Đọc ca hỗ trợ")
    LOGS_WRITE = "logs:write", _("Gửi lượt hỗ trợ")
    CAMPAIGNS_WRITE = "campaigns:write", _("Ghi chiến dịch, điểm hỗ trợ, chỉ tiêu")


_VIEWER = frozenset(
    {
        Right.ADMIN_ENTER,
        Right.ORG_VIEW,
        Right.CAMPAIGN_VIEW,
        Right.SESSION_VIEW,
        Right.STATS_VIEW,
        Right.DASHBOARD_VIEW,
    }
)
_UNIT_STAFF = _VIEWER | {
    Right.ORG_MANAGE,
    Right.APPOINT,
    Right.PASS_ISSUE,
    Right.DEPLOY,
    # What a phone could not send, and what was kept on paper, is brought in by those nearest to it (decision 0007).
    Right.LOG_RECORD,
    Right.LOG_VOID,
    Right.REVIEW,
    Right.EXPORT,
    Right.REPORT_ISSUE,
    Right.AUDIT_VIEW,
}
ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CITY_STAFF: frozenset(Right),
    Role.UNIT_STAFF: _UNIT_STAFF,
    Role.TEAM_LEADER: frozenset(
        {Right.ORG_VIEW, Right.CAMPAIGN_VIEW, Right.SESSION_VIEW, Right.LOG_RECORD, Right.STATS_VIEW}
    ),
    Role.VIEWER: _VIEWER,
    # Holds nothing by signing in; its tokens carry the rights of their scopes.
    Role.API_CLIENT: frozenset(),
}
SCOPE_RIGHTS: dict[Scope, frozenset[Right]] = {
    Scope.STATS_READ: frozenset({Right.STATS_VIEW}),
    Scope.ORG_READ: frozenset({Right.ORG_VIEW, Right.CAMPAIGN_VIEW}),
    Scope.SESSIONS_READ: frozenset({Right.SESSION_VIEW}),
    Scope.LOGS_WRITE: frozenset({Right.LOG_RECORD}),
    Scope.CAMPAIGNS_WRITE: frozenset({Right.CAMPAIGN_VIEW, Right.CAMPAIGN_MANAGE, Right.DEPLOY}),
}


# Whom a role may appoint, within the subtree of the one who appoints.
APPOINTABLE: dict[Role, frozenset[Role]] = {
    Role.CITY_STAFF: frozenset(Role),
    Role.UNIT_STAFF: frozenset({Role.UNIT_STAFF, Role.TEAM_LEADER, Role.VIEWER}),
    Role.TEAM_LEADER: frozenset(),
    Role.VIEWER: frozenset(),
    Role.API_CLIENT: frozenset(),
}


def roles_with(right: Right) -> list[Role]:
    """For queries: the roles that grant ``right``."""
    return [role for role, granted in ROLE_RIGHTS.items() if right in granted]


# The admin asks for Django's permission names; this is what each model's stand for. Absent means nobody.
MODEL_RIGHTS: dict[str, tuple[Right, Right | None]] = {
    # "app.model": (to view, to add/change/delete)
    "accounts.user": (Right.APPOINT, Right.APPOINT),
    "teams.unit": (Right.ORG_VIEW, Right.ORG_MANAGE),
    "teams.unitplacement": (Right.ORG_VIEW, Right.ORG_REORGANISE),
    # Written by reorganisations alone.
    "teams.unitsuccession": (Right.ORG_VIEW, None),
    "teams.adminarea": (Right.ORG_VIEW, Right.CATALOGUE_MANAGE),
    "teams.areasuccession": (Right.ORG_VIEW, Right.CATALOGUE_MANAGE),
    "teams.team": (Right.ORG_VIEW, Right.ORG_MANAGE),
    "teams.teamhome": (Right.ORG_VIEW, Right.ORG_REORGANISE),
    "teams.volunteer": (Right.ORG_VIEW, Right.ORG_MANAGE),
    "teams.teammember": (Right.ORG_VIEW, Right.ORG_MANAGE),
    "teams.appointment": (Right.APPOINT, Right.APPOINT),
    "teams.apitoken": (Right.TOKEN_MANAGE, Right.TOKEN_MANAGE),
    "teams.devicepass": (Right.PASS_ISSUE, Right.PASS_ISSUE),
    "campaigns.programmegoal": (Right.CAMPAIGN_VIEW, Right.CATALOGUE_MANAGE),
    "campaigns.campaign": (Right.CAMPAIGN_VIEW, Right.CAMPAIGN_MANAGE),
    "campaigns.campaignday": (Right.CAMPAIGN_VIEW, Right.CAMPAIGN_MANAGE),
    "campaigns.supportpoint": (Right.CAMPAIGN_VIEW, Right.DEPLOY),
    "campaigns.deployment": (Right.CAMPAIGN_VIEW, Right.DEPLOY),
    "campaigns.target": (Right.CAMPAIGN_VIEW, Right.CAMPAIGN_MANAGE),
    "services_help.metric": (Right.CAMPAIGN_VIEW, Right.CATALOGUE_MANAGE),
    "services_help.service": (Right.CAMPAIGN_VIEW, Right.CATALOGUE_MANAGE),
    "services_help.servicemetric": (Right.CAMPAIGN_VIEW, Right.CATALOGUE_MANAGE),
    "services_help.campaignservice": (Right.CAMPAIGN_VIEW, Right.CAMPAIGN_MANAGE),
    # What was logged is read here and corrected by a void, never edited.
    "services_help.session": (Right.SESSION_VIEW, None),
    "services_help.assistancelog": (Right.SESSION_VIEW, None),
    "services_help.attendance": (Right.SESSION_VIEW, None),
    "services_help.void": (Right.SESSION_VIEW, None),
    "services_help.reviewpolicy": (Right.REVIEW, Right.PERIOD_LOCK),
    # Pictures are looked at on the page of their session.
    "services_help.devicereport": (Right.SESSION_VIEW, None),
    "desk.outlierrule": (Right.RULES_MANAGE, Right.RULES_MANAGE),
    "core.auditevent": (Right.AUDIT_VIEW, None),
}
