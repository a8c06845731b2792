"""Citizens are counts: free text must not carry what could identify one (PRODUCT.md, invariant 5)."""

import re

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

_SEPARATOR = r"[\s.\-–—_/()]*"
_DIGITS = re.compile(rf"(?<!\d)\d(?:{_SEPARATOR}\d)+(?!\d)")
# Mobile prefixes of the 2018 numbering plan (03, 05, 07, 08, 09) and landlines (02x), with 0, 84 or +84 before.
_PHONE = re.compile(r"^(?:84|0)(?:[35789]\d{8}|2\d{8,9})$")
# Dates and times are the digits that a leader does write: 26/03/2023, 2023-03-26, 07:30-11:30.
_DATE = re.compile(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}\b|\b\d{4}-\d{2}-\d{2}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


class PersonalDataRefused(DomainError):
    code = "personal_data"
    status = 400


def personal_data_in(text: str) -> str | None:
    """The kind of identifier found in ``text`` (``id_number``, ``phone``, ``email``), or None."""
    if _EMAIL.search(text):
        return "email"
    # Digits of any script count: "０９０…" is a phone number too.
    plain = "".join(str(int(char)) if char.isdecimal() else char for char in _DATE.sub(" ", text))
    runs = {run for match in _DIGITS.finditer(plain) for run in _runs(re.findall(r"\d+", match.group()))}
    if any(_PHONE.match(run) for run in runs):
        return "phone"
    return "id_number" if any(len(run) in (9, 12) for run in runs) else None


def _runs(groups: list[str]):
    """Each stretch of neighbouring groups, joined: an identifier may stand beside other numbers."""
    for start in range(len(groups)):
        for stop in range(start + 1, len(groups) + 1):
            yield "".join(groups[start:stop])


def refuse_personal_data(text: str) -> None:
    """Raise :class:`PersonalDataRefused` with an explanation if ``text`` looks like it identifies a citizen."""
    kind = personal_data_in(text)
    if kind == "id_number":
        raise PersonalDataRefused(
            _(
                "Nội dung này có dãy số giống số CCCD/CMND (9 hoặc 12 chữ số). Cổng không lưu thông tin của người dân: "
                "hãy xóa dãy số đó rồi gửi lại."
            )
        )
    if kind == "phone":
        raise PersonalDataRefused(
            _(
                "Nội dung này có số giống số điện thoại. Cổng không lưu thông tin của người dân: "
                "hãy xóa số đó rồi gửi lại."
            )
        )
    if kind == "email":
        raise PersonalDataRefused(
            _("Nội dung này có địa chỉ thư điện tử. Cổng không lưu thông tin của người dân: hãy xóa rồi gửi lại.")
        )
