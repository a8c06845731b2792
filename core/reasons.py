"""How long a reason may be. It is kept whole, in the row and in the trail, or refused: nobody finds half of one."""

from django.utils.translation import gettext as _

from core.errors import DomainError

# Of every column that keeps why something was done.
LONGEST = 300


def refuse_longer(text: str, most: int = LONGEST) -> None:
    """``text`` as it will be stored."""
    if len(text) > most:
        message = _("Lời ghi dài %(length)s ký tự, chỉ giữ được %(most)s. Hãy viết gọn lại.")
        raise DomainError(message % {"length": len(text), "most": most}, code="reason_too_long")
