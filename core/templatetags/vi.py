"""Numbers as the reader writes them: 190.962 and 37,5 % in Vietnamese, 190,962 and 37.5% in English.

A value that is already words (“dưới 5”, a suppressed cell) passes through every filter unchanged.
"""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.formats import get_format
from django.utils.numberformat import format as write_number
from django.utils.translation import get_language

register = template.Library()

MISSING = "–"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def _write(value, places: int | None) -> str:
    """``value`` with the separators of the active language; ``places`` rounds half up, as schools teach."""
    number = Decimal(str(value))
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return write_number(
        number,
        decimal_sep=get_format("DECIMAL_SEPARATOR"),
        thousand_sep=get_format("THOUSAND_SEPARATOR"),
        # Django's Vietnamese formats give the separator and leave the grouping out.
        grouping=3,
        force_grouping=True,
    )


@register.filter
def is_words(value) -> bool:
    """True for a value that is not a number: words are set smaller than figures."""
    return isinstance(value, str)


@register.filter
def vi_number(value) -> str:
    """A whole number, grouped by thousands."""
    if value is None or value == "":
        return MISSING
    return value if is_words(value) else _write(value, 0)


@register.filter
def vi_decimal(value, places: int = 1) -> str:
    """A number with ``places`` decimals; a zero fraction is dropped, so 40 stays 40."""
    if value is None or value == "":
        return MISSING
    if is_words(value):
        return value
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return _write(rounded, 0 if rounded == rounded.to_integral_value() else places)


@register.filter
def vi_percent(value, places: int = 1) -> str:
    """A percentage given as 37.5 (not 0.375); Vietnamese sets a space, which must not break, before the sign."""
    written = vi_decimal(value, places)
    if is_words(value) or written == MISSING:
        return written
    return f"{written}%" if get_language() == "en" else f"{written}{NO_BREAK_SPACE}%"
