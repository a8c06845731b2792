"""Refusals that a person may read."""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A service refuses, with a reason and what to do next, in the reader's language.

    Pages show ``str(error)``; the REST handler answers ``status`` with the stable ``code``.
    """

    code = "refused"
    status = 409

    def __init__(self, message, *, code: str | None = None, status: int | None = None):
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The caller sees the thing but may not do this to it."""

    code = "not_allowed"
    status = 403

    def __init__(self, message=None):
        super().__init__(message or _("Bạn không có quyền làm việc này. Hãy liên hệ cán bộ Đoàn phụ trách đơn vị."))


class AccessEnded(DomainError):
    """The access that a call came in by was taken back while the call was being worked on: nothing of it is kept."""

    code = "access_ended"
    status = 401

    def __init__(self):
        super().__init__(_("Quyền truy cập này vừa bị thu hồi. Hãy đăng nhập lại rồi gửi lại; chưa có gì được ghi."))
