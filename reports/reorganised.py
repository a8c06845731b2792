"""The city's figures before and after a reorganisation, for whoever is about to carry it out (teams/reorganising)."""

from django.db import connection
from django.utils.translation import gettext as _

from core.errors import DomainError
from reports.models import TallySlice
from reports.stats import StatsQuery, answer
from reports.stats.describe import combinations
from reports.stats.measures import MEASURES, Measure, all_measures
from teams.access import system_access

VIEWS = ("as_was", "as_is")


def hold() -> None:
    """Nobody changes a tally until this transaction ends; what is logged meanwhile waits, and is counted after."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TallySlice._meta.db_table} IN SHARE MODE")


def read() -> dict:
    """For each view: the totals of every measure, and what stands under each unit of the first level."""
    return {view: _view(view) for view in VIEWS}


def _view(hierarchy: str) -> dict:
    by_unit = [code for code, measure in all_measures().items() if _is_told(measure)]
    found = answer(StatsQuery(measures=tuple(by_unit), by=("unit",), hierarchy=hierarchy), system_access())
    for measure in found.measures:
        if measure.is_additive and sum(row[measure.code] for row in found.rows) != found.totals[measure.code]:
            raise DomainError(_("Tổng các đơn vị không bằng tổng của thành phố. Hãy báo người quản trị cổng."))
    return {
        "totals": found.totals,
        "units": [
            {"code": row["unit"], "name": found.label("unit", row["unit"]), "people": row["people"]}
            for row in found.rows
        ],
    }


def _is_told(measure: Measure) -> bool:
    """Whatever can be split by unit, each once: some results of the catalogue are another measure's other name."""
    is_own = measure.code in MEASURES or measure.metric_id is not None
    return is_own and any("unit" in together for together in combinations(measure))
