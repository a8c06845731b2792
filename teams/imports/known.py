"""What a file may name: things by code or by name, blind to accents, case, spaces and shortened words.

A name is no key: it is taken where one thing alone has it, and then the preview says which thing it was taken for.
"""

import copy
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from core.vietnamese import fold, fold_place
from teams.imports.cells import key_of, nearest

# Comparing is slow, and a wrong name is usually wrong all the way down the file.
MOST_HINTS = 20


class Hints:
    """What was probably meant; of the first texts that name nothing, and once of each."""

    def __init__(self):
        self._said: dict[str, str] = {}

    def of(self, text: str, known: Callable[[], dict[str, str]]) -> str:
        """``known``: code to name."""
        if text not in self._said:
            self._said[text] = nearest(text, known()) if len(self._said) < MOST_HINTS else ""
        return self._said[text]


class Known:
    """``Known(rows, day, missing=…)``; ``find`` gives the row that is valid on the day, or says what is wrong."""

    def __init__(self, rows: Iterable, day: dt.date, *, missing: str):
        self.day, self.missing = day, missing
        self.by_code: dict[str, list] = defaultdict(list)
        self.by_name: dict[str, list] = defaultdict(list)
        for row in rows:
            self.by_code[key_of(row.code)].append(row)
            self.by_name[fold(row.name)].append(row)
        self.by_place: dict[str, list] = defaultdict(list)
        for rows_of_name in self.by_name.values():
            for row in rows_of_name:
                self.by_place[fold_place(row.name)].append(row)
        self._hints = Hints()

    def on(self, day: dt.date) -> "Known":
        """The same rows on another day."""
        other = copy.copy(self)
        other.day = day
        return other

    def _rows(self, text: str) -> list:
        found = self.by_code.get(key_of(text)) or self.by_name.get(fold(text))
        return found or self.by_place.get(fold_place(text)) or []

    def find(self, text: str):
        """The row; ``ValueError`` with a sentence where there is none, or more than one."""
        rows = self._rows(text)
        if not rows:
            raise ValueError(self.missing % {"text": text} + self._hint(text))
        valid = [row for row in rows if row.is_valid_on(self.day)]
        if not valid:
            message = _("“%(text)s” không hoạt động vào ngày %(day)s.")
            raise ValueError(message % {"text": text, "day": f"{self.day:%d/%m/%Y}"})
        if len(valid) > 1:
            message = _("Có %(count)s nơi cùng tên “%(text)s”. Hãy ghi mã: %(codes)s.")
            codes = ", ".join(sorted(row.code for row in valid))
            raise ValueError(message % {"count": len(valid), "text": text, "codes": codes})
        return valid[0]

    def taken_for(self, text: str, row) -> str:
        """Said beside a row whose cell is neither the code nor quite the name of what it was taken for."""
        if key_of(text) == key_of(row.code) or fold(text) == fold(row.name):
            return ""
        return _("“%(text)s” được hiểu là %(code)s – %(name)s.") % {"text": text, "code": row.code, "name": row.name}

    def name_of(self, row) -> str:
        """What a file calls it, so that it is found again: its name, or its code where others have that name."""
        meant = [other for other in self._rows(row.name) if other.is_valid_on(self.day)]
        return row.name if all(other == row for other in meant) else row.code

    def names(self) -> list[str]:
        """To choose from: the names valid on the day, or codes where two have one name."""
        rows = [row for found in self.by_code.values() for row in found if row.is_valid_on(self.day)]
        called = {row.code: self.name_of(row) for row in rows}
        return sorted(called.values(), key=lambda name: (name in called, name))

    def _hint(self, text: str) -> str:
        return self._hints.of(text, lambda: {rows[0].code: rows[0].name for rows in self.by_code.values()})
