"""What the machine is at, in words: what it leans on, what waits to be counted, what the clock calls for, and jobs."""

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import audit, health, outbox
from core.errors import DomainError, NotAllowed
from core.heartbeat import Beat, Failure, beats, failures
from core.models import OutboxMessage
from core.templatetags.vi import vi_number
from desk.office.trail import looks
from teams.access import Access
from teams.imports.flow import WholeList
from teams.permissions import Right

# Seconds without a sign of life, after which a worker is taken for gone.
SILENT, GONE = 60, 300
# Tries after which a row does not mend itself any more, as far as experience goes.
STUCK = 5
TOPICS = {
    "tallies.stale": (gettext_lazy("Cộng số liệu mới"), gettext_lazy("Lượt vừa gửi lên, chờ cộng vào số tổng hợp.")),
    "voids.parked": (
        gettext_lazy("Lượt hủy đến trước"),
        gettext_lazy("Lời hủy đến trước lượt bị hủy, chờ ghép với nhau."),
    ),
    "campaigns.replanned": (
        gettext_lazy("Ca có trước kế hoạch"),
        gettext_lazy("Ngày vừa được lập kế hoạch, chờ tính các ca đã gửi vào chiến dịch."),
    ),
}
CLOCK = {
    "sweep-outbox": gettext_lazy("Tìm việc bị sót"),
    "resume-jobs": gettext_lazy("Tiếp tục việc chạy nền, dọn tệp hết hạn"),
    "fold-months": gettext_lazy("Gộp số liệu theo tháng"),
    "examine-sessions": gettext_lazy("Tìm ca có dấu hiệu lạ"),
    "remind-reviewers": gettext_lazy("Nhắc người duyệt"),
    "prove-tallies": gettext_lazy("Đối soát số liệu"),
    "end-keys": gettext_lazy("Thu khóa API theo phân quyền đã hết"),
    "forget-imports": gettext_lazy("Dọn tệp nhập đã cũ"),
    "watch-exports": gettext_lazy("Canh việc xuất nhiều dữ liệu"),
    "apply-retention": gettext_lazy("Xóa dữ liệu hết thời hạn lưu giữ"),
}
ERRORS = [
    (
        ("OperationalError", "InterfaceError", "ConnectionError", "ConnectionRefused"),
        gettext_lazy("Mất kết nối với cơ sở dữ liệu hoặc hàng đợi."),
    ),
    (("deadlock", "LockNotAvailable", "SerializationFailure"), gettext_lazy("Hai việc cùng giữ một dữ liệu.")),
    (("IntegrityError",), gettext_lazy("Dữ liệu mâu thuẫn với ràng buộc của cổng.")),
    (("MemoryError",), gettext_lazy("Máy chủ hết bộ nhớ.")),
    (("Timeout", "timed out", "TimeLimit"), gettext_lazy("Việc chạy quá lâu.")),
    (("PermissionError", "FileNotFoundError", "OSError"), gettext_lazy("Không đọc hoặc ghi được tệp trên máy chủ.")),
]


@dataclass(frozen=True)
class Sign:
    """One light: what it is about, how it stands (ok, warn, bad), and what to do."""

    name: Any
    state: str
    text: str


def error_words(error: str) -> str:
    for marks, words in ERRORS:
        if any(mark.casefold() in error.casefold() for mark in marks):
            return str(words)
    return _("Cổng gặp một lỗi chưa biết.")


