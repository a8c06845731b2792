"""The first page of the admin: what is going on today in the reader's part of the city, and the usual ways on."""

from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignStatus, Deployment, SupportPoint
from core.dated import today
from services_help.models import Session
from teams.access import access_of
from teams.models import Unit
from teams.permissions import Right


def home_context(request) -> dict:
    access = access_of(request)
    return {
        "today": today(),
        "scope": scope_name(access),
        "figures": figures(access),
        "shortcuts": shortcuts(access),
    }


def scope_name(access) -> str:
    names = Unit.objects.filter(pk__in=access.unit_ids(Right.ADMIN_ENTER)).values_list("name", flat=True)
    return ", ".join(names)


def figures(access) -> list[dict]:
    day = today()
    sent = Deployment.objects.visible_to(access).active().filter(campaign_day__day=day)
    sessions = Session.objects.visible_to(access).live().filter(day=day)
    running = Campaign.objects.visible_to(access).filter(status=CampaignStatus.ACTIVE)
    on_day = f"?day_from={day:%d/%m/%Y}&day_to={day:%d/%m/%Y}"
    return [
        {
            "label": _("Đội hình được phân công"),
            "value": sent.values("team").distinct().count(),
            "url": reverse("admin:campaigns_deployment_changelist"),
        },
        {
            "label": _("Ca hỗ trợ đã mở"),
            "value": sessions.count(),
            "url": reverse("admin:services_help_session_changelist") + on_day,
        },
        {
            "label": _("Ca đang mở"),
            "value": sessions.filter(ended_at__isnull=True).count(),
            "url": reverse("admin:services_help_session_changelist") + on_day + "&open=open",
        },
        {
            "label": _("Chiến dịch đang thực hiện"),
            "value": running.count(),
            "note": _("%(points)s điểm hỗ trợ") % {"points": SupportPoint.objects.visible_to(access).current().count()},
            "url": reverse("admin:campaigns_campaign_changelist") + "?status__exact=active",
        },
    ]


def shortcuts(access) -> list[dict]:
    """Only doors that open for this reader."""
    daily = [
        (
            Right.DASHBOARD_VIEW,
            "dashboard:home",
            "monitoring",
            _("Bảng điều hành"),
            _("Số liệu trong ngày, tự cập nhật"),
        ),
        (
            Right.DEPLOY,
            "admin:campaigns_deployment_add",
            "assignment_ind",
            _("Phân công đội hình"),
            _("Đội hình, ngày, điểm, giờ"),
        ),
        (Right.PASS_ISSUE, "teams:pass_list", "qr_code_2", _("In thẻ thiết bị"), _("Mã QR để đội trưởng đăng nhập")),
        (
            Right.APPOINT,
            "admin:accounts_user_add",
            "person_add",
            _("Tạo tài khoản"),
            _("Rồi phân quyền ở đơn vị hoặc đội hình"),
        ),
    ]
    files = [
        (Right.ORG_REORGANISE, "admin:teams_unit_import", "account_tree", _("Nhập đơn vị từ Excel"), ""),
        (Right.ORG_MANAGE, "admin:teams_team_import", "groups", _("Nhập đội hình từ Excel"), ""),
        (
            Right.ORG_MANAGE,
            "admin:teams_volunteer_import",
            "volunteer_activism",
            _("Nhập tình nguyện viên từ Excel"),
            "",
        ),
        (Right.EXPORT, "admin:services_help_session_export", "download", _("Xuất các ca hỗ trợ"), _("Excel hoặc CSV")),
    ]
    groups = [(_("Việc hằng ngày"), daily), (_("Tệp Excel"), files)]
    return [{"title": title, "items": doors} for title, items in groups if (doors := _doors(access, items))]


def _doors(access, items) -> list[dict]:
    return [
        {"link": reverse(name), "icon": icon, "title": title, "text": text}
        for right, name, icon, title, text in items
        if access.has(right)
    ]
