"""Units and areas by the codes that a file names, with what was probably meant where there is none."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from teams.imports.cells import key_of, nearest
from teams.models import AdminArea, Unit

BATCH = 1000
MOST_HINTS = 20


class LookupMixin:
    """For a resource that holds the units which the caller may write to."""

    units: dict[str, list[Unit]]
    hints: dict[str, str]
    blame: Callable[[str, str], None]
    values: dict[str, Any]
    line: int
    remarks: list[tuple[int, str, list[str]]]

    def look_up(self, name: str, known: Any):
        """What the cell ``name`` means, by code or name; blamed where there is none, told where it is not quite said.

        None: nothing, or nothing that could be found.
        """
        text = self.values[name]
        try:
            row = known.find(text)
        except ValueError as error:
            self.blame(name, str(error))
            return None
        if told := known.taken_for(text, row):
            self.remarks.append((self.line, text, [told]))
        return row

    def unit_on(self, name: str, code: str, day: dt.date, last: dt.date | None = None) -> Unit | None:
        """The unit of that code on ``day``; with ``last``, it must stand until then.

        Only units that the caller may write to are known: one elsewhere is answered like one that is nowhere.
        """
        rows = self.units.get(key_of(code), [])
        for unit in rows:
            if unit.is_valid_on(day):
                return unit
        if rows:
            message = _("Đơn vị “%(code)s” không có hiệu lực vào ngày %(day)s. Hãy sửa ngày hoặc chọn đơn vị khác.")
            self.blame(name, message % {"code": code, "day": f"{day:%d/%m/%Y}"})
        else:
            message = _("Không có đơn vị mã “%(code)s” trong phạm vi của bạn.") % {"code": code}
            self.blame(name, message + self.hint(code, self._unit_names))
        return None

    def area_on(self, code: str, day: dt.date) -> AdminArea | None:
        """The area of that code on ``day``, else the newest one: codes are reused over time."""
        if not code:
            return None
        rows = self.areas.get(code, [])
        if not rows:
            message = _("Không có đơn vị hành chính mã “%(code)s”.") % {"code": code}
            self.blame("area", message + self.hint(code, self._area_names))
        return next((area for area in rows if area.is_valid_on(day)), rows[0] if rows else None)

    @property
    def areas(self) -> dict[str, list[AdminArea]]:
        """A few hundred for the city; loaded for the first row that names one."""
        if not hasattr(self, "_areas"):
            self._areas: dict[str, list[AdminArea]] = {}
            for area in AdminArea.objects.order_by("-valid_from"):
                self._areas.setdefault(area.code, []).append(area)
        return self._areas

    def _unit_names(self) -> dict[str, str]:
        return {units[0].code: units[0].name for units in self.units.values()}

    def _area_names(self) -> dict[str, str]:
        return {code: str(found[0]) for code, found in self.areas.items()}

    def hint(self, code: str, known: Callable[[], dict[str, str]]) -> str:
        """Comparing is slow and a wrong code is usually wrong all the way down the file: once a code."""
        if code not in self.hints:
            self.hints[code] = nearest(code, known()) if len(self.hints) < MOST_HINTS else ""
        return self.hints[code]


def in_batches(rows, column: str, values: Iterable, shape=lambda chosen: chosen):
    """``column IN values`` in pieces that every database takes."""
    ordered = sorted(values)
    for start in range(0, len(ordered), BATCH):
        yield from shape(rows.filter(**{f"{column}__in": ordered[start : start + BATCH]}))
