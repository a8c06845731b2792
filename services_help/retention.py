"""How long scene photos, words of phones, and the names of volunteers are kept."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.dated import valid_on
from core.retention.kinds import Due, Kind
from core.retention.models import RetentionRule
from core.retention.services import due_by, oldest_of
from services_help.models import Attendance, DeviceReport, ScenePhoto
from services_help.personal_data import forget
from teams.models import TeamMember, Volunteer

PHOTOS_NAME = "scene_photos"
SCHOOL_YEAR_BEGINS = 9  # September
BY_RULE = "Hết thời hạn lưu giữ"  # stored beside the pseudonym, as data


# --- photos: their rows are append-only and stay, so the rule remembers up to where the pictures are gone -------------
def _photos(cutoff: dt.datetime):
    place = RetentionRule.objects.filter(pk=PHOTOS_NAME).values_list("place", flat=True).first() or {}
    rows = ScenePhoto.objects.filter(received_at__lt=cutoff)
    if "at" in place:
        at = dt.datetime.fromisoformat(place["at"])
        rows = rows.filter(Q(received_at__gt=at) | Q(received_at=at, pk__gt=place["id"]))
    return rows


def erase_photos(cutoff: dt.datetime, batch: int) -> Due:
    """The pictures first, then the word of it: whoever dies in between takes away again what is gone already."""
    rows = list(_photos(cutoff).order_by("received_at", "pk")[:batch])
    if not rows:
        return Due()
    for photo in rows:
        photo.file.storage.delete(photo.file.name)
    last = rows[-1]
    place = {"at": last.received_at.isoformat(), "id": str(last.pk)}
    RetentionRule.objects.filter(pk=PHOTOS_NAME).update(place=place)
    days = [timezone.localtime(photo.received_at).date() for photo in (rows[0], last)]
    return Due(len(rows), *days)


PHOTOS = Kind(
    label=_("Ảnh hiện trường"),
    effect=_("Xóa hẳn tệp ảnh. Ca vẫn ghi rằng đã có ảnh; số liệu không đổi."),
    done_word=_("đã xóa ảnh"),
    purpose=_("Giúp cán bộ duyệt thấy ca hỗ trợ đã diễn ra."),
    basis=_("Luật 91/2025/QH15, Điều 3 và Điều 14; ảnh hiện trường giữ 12 tháng."),
    usual_months=12,
    least_months=1,
    due=lambda cutoff, at_most: due_by(_photos(cutoff), "received_at", at_most),
    erase=erase_photos,
)


# --- phones -----------------------------------------------------------------------------------------------------------
def _reports(cutoff: dt.datetime):
    return DeviceReport.objects.filter(reported_at__lt=cutoff)


def erase_reports(cutoff: dt.datetime, batch: int) -> Due:
    keys, done = oldest_of(_reports(cutoff), "reported_at", batch)
    DeviceReport.objects.filter(pk__in=keys).delete()
    return done


DEVICE_REPORTS = Kind(
    label=_("Báo cáo của điện thoại"),
    effect=_("Xóa lời báo cuối cùng của máy đã im lặng lâu. Lượt hỗ trợ máy đã gửi vẫn còn."),
    done_word=_("đã xóa"),
    purpose=_("Biết máy nào còn giữ lượt hỗ trợ chưa gửi."),
    basis=_("Luật 91/2025/QH15, Điều 3 (chỉ lưu trong thời gian cần cho mục đích)."),
    usual_months=12,
    least_months=2,
    due=lambda cutoff, at_most: due_by(_reports(cutoff), "reported_at", at_most),
    erase=erase_reports,
)


# --- volunteers -------------------------------------------------------------------------------------------------------
def school_years_before(day: dt.date, months: int) -> dt.date:
    """The first day of the school year that lies so many whole ones back."""
    begun = day.year if day.month >= SCHOOL_YEAR_BEGINS else day.year - 1
    return dt.date(begun - months // 12, SCHOOL_YEAR_BEGINS, 1)


def _named_and_quiet(cutoff: dt.datetime):
    """Still named, and at no shift since."""
    attended = Attendance.objects.filter(volunteer=OuterRef("pk"))
    since = attended.filter(session__day__gte=timezone.localtime(cutoff).date())
    return Volunteer.objects.filter(~Exists(since), anonymised_at=None).annotate(has_attended=Exists(attended))


def long_ago(cutoff: dt.datetime):
    """Their last shift is over the time, and no team counts on them."""
    member = TeamMember.objects.filter(valid_on(timezone.localdate()), volunteer=OuterRef("pk"))
    return _named_and_quiet(cutoff).filter(~Exists(member) | Q(is_active=False), has_attended=True)


def left(cutoff: dt.datetime):
    """Marked as no longer taking part since before the cutoff, with nothing since: no shift, and no team joined or
    left. A membership that was never ended tells of nothing; and of whom no day is known is never due."""
    day = timezone.localtime(cutoff).date()
    later = TeamMember.objects.filter(Q(valid_from__gte=day) | Q(valid_to__gte=day), volunteer=OuterRef("pk"))
    return _named_and_quiet(cutoff).filter(~Exists(later), is_active=False, left_on__lt=day)


def _due_people(rows, at_most: int) -> Due:
    keys = list(rows.order_by().values_list("pk", flat=True)[:at_most])
    return Due(len(keys), *_last_days(keys))


def _last_days(keys: list[int]) -> tuple[dt.date | None, dt.date | None]:
    """Between which days they were last at a shift."""
    last = Attendance.objects.filter(volunteer__in=keys).values("volunteer").annotate(day=Max("session__day"))
    ends = last.order_by().aggregate(oldest=Min("day"), newest=Max("day"))
    return ends["oldest"], ends["newest"]


def _forget_some(rows, batch: int) -> Due:
    some = list(rows.order_by("pk")[:batch])
    days = _last_days([volunteer.pk for volunteer in some])
    with transaction.atomic():
        return Due(forget(some, by=None, reason=BY_RULE), *days)


ATTENDANCES = Kind(
    label=_("Điểm danh gắn với họ tên"),
    effect=_(
        "Thay họ tên và mã của người có ca cuối đã quá thời hạn bằng mã ngẫu nhiên. Các lần điểm danh vẫn còn, nên số "
        "tình nguyện viên, lượt và giờ tình nguyện không đổi."
    ),
    done_word=_("đã ẩn danh"),
    purpose=_("Cấp giấy xác nhận giờ tình nguyện cho người tham gia."),
    basis=_("Luật 91/2025/QH15, Điều 3 và Điều 14; giữ 5 năm học, tính từ ngày 1/9."),
    usual_months=60,
    least_months=12,
    due=lambda cutoff, at_most: _due_people(long_ago(cutoff), at_most),
    erase=lambda cutoff, batch: _forget_some(long_ago(cutoff), batch),
    start=school_years_before,
)
VOLUNTEERS = Kind(
    label=_("Tình nguyện viên đã nghỉ"),
    effect=_("Thay họ tên và mã của người đã nghỉ bằng mã ngẫu nhiên. Số liệu không đổi."),
    done_word=_("đã ẩn danh"),
    purpose=_("Xếp đội hình và liên lạc với người đang tham gia."),
    basis=_("Luật 91/2025/QH15, Điều 14 (xóa khi đã đạt mục đích); giữ 24 tháng từ ngày nghỉ."),
    usual_months=24,
    least_months=6,
    due=lambda cutoff, at_most: _due_people(left(cutoff), at_most),
    erase=lambda cutoff, batch: _forget_some(left(cutoff), batch),
)
