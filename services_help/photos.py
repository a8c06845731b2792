"""Scene photos: kept once, without a word beside the picture, and taken away when they show what they must not."""

import hashlib
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.files import make_durable, taken_back
from core.jpeg import HasMetadata, NotJpeg, bare_size
from services_help.models import ScenePhoto, Session
from services_help.reasons import checked_reason
from teams.access import Access
from teams.permissions import Right
from teams.standing import require_standing

MOST_BYTES, LONGEST_SIDE, MOST_A_SESSION = 300_000, 1600, 5


class PhotoRefused(DomainError):
    """Sending the same again will not help, except to ``unknown_session``: the session may still come."""


def _refused(message, code: str, status: int) -> PhotoRefused:
    return PhotoRefused(message, code=code, status=status)


@transaction.atomic
def store_photo(*, photo_id: UUID, session_id: UUID, data: bytes, access: Access) -> bool:
    """Keep it; whether it was new. The same again changes nothing, as often as it comes."""
    width, height = _checked_size(data)
    session = _locked_session(session_id, access)
    digest = hashlib.sha256(data).hexdigest()
    if held := ScenePhoto.objects.filter(pk=photo_id).first():
        if (held.session_id, held.sha256) == (session.pk, digest):
            return False
        raise _refused(_("Mã của ảnh này đã dùng cho ảnh khác."), "id_taken", 409)
    _refuse_if_locked(session)
    if session.photos.count() >= MOST_A_SESSION:
        raise _refused(_("Mỗi ca gửi được tối đa %(most)s ảnh.") % {"most": MOST_A_SESSION}, "too_many_photos", 409)
    photo = ScenePhoto(
        id=photo_id,
        session=session,
        device=session.device,
        sha256=digest,
        size=len(data),
        width=width,
        height=height,
        created_by=access.user,
    )
    photo.file.save("", ContentFile(data), save=False)
    with taken_back(lambda: photo.file.storage.delete(photo.file.name)):
        make_durable(photo.file.path)
        photo.save(force_insert=True)
        _record("services_help.photo_stored", photo, access, sha256=digest, size=len(data))
        require_standing(access)
    return True


def _checked_size(data: bytes) -> tuple[int, int]:
    if len(data) > MOST_BYTES:
        raise _refused(_("Ảnh quá lớn: tối đa 300 kB."), "too_large", 413)
    try:
        width, height = bare_size(data)
    except NotJpeg:
        raise _refused(_("Đây không phải một ảnh JPEG trọn vẹn."), "not_jpeg", 400) from None
    except HasMetadata:
        raise _refused(
            _("Ảnh còn thông tin kèm theo (nơi chụp, máy chụp). Hãy xóa thông tin đó rồi gửi lại."), "has_metadata", 400
        ) from None
    if max(width, height) > LONGEST_SIDE:
        raise _refused(_("Ảnh quá lớn: cạnh dài tối đa 1600 điểm ảnh."), "too_big", 400)
    return width, height


def _locked_session(session_id: UUID, access: Access) -> Session:
    """Locked, so that two photos at once count the places one after the other."""
    mine = Session.objects.visible_to(access, Right.LOG_RECORD).filter(pk=session_id)
    locked = Session.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=mine.values("pk"))
    session = locked.first()
    if session is None:
        raise _refused(_("Ca của ảnh này chưa gửi lên, hoặc không phải ca của bạn."), "unknown_session", 404)
    if not Session.objects.live().filter(pk=session.pk).exists():
        raise _refused(_("Ca của ảnh này đã bị hủy."), "session_voided", 409)
    return session


def _refuse_if_locked(session: Session) -> None:
    if session.is_locked:
        message = _("Kỳ số liệu của ca này đã khóa, không nhận thêm ảnh. Hãy báo cán bộ Đoàn nếu ảnh cần được xem.")
        raise _refused(message, "locked", 409)


@transaction.atomic
def remove_photo(*, photo: ScenePhoto, reason: str, access: Access) -> None:
    """Take the picture away for good. The row stays, and says that there was one. Twice is once.

    Also of a locked session: what must not be shown cannot wait, and no figure knows of it.
    """
    session = photo.session
    if not Session.objects.visible_to(access, Right.LOG_VOID).filter(pk=session.pk).exists():
        raise NotAllowed
    reason = checked_reason(reason, missing=_("Hãy ghi lý do gỡ ảnh."))
    if not photo.is_there:
        return
    _record("services_help.photo_removed", photo, access, reason=reason, session=str(session.pk))
    # Not before the commit: without the audit row it must stay.
    transaction.on_commit(lambda: photo.file.storage.delete(photo.file.name))


def _record(action: str, photo: ScenePhoto, access: Access, **data) -> None:
    team = photo.session.team
    home = team.home_on(photo.session.day) or team.home_on(today())
    audit.record(action, by=access.user, target=photo, scope_unit=home.pk if home else None, **data)
