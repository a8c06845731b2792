"""Phones that still hold something: what the figures do not know of yet. Of now, whatever the day of the board."""

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import MOMENT, NUMBER, Column, SortedRows, Widget
from services_help.models import DeviceReport
from teams.models import Team

FULLEST = ("-held", "-unsent", "-photos", "pk")


def devices(board: Board) -> Widget:
    reports = board.in_unit(DeviceReport.objects.visible_to(board.access).with_trouble())
    troubled = Q(unsent__gt=0) | Q(held__gt=0) | Q(photos__gt=0) | ~Q(differs=[]) | Q(is_silent=True)
    found = reports.filter(troubled)

    def write(keys: list) -> list[dict]:
        shown = DeviceReport.objects.with_trouble().filter(pk__in=keys).select_related("team", "user")
        return [_row(board, report) for report in shown.order_by(*FULLEST)]

    def unsent() -> int:
        """Asked by the wall alone."""
        return found.order_by().aggregate(sum=Sum(F("unsent") + F("held"), default=0))["sum"]

    rows = SortedRows(found.order_by(*FULLEST), write)
    columns = [
        Column("label", _("Đội hình")),
        Column("device", _("Thiết bị")),
        Column("state", _("Tình trạng")),
        Column("unsent", _("Chưa gửi"), NUMBER),
        Column("held", _("Bị giữ lại"), NUMBER),
        Column("photos", _("Ảnh chưa gửi"), NUMBER),
        Column("oldest", _("Mục cũ nhất từ"), MOMENT),
        Column("reported", _("Báo lần cuối"), MOMENT),
    ]
    note = _("Theo lời báo gần nhất của điện thoại. Số liệu chưa gồm những mục này.")
    nothing = _("Không điện thoại nào báo còn việc chưa gửi.")
    return Widget(
        "devices",
        _("Điện thoại còn việc chưa gửi"),
        columns,
        rows,
        note=note,
        more={"unsent_total": unsent},
        nothing=nothing,
        # What a phone says of itself is neither reviewed nor locked.
        freshness=lambda: board.fresh | {"state": None},
    )


def _row(board: Board, report: DeviceReport) -> dict:
    return {
        "label": report.team.name if report.team else str(report.user),
        "device": f"…{str(report.device)[-8:]}",
        "state": ", ".join(_troubles(report)),
        "unsent": report.unsent,
        "held": report.held,
        "photos": report.photos,
        "oldest": report.oldest_at,
        "reported": report.reported_at,
        "url": _link(board, report.team),
    }


def _link(board: Board, team: Team | None) -> str:
    """To the team's page of today, whatever the day of the board: as it is now, and where it stands now."""
    now = board.now.date()
    if team is None or not team.is_valid_on(now):
        return ""
    if board.is_today:
        return board.address("dashboard:team", team.code)
    return board.address("dashboard:team", team.code, day=now.isoformat(), unit=None)


def _troubles(report) -> list[str]:
    found = []
    if report.held:
        found.append(_("có mục bị giữ lại"))
    if report.unsent or report.photos:
        found.append(_("chưa gửi hết"))
    if report.differs:
        found.append(_("lệch sổ với máy chủ"))
    if report.is_silent:
        found.append(_("mất liên lạc"))
    return found
