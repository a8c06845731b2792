"""What core itself keeps for a time: the audit trail, the rows of jobs, and sessions that have ended."""

import datetime as dt

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from core.jobs.models import Job
from core.jobs.work import remove_files
from core.models import AuditEvent
from core.retention.kinds import Due, Kind
from core.retention.services import due_by, erasing, oldest_of


# --- the audit trail --------------------------------------------------------------------------------------------------
def _events(cutoff: dt.datetime):
    return AuditEvent.objects.filter(at__lt=cutoff)


def erase_events(cutoff: dt.datetime, batch: int) -> Due:
    keys, done = oldest_of(_events(cutoff), "at", batch)
    if keys:
        with erasing(AuditEvent._meta.db_table, cutoff):
            AuditEvent.objects.filter(pk__in=keys).delete()
    return done


AUDIT = Kind(
    label=_("Nhật ký kiểm tra"),
    effect=_("Xóa hẳn các dấu vết cũ: ai đã sửa, xem, xuất gì. Số liệu và quyết định duyệt, khóa kỳ không đổi."),
    done_word=_("đã xóa"),
    purpose=_("Chứng minh ai đã làm gì khi có khiếu nại hoặc sự cố lộ dữ liệu."),
    basis=_("Luật 91/2025/QH15, Điều 23 (thông báo sự cố, lưu hồ sơ); mức thường dùng 12–24 tháng."),
    usual_months=24,
    least_months=12,
    due=lambda cutoff, at_most: due_by(_events(cutoff), "at", at_most),
    erase=erase_events,
)


# --- jobs -------------------------------------------------------------------------------------------------------------
def _jobs(cutoff: dt.datetime):
    return Job.objects.filter(finished_at__lt=cutoff)


def erase_jobs(cutoff: dt.datetime, batch: int) -> Due:
    keys, done = oldest_of(_jobs(cutoff), "finished_at", batch)
    found = Job.objects.filter(pk__in=keys)
    for job in found:  # gone for a day already, unless the clock stood still
        remove_files(job)
    found.delete()
    return done


JOBS = Kind(
    label=_("Việc chạy nền đã kết thúc"),
    effect=_("Xóa dòng ghi việc đã giao. Tệp của việc đã tự xóa từ trước, sau 24 giờ."),
    done_word=_("đã xóa"),
    purpose=_("Cho người giao việc biết việc của mình đã xong hay chưa, và vì sao."),
    basis=_("Luật 91/2025/QH15, Điều 3 (chỉ lưu trong thời gian cần cho mục đích)."),
    usual_months=6,
    least_months=1,
    due=lambda cutoff, at_most: due_by(_jobs(cutoff), "finished_at", at_most),
    erase=erase_jobs,
    starts_enabled=True,
)


# --- sessions ---------------------------------------------------------------------------------------------------------
def _sessions(cutoff: dt.datetime):
    return Session.objects.filter(expire_date__lt=cutoff)


def erase_sessions(cutoff: dt.datetime, batch: int) -> Due:
    keys, done = oldest_of(_sessions(cutoff), "expire_date", batch)
    Session.objects.filter(pk__in=keys).delete()
    return done


SESSIONS = Kind(
    label=_("Phiên đăng nhập đã hết hạn"),
    effect=_("Xóa phiên không còn dùng được. Không ai bị đăng xuất vì việc này."),
    done_word=_("đã xóa"),
    purpose=_("Giữ người dùng ở trạng thái đăng nhập trên thiết bị của họ."),
    basis=_("Luật 91/2025/QH15, Điều 14 (xóa khi hết thời hạn)."),
    usual_months=1,
    least_months=0,
    due=lambda cutoff, at_most: due_by(_sessions(cutoff), "expire_date", at_most),
    erase=erase_sessions,
    starts_enabled=True,
)
