"""Pages of an answer: the cursor says after which row to go on, so that no row is told twice or left out.

It holds a place in the order, not a row number: rows that appear meanwhile move nothing. It is signed, so that what
comes back is what was given out.
"""

import hashlib
import json
from bisect import bisect_right

from django.core import signing
from django.utils.translation import gettext as _

from reports.stats.engine import Answer
from reports.stats.problems import BadQuery
from reports.stats.query import StatsQuery

USUAL_PAGE, MOST_PAGE = 5_000, 10_000
LONGEST_CURSOR = 4_000
_signer = signing.Signer(salt="stats.cursor")


def read_cursor(text: str, query: StatsQuery) -> tuple:
    """The place that ``text`` names in the answer to ``query``; another question's cursor is refused."""
    try:
        held = _signer.unsign_object(text[:LONGEST_CURSOR])
    except (signing.BadSignature, ValueError) as error:
        raise BadQuery({"cursor": _("Đây không phải con trỏ của cổng; hãy dùng nguyên “next”.")}) from error
    if held["question"] != _fingerprint(query):
        message = _("Con trỏ này thuộc câu hỏi khác, hoặc kỳ được hỏi đã sang ngày mới; hãy hỏi lại từ đầu.")
        raise BadQuery({"cursor": message}, code="other_question")
    return tuple(tuple(part) for part in held["after"])


def page_of(answer: Answer, query: StatsQuery, *, limit: int, after: tuple | None) -> tuple[list[dict], str | None]:
    """(rows of the page, cursor of the next one)."""
    start = 0 if after is None else bisect_right(answer.orders, after)
    end = start + limit
    if end >= len(answer.rows):
        return answer.rows[start:], None
    held = {"question": _fingerprint(query), "after": answer.orders[end - 1]}
    return answer.rows[start:end], _signer.sign_object(held)


def _fingerprint(query: StatsQuery) -> str:
    return hashlib.sha256(json.dumps(query.as_dict(), sort_keys=True).encode()).hexdigest()[:16]
