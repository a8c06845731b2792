"""What somebody should look at today, from the reader's part of the city: each with the names and the way there."""

import datetime as dt
from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import CampaignDay, CampaignStatus, Deployment
from core.dated import DAY, today
from core.templatetags.vi import vi_number
from desk.office.trail.alarm import open_alarms
from services_help.models import DeviceReport, Session
from teams.access import Access
from teams.models import ApiToken, Appointment, DevicePass, Team
from teams.permissions import Right, Role

SOON = dt.timedelta(days=7)
KEYS_SOON = dt.timedelta(days=14)
NAMES_SHOWN = 6
# Beyond, nobody goes through them one by one, and to tell the number would read them all.
MOST_COUNTED = 1000


def attention(access: Access) -> list[dict]:
    """The points of the list; one without anything to tell is left out."""
    found = [
        _bulk_exports(access),
        _late_teams(access),
        _forgotten_sessions(access),
        _phones_with_work(access),
        _teams_without_phone(access),
        _days_without_teams(access),
        _keys_that_end(access),
    ]
    return [each for each in found if each]


def _point(rows: QuerySet, show: Callable, *, icon: str, title: str, text: str, url: str) -> dict | None:
    """``show`` gives (name, link) of a row. Few are read; they are counted only where there are more, to a limit."""
    found = list(rows[: NAMES_SHOWN + 1])
    if not found:
        return None
    count = len(found) if len(found) <= NAMES_SHOWN else rows.order_by()[: MOST_COUNTED + 1].count()
    shown = [{"name": name, "url": link} for name, link in map(show, found[:NAMES_SHOWN])]
    return {
        "icon": icon,
        "count": count,
        "count_text": _told(count, 0),
        "title": title,
        "text": text,
        "url": url,
        "rows": shown,
        "more": count - len(shown),
        "more_text": _told(count, len(shown)),
    }


def _told(count: int, named: int) -> str:
    """What is left beside those that are ``named``."""
    if count <= MOST_COUNTED:
        return vi_number(count - named)
    return _("hơn %(count)s") % {"count": vi_number(MOST_COUNTED - named)}


def _late_teams(access: Access) -> dict | None:
    """Sent out today, their hour has come, and no session is open."""
    now, day = timezone.localtime(), today()
    reported = Session.objects.live().filter(team=OuterRef("team"), day=day)
    sent = Deployment.objects.visible_to(access).carried_out().filter(campaign_day__day=day, starts_at__lte=now.time())
    teams = sent.filter(~Exists(reported)).order_by("team__sort_key").values_list("team__name", "team").distinct()
    return _point(
        teams,
        lambda row: (row[0], _change("teams_team", row[1])),
        icon="alarm",
        title=_("Đội hình đã đến giờ mà chưa mở ca"),
        text=_("Gọi đội trưởng, hoặc hủy phân công nếu đội không đi."),
        url=reverse("dashboard:home"),
    )


def _bulk_exports(access: Access) -> dict | None:
    """Somebody has taken out unusually much, and nobody has looked into it."""
    if not access.is_city_wide(Right.AUDIT_VIEW):
        return None
    return _point(
        open_alarms(),
        lambda row: (f"{row.actor} · {row.day:%d/%m/%Y}", reverse("office:trail")),
        icon="file_download",
        title=_("Có người xuất nhiều dữ liệu trong ngày"),
        text=_("Hỏi lại người đó, rồi ghi kết quả kiểm tra ở trang Nhật ký."),
        url=reverse("office:trail"),
    )


def _forgotten_sessions(access: Access) -> dict | None:
    day = today()
    left = Session.objects.visible_to(access).live().filter(ended_at__isnull=True, day__lt=day)
    # In the order of an index: by the teams' names all would be read to name some.
    rows = left.order_by("-day", "-started_at", "-pk").values_list("team__name", "day", "pk")
    return _point(
        rows,
        lambda row: (f"{row[0]} · {row[1]:%d/%m/%Y}", _change("services_help_session", row[2])),
        icon="event_busy",
        title=_("Ca của ngày trước chưa đóng"),
        text=_("Giờ tình nguyện của ca chỉ được tính sau khi đội trưởng đóng ca."),
        url=_list("services_help_session", open="open", day_to=_day(day - DAY)),
    )


