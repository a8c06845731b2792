"""Words that staff and leaders give for what they do. They are kept for good, so they must not tell of a citizen."""

from core.errors import DomainError
from core.privacy import refuse_personal_data
from core.vietnamese import nfc


def checked_reason(text: str, *, missing, most: int = 300) -> str:
    """``missing``: what to say if there is none."""
    text = nfc(text)
    if not text:
        raise DomainError(missing, code="reason_missing")
    refuse_personal_data(text)
    return text[:most]
