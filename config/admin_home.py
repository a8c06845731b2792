"""The first page of the admin: what is going on today in the reader's part of the city, and the usual ways on."""

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Deployment
from config.admin_attention import attention
from core.dated import today
from core.templatetags.vi import vi_number
from reports.models import DayTally
from services_help.models import Session
from teams.access import Access, access_of
from teams.models import Team, Unit
from teams.permissions import Right


def home_context(request) -> dict:
    access = access_of(request)
    return {
        # Not Django's “site administration”: the page is about today.
        "title": _("Hôm nay"),
        "today": today(),
        "scope": scope_name(access),
        "attention": attention(access),
        "figures": figures(access),
        "shortcuts": shortcuts(access),
    }


def scope_name(access: Access) -> str:
    names = Unit.objects.filter(pk__in=access.unit_ids(Right.ADMIN_ENTER)).values_list("name", flat=True)
    return ", ".join(names)


def figures(access: Access) -> list[dict]:
    day = today()
    sent = Deployment.objects.visible_to(access).carried_out().filter(campaign_day__day=day)
    sessions = Session.objects.visible_to(access).live().filter(day=day)
    opened = sessions.aggregate(
        teams=Count("team", distinct=True), all=Count("pk"), open=Count("pk", filter=Q(ended_at__isnull=True))
    )
    teams = Team.objects.visible_to(access, Right.SESSION_VIEW).values("pk")
    people = DayTally.objects.filter(day=day, team__in=teams).aggregate(sum=Coalesce(Sum("people"), 0))["sum"]
    written = f"{day:%d/%m/%Y}"
    on_day = {"day_from": written, "day_to": written}
    return [
        {"label": _("Lượt người được hỗ trợ"), "value": people, "url": reverse("dashboard:home")},
        {
            "label": _("Đội hình được phân công"),
            "value": sent.values("team").distinct().count(),
            "url": _list(
                "campaigns_deployment", campaign_day__day_from=on_day["day_from"], campaign_day__day_to=on_day["day_to"]
            ),
        },
        {
            "label": _("Đội hình đã mở ca"),
            "value": opened["teams"],
            "note": _("%(count)s ca trong ngày") % {"count": vi_number(opened["all"])},
            "url": _list("services_help_session", **on_day),
        },
        {
            "label": _("Ca đang mở"),
            "value": opened["open"],
            "url": _list("services_help_session", **on_day, open="open"),
        },
    ]


def _list(model: str, **filters: str) -> str:
    return reverse(f"admin:{model}_changelist", query=filters)


def shortcuts(access: Access) -> list[dict]:
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
            "admin:campaigns_campaignday_changelist",
            "assignment_ind",
            _("Phân công đội hình"),
            _("Chọn ngày, rồi chọn các đội"),
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
        (
            Right.ORG_MANAGE,
            "imports:home",
            "upload_file",
            _("Nhập từ tệp"),
            _("Đơn vị, đội hình, tình nguyện viên; tiến độ, dòng lỗi, hoàn tác"),
        ),
        (Right.EXPORT, "admin:services_help_session_export", "download", _("Xuất các ca hỗ trợ"), _("Excel hoặc CSV")),
    ]
    groups = [(_("Việc hằng ngày"), daily), (_("Tệp Excel"), files)]
    return [{"title": title, "items": doors} for title, items in groups if (doors := _doors(access, items))]


def _doors(access: Access, items) -> list[dict]:
    return [
        {"link": reverse(name), "icon": icon, "title": title, "text": text}
        for right, name, icon, title, text in items
        if access.has(right)
    ]