def _phones_with_work(access: Access) -> dict | None:
    """Not what was logged an hour ago at a place without network: what has waited since another day."""
    reports = DeviceReport.objects.visible_to(access).unsent().filter(oldest_at__lt=timezone.now() - DAY)
    rows = reports.order_by("oldest_at").prefetch_related("user", "team")
    return _point(
        rows,
        lambda each: (str(each.team or each.user), _change("services_help_devicereport", each.pk)),
        icon="phonelink_ring",
        title=_("Máy còn giữ việc chưa gửi hơn một ngày"),
        text=_("Gọi đội trưởng: mở ứng dụng nơi có mạng, hoặc xuất tệp cứu hộ để đơn vị nhập giúp."),
        url=_list("services_help_devicereport", trouble="unsent"),
    )


def _teams_without_phone(access: Access) -> dict | None:
    """Sent out within a week, and nobody could log anything for them."""
    if not access.has(Right.PASS_ISSUE):
        return None
    day = today()
    sent = Deployment.objects.active().filter(
        team=OuterRef("pk"), campaign_day__day__gte=day, campaign_day__day__lte=day + SOON
    )
    leaders = Appointment.objects.between(day, None).filter(team=OuterRef("pk"), role=Role.TEAM_LEADER)
    passes = DevicePass.objects.filter(team=OuterRef("pk"), revoked_at__isnull=True, valid_to__gte=day)
    teams = Team.objects.visible_to(access, Right.PASS_ISSUE).filter(Exists(sent), ~Exists(leaders), ~Exists(passes))
    return _point(
        teams.values_list("name", "pk"),
        lambda row: (row[0], _change("teams_team", row[1])),
        icon="phonelink_erase",
        title=_("Đội hình sắp đi mà chưa có đội trưởng hay thẻ thiết bị"),
        text=_("Trong bảy ngày tới các đội này không ghi được lượt hỗ trợ nào. Hãy in thẻ hoặc phân quyền đội trưởng."),
        url=reverse("teams:pass_list"),
    )


def _days_without_teams(access: Access) -> dict | None:
    if not access.has(Right.DEPLOY):
        return None
    day = today()
    sent = Deployment.objects.active().filter(campaign_day=OuterRef("pk"))
    # Of the campaigns that the reader's own part of the city is in charge of: the others are for others to fill.
    days = CampaignDay.objects.visible_to(access, Right.DEPLOY).filter(
        ~Exists(sent), day__gte=day, day__lte=day + SOON, campaign__status=CampaignStatus.ACTIVE
    )
    rows = days.order_by("day").values_list("day", "campaign__name", "pk")
    return _point(
        rows,
        lambda row: (f"{row[0]:%d/%m/%Y} · {row[1]}", reverse("admin:campaigns_campaignday_deploy", args=[row[2]])),
        icon="event_upcoming",
        title=_("Ngày hoạt động sắp tới chưa phân công đội nào"),
        text=_("Trong bảy ngày tới."),
        url=_list("campaigns_campaignday", day_from=_day(day), day_to=_day(day + SOON)),
    )


def _keys_that_end(access: Access) -> dict | None:
    if not access.has(Right.TOKEN_MANAGE):
        return None
    now = timezone.now()
    keys = ApiToken.objects.visible_to(access).filter(
        revoked_at__isnull=True, expires_at__gte=now, expires_at__lte=now + KEYS_SOON
    )
    rows = keys.order_by("expires_at").values_list("name", "expires_at", "pk")
    return _point(
        rows,
        lambda row: (f"{row[0]} · {timezone.localtime(row[1]):%d/%m/%Y}", _change("teams_apitoken", row[2])),
        icon="key_off",
        title=_("Khóa API sắp hết hạn"),
        text=_("Hệ thống đang dùng khóa sẽ bị từ chối sau ngày đó. Hãy cấp khóa mới và báo cho bên dùng."),
        url=_list("teams_apitoken", state="usable"),
    )


def _change(model: str, pk) -> str:
    return reverse(f"admin:{model}_change", args=[pk])


def _list(model: str, **filters: str) -> str:
    return reverse(f"admin:{model}_changelist", query=filters)


def _day(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"
