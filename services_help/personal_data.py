"""What the portal holds of one volunteer, for the volunteer to know (R8), and forgetting who it was on request."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import AuditEvent
from core.retention.kinds import Due
from core.retention.models import RetentionRule
from core.retention.services import write_down
from services_help.models import Attendance, ItemKind, LateEntry
from services_help.reasons import checked_reason
from services_help.totals import with_void
from teams.access import Access
from teams.forgetting import anonymise
from teams.imports.forgetting import forget_in_files
from teams.models import TeamMember, Volunteer
from teams.permissions import Right

ON_REQUEST = "volunteer_on_request"
# Whose hold also keeps the names that somebody asks to be forgotten.
PEOPLE_KINDS = ("attendances", "volunteers")


@dataclass(frozen=True)
class Sheet:
    title: str
    columns: list[str]
    rows: list[list]


def held_of(volunteer: Volunteer) -> list[Sheet]:
    """Everything that names the person or tells what the person did."""
    return [_who(volunteer), _memberships(volunteer), _attendances(volunteer), _late(volunteer), _trail(volunteer)]


def _who(volunteer: Volunteer) -> Sheet:
    pairs = [
        (_("Mã tình nguyện viên"), volunteer.code),
        (_("Họ và tên"), volunteer.full_name),
        (_("Đơn vị sinh hoạt"), volunteer.unit.name),
        (_("Đang tham gia"), _("Có") if volunteer.is_active else _("Không")),
        (_("Nghỉ từ ngày"), volunteer.left_on),
    ]
    return Sheet(_("Thông tin"), [_("Mục"), _("Nội dung")], [list(pair) for pair in pairs])


def _memberships(volunteer: Volunteer) -> Sheet:
    rows = TeamMember.objects.filter(volunteer=volunteer).select_related("team").order_by("valid_from", "pk")
    columns = [_("Đội hình"), _("Từ ngày"), _("Đến hết ngày")]
    return Sheet(_("Đội hình đã tham gia"), columns, [[row.team.name, row.valid_from, row.valid_to] for row in rows])


def _attendances(volunteer: Volunteer) -> Sheet:
    found = Attendance.objects.filter(volunteer=volunteer).select_related("session__team", "session__point")
    rows = [
        [
            row.session.day,
            row.session.team.name,
            row.session.point.name if row.session.point else _("Cơ động"),
            row.minutes if row.minutes is not None else _("cả ca"),
            _("Còn hiệu lực") if row.void_reason is None else _("Đã hủy"),
        ]
        for row in with_void(found).order_by("session__day", "pk")
    ]
    columns = [_("Ngày"), _("Đội hình"), _("Điểm hỗ trợ"), _("Số phút"), _("Tình trạng")]
    return Sheet(_("Điểm danh"), columns, rows)


def _late_entries(volunteers: Iterable[Volunteer]):
    keys = [volunteer.pk for volunteer in volunteers]
    return LateEntry.objects.filter(kind=ItemKind.ATTENDANCE, row__volunteer_id__in=keys)


def _late(volunteer: Volunteer) -> Sheet:
    rows = _late_entries([volunteer]).select_related("team").order_by("day", "pk")
    told = [[row.day, row.team.name, row.get_decision_display() or _("Chờ quyết định")] for row in rows]
    return Sheet(_("Điểm danh đến muộn"), [_("Ngày"), _("Đội hình"), _("Quyết định")], told)


def _trail(volunteer: Volunteer) -> Sheet:
    """When the row was written, by whom; the words of each action are the trail's own business."""
    events = AuditEvent.objects.filter(target_type="teams.volunteer", target_id=str(volunteer.pk)).order_by("at", "pk")
    # Older rows of the trail keep the name that was taken away; here it would stand beside the pseudonym.
    now = volunteer.full_name if volunteer.anonymised_at else None
    rows = [[timezone.localtime(each.at), each.actor_label, now or each.target_label] for each in events]
    return Sheet(_("Dấu vết về người này"), [_("Lúc"), _("Người thực hiện"), _("Tên khi đó")], rows)


@transaction.atomic
def record_export(volunteer: Volunteer, *, rows: int, access: Access) -> None:
    access.require(Right.EXPORT)
    audit.record(
        "teams.volunteer_data_exported", by=access.user, target=volunteer, scope_unit=volunteer.unit_id, rows=rows
    )


@transaction.atomic
def forget_on_request(volunteer: Volunteer, *, reason: str, access: Access) -> int:
    """The person has asked for it: at once, however long names are kept otherwise; but not against a hold. Says how
    many uploaded lists went with the name."""
    access.require(Right.ORG_MANAGE)
    if RetentionRule.objects.filter(kind__in=PEOPLE_KINDS, held_at__isnull=False).exists():
        raise DomainError(
            _("Dữ liệu tình nguyện viên đang được tạm giữ nên chưa ẩn danh được. Hãy hỏi cán bộ Thành Đoàn."),
            code="held",
        )
    reason = checked_reason(reason, missing=_("Hãy ghi lý do hoặc số văn bản yêu cầu."))
    done = forget([volunteer], by=access.user, reason=reason)
    if not done:
        return 0
    write_down(ON_REQUEST, Due(done), by=access.user, reason=reason)
    return forget_in_files(volunteer.pk, volunteer.code, by=access.user)


def forget(volunteers: list[Volunteer], *, by, reason: str) -> int:
    """In the caller's transaction. Also where a code was kept as a phone sent it."""
    nameless = anonymise(volunteers, by=by, reason=reason)
    codes = {volunteer.pk: volunteer.code for volunteer in nameless}
    entries = list(_late_entries(nameless).select_for_update(of=("self",)).order_by("pk")) if nameless else []
    for entry in entries:
        entry.content = entry.content | {"volunteer": codes[entry.row["volunteer_id"]]}
    LateEntry.objects.bulk_update(entries, ["content"], batch_size=200)
    return len(nameless)
