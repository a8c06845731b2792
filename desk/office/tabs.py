"""The parts of the office: each shown only to those for whom it opens."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from teams.access import Access
from teams.permissions import Right

TABS = [
    # (name of the page, label, icon, right)
    ("trail", _("Nhật ký"), "list-checks", Right.AUDIT_VIEW),
    ("roles", _("Ai được làm gì"), "users", Right.APPOINT),
    ("catalogue", _("Dịch vụ theo ngày"), "layout-grid", Right.CAMPAIGN_VIEW),
    ("retention", _("Thời hạn lưu giữ"), "clock", Right.RETENTION_MANAGE),
    ("monitor", _("Việc của máy chủ"), "monitor-check", Right.SYSTEM_WATCH),
]


def tabs(access: Access, current: str) -> list[dict]:
    return [
        {"url": reverse(f"office:{name}"), "label": label, "icon": icon, "is_current": name == current}
        for name, label, icon, right in TABS
        if access.has(right)
    ]
