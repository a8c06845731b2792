"""The catalogue as a batch asks for it: by code, kept in memory until its revision moves."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from core.bulk import fetch
from services_help.models import Service, ServiceMetric

Catalogue = dict[str, "Offered"]


@dataclass(frozen=True, slots=True)
class Offered:
    """A service, and the metrics that it may be counted in (code -> primary key)."""

    service: Service
    metrics: dict[str | None, int]

    @property
    def pk(self) -> int:
        return self.service.pk

    @property
    def is_group(self) -> bool:
        return self.service.group_id is None

    @property
    def for_citizens(self) -> bool:
        return self.service.for_citizens

    @property
    def label(self) -> str:
        return self.service.label

    def is_valid_on(self, day: dt.date) -> bool:
        return self.service.is_valid_on(day)


# When it was read: the revision, which moves in the transaction of every change.
_kept: tuple[tuple, Catalogue] | None = None


def catalogue() -> Catalogue:
    global _kept  # noqa: PLW0603 - one a process; a thread that loses the race has read it once too often
    # Before the catalogue: what changes in between is then read again the next time.
    revision = next(iter(fetch("SELECT number, changed_at FROM core_revision WHERE name = %s", ["catalogue"])), None)
    kept = _kept
    if kept is not None and kept[0] == revision:
        return kept[1]
    read = _read()
    if revision is not None:
        _kept = (revision, read)
    return read


def _read() -> Catalogue:
    metrics = defaultdict(dict)
    links = ServiceMetric.objects.filter(metric__is_derived=False)
    for service, code, metric in links.values_list("service", "metric__code", "metric"):
        metrics[service][code] = metric
    return {row.code: Offered(row, metrics[row.pk]) for row in Service.objects.all()}
