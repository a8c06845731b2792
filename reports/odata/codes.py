"""Codes that mean the same in every answer.

A code of units or teams may have been used again; the engine then gives the plain code to the one that is meant *in the
period of the question*. A feed is read in many questions of different periods and joined by its codes, so here the
plain code is always the one meant today, and the others carry their first day.
"""

import datetime as dt
from functools import cached_property
from typing import Any

from django.db.models import Count

from reports.stats.scope import meant_by
from teams.models import Team, Unit

MODELS: dict[str, Any] = {"unit": Unit, "team": Team}


class Codes:
    """Of one request: reads the codes that were used more than once, when they are first asked for."""

    @cached_property
    def _reused(self) -> dict[str, dict[str, list]]:
        found: dict[str, dict[str, list]] = {}
        for dimension, model in MODELS.items():
            twice = model.objects.order_by().values("code").annotate(times=Count("pk")).filter(times__gt=1)
            rows: dict[str, list] = {}
            for row in model.objects.filter(code__in=twice.values("code")):
                rows.setdefault(row.code, []).append(row)
            found[dimension] = rows
        return found

    def stable(self, dimension: str, code, start: dt.date | None, end: dt.date | None):
        """What the engine called ``code`` in a question of these days."""
        if code is None or dimension not in MODELS:
            return code
        plain, _at, since = code.partition("@")
        namesakes = self._reused[dimension].get(plain)
        if namesakes is None:
            return code
        if since:
            row = next(row for row in namesakes if row.valid_from.isoformat() == since)
        else:
            row = meant_by(namesakes, start, end)
        return self.of(dimension, row)

    def of(self, dimension: str, row) -> str:
        """The code of a row of the model."""
        namesakes = self._reused[dimension].get(row.code)
        if namesakes is None or meant_by(namesakes, None, None) == row:
            return row.code
        return f"{row.code}@{row.valid_from.isoformat()}"

    def exact(self, code: str) -> str:
        """A unit's code as the engine understands it in a question of any period."""
        plain, _at, since = code.partition("@")
        namesakes = self._reused["unit"].get(plain)
        if namesakes is None or since:
            return code
        row = meant_by(namesakes, None, None)
        return f"{row.code}@{row.valid_from.isoformat()}"
