"""The doors of the portal, and the admin's sidebar: each shown only to those for whom it opens."""

from django.apps import apps
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from teams.access import access_of
from teams.permissions import Right

PAGES = [
    # (url name, label, icon, right)
    ("field:app", _("Ghi lượt hỗ trợ"), "smartphone", Right.LOG_RECORD),
    ("dashboard:home", _("Bảng điều hành"), "layout-dashboard", Right.DASHBOARD_VIEW),
    ("plan:campaign_list", _("Kế hoạch"), "calendar-days", Right.DASHBOARD_VIEW),
    ("handout:home", _("Phát thẻ"), "qr-code", Right.PASS_ISSUE),
    ("review:queue", _("Duyệt ca"), "clipboard-check", Right.REVIEW),
    ("report:issues", _("Báo cáo"), "file-text", Right.DASHBOARD_VIEW),
    ("admin:index", _("Quản trị"), "settings", Right.ADMIN_ENTER),
]

# The pages of the office that stand in the admin's sidebar.
OFFICE = [
    ("trail", _("Nhật ký: ai sửa, xem, xuất"), "history", Right.AUDIT_VIEW),
    ("roles", _("Ai được làm gì"), "badge", Right.APPOINT),
    ("retention", _("Thời hạn lưu giữ"), "auto_delete", Right.RETENTION_MANAGE),
    ("monitor", _("Việc của máy chủ"), "memory", Right.SYSTEM_WATCH),
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


def sidebar(request) -> list[dict]:  # noqa: ARG001  (the theme passes it)
    """Groups of the admin's change lists: first what changes every day, last what changes once a year."""
    groups = [
        (_("Hằng ngày"), [
            ("campaigns.deployment", "assignment_ind"), ("services_help.session", "event_available"),
            ("services_help.assistancelog", "fact_check"), ("services_help.attendance", "how_to_reg"),
            ("services_help.void", "undo"), ("services_help.devicereport", "phonelink_ring"),
        ]),
        (_("Kế hoạch"), [
            ("campaigns.campaign", "campaign"), ("campaigns.campaignday", "event"),
            ("campaigns.supportpoint", "location_on"), ("campaigns.target", "flag"),
            ("services_help.reviewpolicy", "event_busy"),
        ]),
        (_("Tổ chức"), [
            ("teams.team", "groups"), ("teams.volunteer", "volunteer_activism"), ("teams.unit", "account_tree"),
        ]),
        (_("Tài khoản và quyền"), [
            ("accounts.user", "person"), ("teams.appointment", "badge"), ("teams.devicepass", "qr_code_2"),
            ("teams.apitoken", "key"), ("core.auditevent", "history"),
        ]),
        (_("Danh mục"), [
            ("services_help.service", "category"), ("services_help.campaignservice", "playlist_add_check"),
            ("desk.outlierrule", "rule"), ("services_help.metric", "straighten"), ("campaigns.programmegoal", "target"),
            ("teams.adminarea", "map"), ("teams.areasuccession", "merge"),
        ]),
    ]  # fmt: skip
    top = [
        {"title": _("Hôm nay"), "icon": "today", "link": reverse("admin:index")},
        {"title": _("Bảng điều hành"), "icon": "monitoring", "link": reverse("dashboard:home")},
        {
            "title": _("Sắp xếp tổ chức"),
            "icon": "account_tree",
            "link": reverse("reorganise:list"),
            # Asked on every page of the admin: without looking for the roots of the tree.
            "permission": lambda request: request.user.has_perm(Right.ORG_REORGANISE),
        },
        {
            "title": _("Đối soát số liệu"),
            "icon": "verified",
            "link": reverse("dashboard:proof"),
            "permission": lambda request: request.user.has_perm(Right.TALLIES_PROVE),
        },
        *(
            {
                "title": title,
                "icon": icon,
                "link": reverse(f"office:{name}"),
                "permission": lambda request, right=right: request.user.has_perm(right),
            }
            for name, title, icon, right in OFFICE
        ),
    ]
    lists = [(title, [_item(model, icon) for model, icon in models]) for title, models in groups]
    return [{"items": top}, *({"title": title, "separator": True, "items": items} for title, items in lists)]


def _item(model: str, icon: str) -> dict:
    app_label, model_name = model.split(".")
    return {
        "title": capfirst(apps.get_model(model)._meta.verbose_name_plural),
        "icon": icon,
        "link": reverse(f"admin:{app_label}_{model_name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app_label}.view_{model_name}"),
    }
