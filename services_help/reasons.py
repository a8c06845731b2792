"""Words that staff and leaders give for what they do. They are kept for good, so they must not tell of a citizen."""

from core.errors import DomainError
from core.privacy import refuse_personal_data
from core.reasons import LONGEST, refuse_longer
from core.vietnamese import nfc


def checked_reason(text: str, *, missing, most: int = LONGEST) -> str:
    """The whole of it, in the form in which it is stored. ``missing``: what to say if there is none."""
    text = nfc(text)
    if not text:
        raise DomainError(missing, code="reason_missing")
    refuse_longer(text, most)
    refuse_personal_data(text)
    return text