def age_text(seconds: float) -> str:
    """How long ago, or how long it waits; to the minute, as people say it."""
    if seconds < 60:
        return _("%(n)s giây") % {"n": max(int(seconds), 0)}
    if seconds < 3600:
        return _("%(n)s phút") % {"n": int(seconds // 60)}
    if seconds < 48 * 3600:
        return _("%(n)s giờ") % {"n": int(seconds // 3600)}
    return _("%(n)s ngày") % {"n": vi_number(int(seconds // 86400))}


# --- lights -----------------------------------------------------------------------------------------------------------
def signs() -> list[Sign]:
    return [_broker(), _cache(), _worker(), _looks(), _figures()]


def _broker() -> Sign:
    if _answers(health.check_broker):
        return Sign(_("Hàng đợi"), "ok", _("Trả lời bình thường."))
    return Sign(
        _("Hàng đợi"),
        "bad",
        _("Không trả lời. Việc vẫn được giữ trong cơ sở dữ liệu; người vận hành hãy xem Redis/Valkey."),
    )


def _cache() -> Sign:
    if _answers(health.check_cache):
        return Sign(_("Bộ nhớ đệm"), "ok", _("Trả lời bình thường."))
    return Sign(_("Bộ nhớ đệm"), "bad", _("Không trả lời: trang chậm hơn. Người vận hành hãy xem Redis/Valkey."))


def _answers(check) -> bool:
    try:
        check()
    except Exception:  # whatever a driver raises, the answer is "no"; /readyz writes the cause to the log
        return False
    return True


def _worker() -> Sign:
    name = _("Máy xử lý")
    alive = beats([entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()])
    if not alive:
        return Sign(name, "bad", _("Chưa thấy máy nào chạy. Người vận hành hãy xem dịch vụ worker và đồng hồ (beat)."))
    last = max(alive.values(), key=lambda beat: beat.ended)
    age = time.time() - last.ended
    told = {"age": age_text(age), "node": last.node}
    if age < SILENT:
        return Sign(name, "ok", _("Đang chạy: xong việc gần nhất %(age)s trước, trên máy %(node)s.") % told)
    text = _("Im lặng đã %(age)s (máy %(node)s). Người vận hành hãy xem dịch vụ worker và đồng hồ (beat).") % told
    return Sign(name, "warn" if age < GONE else "bad", text)


def _looks() -> Sign:
    name, failure = _("Lượt xem"), failures([looks.STORES]).get(looks.STORES)
    if failure is None:
        return Sign(name, "ok", _("Trong 7 ngày qua, lượt xem nào cũng vào được nhật ký."))
    text = _(
        "Có lượt xem không vào được nhật ký, lần gần nhất lúc %(moment)s. %(error)s Người vận hành hãy tìm “look_lost” "
        "trong log của worker: các lượt đó còn ở đấy."
    )
    moment = f"{timezone.localtime(_moment(failure.at)):%H:%M %d/%m/%Y}"
    return Sign(name, "bad", text % {"moment": moment, "error": error_words(failure.error)})


def _figures() -> Sign:
    name, (count, oldest) = _("Số liệu"), outbox.pending("tallies.stale")
    if not oldest:
        return Sign(name, "ok", _("Mọi lượt đã gửi đều đã được cộng."))
    lag = (timezone.now() - oldest).total_seconds()
    waiting = ngettext("%(n)s lát chờ cộng", "%(n)s lát chờ cộng", count) % {"n": vi_number(count)}
    told = _("%(waiting)s, chậm nhất %(age)s.") % {"waiting": waiting, "age": age_text(lag)}
    state = "ok" if lag < 10 else "warn" if lag < health.LAG_LIMIT_SECONDS else "bad"
    return Sign(name, state, told)


# --- what waits -------------------------------------------------------------------------------------------------------
def topics() -> list[dict]:
    """Each topic with how much waits; with the last error in words, where something has failed."""
    counted = OutboxMessage.objects.values("topic").annotate(
        count=Count("id"), oldest=Min("created_at"), tries=Max("attempts"), failed=Count("id", filter=Q(attempts__gt=0))
    )
    found = {row["topic"]: row for row in counted.order_by()}
    return [_topic(name, found.get(name)) for name in settings.OUTBOX_HANDLERS]


def _topic(name: str, row: dict | None) -> dict:
    label, text = TOPICS[name]
    shown: dict[str, Any] = {"name": name, "label": label, "text": text, "count": 0, "failed": 0, "age": ""}
    if row is None:
        return shown
    shown |= {"count": row["count"], "failed": row["failed"], "tries": row["tries"]}
    shown["age"] = age_text((timezone.now() - row["oldest"]).total_seconds())
    if row["failed"]:
        last = OutboxMessage.objects.filter(topic=name, attempts__gt=0).order_by("-attempts", "-id").first()
        if last is not None:
            shown |= {"error": error_words(last.last_error), "detail": last.last_error, "next": last.available_at}
            shown["is_stuck"] = last.attempts >= STUCK
    return shown


@transaction.atomic
def retry_now(*, topic: str, access: Access) -> int:
    """What has failed is due at once, and a worker is rung for. Returns how many rows."""
    require_watch(access)
    if topic not in settings.OUTBOX_HANDLERS:
        raise DomainError(_("Không có loại việc này."), code="no_topic")
    count = OutboxMessage.objects.filter(topic=topic, attempts__gt=0).update(available_at=timezone.now())
    if count:
        audit.record(
            "core.outboxmessage_retried",
            by=access.user,
            target=WholeList(OutboxMessage, str(TOPICS[topic][0])),
            topic=topic,
            count=count,
        )
        transaction.on_commit(lambda: outbox.ring(topic), robust=True)
    return count


def require_watch(access: Access) -> None:
    """The machine works for the whole city."""
    if not access.is_city_wide(Right.SYSTEM_WATCH):
        raise NotAllowed


# --- the clock --------------------------------------------------------------------------------------------------------
def clock() -> list[dict]:
    entries = settings.CELERY_BEAT_SCHEDULE
    names = [entry["task"] for entry in entries.values()]
    alive, failed = beats(names), failures(names)
    return [_call(name, entry, alive.get(entry["task"]), failed.get(entry["task"])) for name, entry in entries.items()]


def _call(name: str, entry: dict, beat: Beat | None, failure: Failure | None) -> dict:
    every = entry["schedule"].run_every.total_seconds()
    shown: dict[str, Any] = {"label": CLOCK.get(name, name), "every": age_text(every), "last": None, "state": "warn"}
    if beat is not None:
        age = time.time() - beat.ended
        shown["last"] = _moment(beat.ended)
        shown["age"] = age_text(age)
        shown["next"] = _moment(beat.ended + every)
        shown["state"] = "ok" if age < 3 * every + SILENT else "bad"
    if failure is not None and (beat is None or failure.at > beat.ended):
        shown |= {"state": "bad", "error": error_words(failure.error), "detail": failure.error}
    return shown


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
