"""The doors of the portal, and the admin's sidebar: each shown only to those for whom it opens."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from teams.access import access_of
from teams.permissions import Right

PAGES = [
    # (url name, label, icon, right)
    ("field:home", _("Ghi lượt hỗ trợ"), "smartphone", Right.LOG_RECORD),
    ("dashboard:home", _("Bảng điều hành"), "layout-dashboard", Right.DASHBOARD_VIEW),
    ("admin:index", _("Quản trị"), "settings", Right.ADMIN_ENTER),
    ("teams:pass_list", _("Thẻ thiết bị"), "qr-code", Right.PASS_ISSUE),
]


def pages(request) -> list[dict]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    access = access_of(request)
    return [
        {"url": reverse(name), "label": label, "icon": icon, "current": request.path.startswith(reverse(name))}
        for name, label, icon, right in PAGES
        if access.has(right)
    ]


def sidebar(request) -> list[dict]:
    """Groups of the admin's change lists, in the order of the work."""
    groups = [
        (_("Tổ chức"), [
            ("teams.unit", "account_tree"), ("teams.team", "groups"), ("teams.volunteer", "volunteer_activism"),
            ("teams.adminarea", "map"), ("teams.areasuccession", "merge"),
        ]),
        (_("Chiến dịch"), [
            ("campaigns.campaign", "campaign"), ("campaigns.campaignday", "event"),
            ("campaigns.supportpoint", "location_on"), ("campaigns.deployment", "assignment_ind"),
            ("campaigns.target", "flag"), ("campaigns.programmegoal", "target"),
        ]),
        (_("Hỗ trợ người dân"), [
            ("services_help.session", "event_available"), ("services_help.assistancelog", "fact_check"),
            ("services_help.attendance", "how_to_reg"), ("services_help.void", "undo"),
            ("services_help.service", "category"), ("services_help.metric", "straighten"),
        ]),
        (_("Quyền và dấu vết"), [
            ("accounts.user", "person"), ("teams.appointment", "badge"), ("teams.devicepass", "qr_code_2"),
            ("teams.apitoken", "key"), ("core.auditevent", "history"),
        ]),
    ]  # fmt: skip
    return [
        {"title": title, "separator": True, "items": [_item(request, model, icon) for model, icon in models]}
        for title, models in groups
    ]


def _item(request, model: str, icon: str) -> dict:
    from django.apps import apps  # the registry is not ready when settings name this module

    app_label, model_name = model.split(".")
    return {
        "title": apps.get_model(model)._meta.verbose_name_plural.capitalize(),
        "icon": icon,
        "link": reverse(f"admin:{app_label}_{model_name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app_label}.view_{model_name}"),
    }
