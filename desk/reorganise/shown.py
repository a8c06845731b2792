"""What the page of a reorganisation shows of its steps and of its dry run."""

from collections import Counter

from django.utils.translation import gettext as _

from desk.reorganise.units import new_units, old_units
from reports.stats.measures import all_measures
from teams.models import Reorganisation, StepKind
from teams.permissions import Role
from teams.reorganising.following import name_of
from teams.reorganising.steps import told
from teams.reorganising.waiting import waiting

# Of long lists; the rest is counted, and stands in the audit trail.
MOST_SHOWN = 200


def page_of(reorganisation: Reorganisation) -> dict:
    names = new_units(reorganisation).names | old_units(reorganisation).names
    steps = list(reorganisation.steps.all())
    context = {
        "steps": [{"pk": step.pk, "text": told(step, names)} for step in steps[:MOST_SHOWN]],
        "steps_more": max(len(steps) - MOST_SHOWN, 0),
        "step_counts": _counts_of(steps),
    }
    return context | (dry_run(reorganisation, reorganisation.preview) if reorganisation.preview else {})


def _counts_of(steps) -> list[dict]:
    counts = Counter(step.kind for step in steps)
    return [{"label": kind.label, "value": counts[kind]} for kind in StepKind if counts[kind]]


def dry_run(reorganisation: Reorganisation, preview: dict) -> dict:
    nowhere = waiting(reorganisation)
    return {
        "preview": preview,
        "counts": [
            {"label": _("Đơn vị mới"), "value": len(preview["opened"])},
            {"label": _("Đơn vị kết thúc"), "value": len(preview["ended"])},
            {"label": _("Đơn vị đổi tên hoặc chuyển"), "value": len(preview["renamed"]) + len(preview["moved"])},
            {"label": _("Đội hình đổi đơn vị"), "value": len(preview["teams"])},
        ],
        "waiting": nowhere,
        "waiting_count": len(nowhere["teams"]) + len(nowhere["units"]),
        "totals": _totals(preview),
        "by_unit": _by_unit(preview),
        "teams": [row | {"waits_no_more": _waits_no_more(row, nowhere)} for row in preview["teams"][:MOST_SHOWN]],
        "teams_more": max(len(preview["teams"]) - MOST_SHOWN, 0),
        "people": [row | {"role": Role(row["role"]).label} for row in preview["people"][:MOST_SHOWN]],
        "followers": [row | {"what": name_of(row["model"])} for row in preview["followers"][:MOST_SHOWN]],
        "followers_more": max(len(preview["followers"]) - MOST_SHOWN, 0),
        "ended": preview["ended"][:MOST_SHOWN],
    }


def _waits_no_more(row: dict, nowhere: dict) -> bool:
    return row["to"] is None and row not in nowhere["teams"]


def _totals(preview: dict) -> list[dict]:
    """A row a measure that is not nothing: before and after, in both views."""
    if "before" not in preview:
        return []
    labels = {code: measure.label for code, measure in all_measures().items()}
    rows = []
    for code, value in preview["before"]["as_was"]["totals"].items():
        cells = [preview[when][view]["totals"][code] for view in ("as_was", "as_is") for when in ("before", "after")]
        if any(cells):
            rows.append({"label": labels.get(code, code), "cells": cells, "is_equal": set(cells) == {value}})
    return rows


def _by_unit(preview: dict) -> list[dict]:
    """People by unit of the first level in the tree of today, where something changes."""
    if "before" not in preview:
        return []
    columns = [{row["code"]: row for row in preview[when]["as_is"]["units"]} for when in ("before", "after")]
    rows = []
    for code in dict.fromkeys([*columns[0], *columns[1]]):
        values = [column[code]["people"] if code in column else 0 for column in columns]
        if values[0] != values[1]:
            name = next(column[code]["name"] for column in columns if code in column)
            rows.append({"name": name, "before": values[0], "after": values[1]})
    return rows[:MOST_SHOWN]
