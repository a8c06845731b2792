"""What can be asked, told to programs: dimensions, measures with their meaning, what goes together, the limits."""

from reports.stats import periods
from reports.stats.dimensions import DIMENSIONS, MOST_DIMENSIONS
from reports.stats.engine import MOST_ROWS
from reports.stats.measures import DEFAULT, Measure, all_measures
from reports.stats.paging import MOST_PAGE, USUAL_PAGE
from reports.stats.query import CHOICES, DEFAULTS, MOST_MEASURES, MOST_VALUES
from reports.tallies.cuts import CUTS


def description() -> dict:
    measures = list(all_measures().values())
    return {
        "dimensions": [
            {"code": dimension.code, "label": str(dimension.label), "note": str(dimension.note)}
            for dimension in DIMENSIONS.values()
        ],
        "measures": [_measure(measure) for measure in measures],
        "parameters": {name: {"choices": list(CHOICES[name]), "default": DEFAULTS[name]} for name in CHOICES}
        | {"measures": {"choices": [measure.code for measure in measures], "default": ",".join(DEFAULT)}},
        "periods": list(periods.EXAMPLES),
        "limits": {
            "rows": MOST_ROWS,
            "page": MOST_PAGE,
            "usual_page": USUAL_PAGE,
            "dimensions": MOST_DIMENSIONS,
            "measures": MOST_MEASURES,
            "values": MOST_VALUES,
        },
    }


def _measure(measure: Measure) -> dict:
    together = combinations(measure)
    return {
        "code": measure.code,
        "label": str(measure.label),
        "definition": str(measure.definition),
        "additive": measure.is_additive,
        "of_citizens": measure.is_of_citizens,
        "by": [code for code in DIMENSIONS if any(code in group for group in together)],
        "combinations": together,
        "filter_by_service": any("service" in group for group in together),
    }


def combinations(measure: Measure) -> list[list[str]]:
    """The widest sets of dimensions that ``measure`` can be split by at once; any part of one will do too."""
    known = [{code for code in DIMENSIONS if tally in DIMENSIONS[code].tallies} for tally in CUTS]
    groups = [group for tally, group in zip(CUTS, known, strict=True) if tally in measure.sources]
    return [[code for code in DIMENSIONS if code in group] for group in groups if not any(group < g for g in groups)]
