"""Where the area of a unit or team belongs on the new map: known only if it went there wholly."""

import datetime as dt
from collections import defaultdict

from teams.models import AdminArea, AreaSuccession, Unit, UnitKind
from teams.models.areas import SuccessionRelation

# An area that changed more often than this within the data can only be a circle.
LONGEST = 10


class NewMap:
    """The areas of ``day``, and the units that they are the ground of."""

    def __init__(self, day: dt.date) -> None:
        self._standing = set(AdminArea.objects.on(day).values_list("pk", flat=True))
        self._went: dict[int, list[tuple[int, str]]] = defaultdict(list)
        rows = AreaSuccession.objects.filter(effective_on__lte=day)
        for old, new, relation in rows.values_list("old", "new", "relation"):
            self._went[old].append((new, relation))
        self._units: dict[int, list[Unit]] = defaultdict(list)
        for unit in Unit.objects.on(day).filter(kind=UnitKind.COMMUNE, area__isnull=False):
            self._units[unit.area_id].append(unit)

    def area_now(self, area: int | None) -> int | None:
        """The area that ``area`` is, or wholly went into, by succession after succession."""
        for _step in range(LONGEST):
            if area is None or area in self._standing:
                return area
            went = self._went[area]
            area = went[0][0] if len(went) == 1 and went[0][1] == SuccessionRelation.WHOLE else None
        return None

    def unit_of(self, area: int | None) -> Unit | None:
        """The one commune's unit of the ground that ``area`` wholly belongs to."""
        units = self._units[now] if (now := self.area_now(area)) is not None else []
        return units[0] if len(units) == 1 else None
