"""The services as the repository's file tells them: what a replay sends must not depend on edits made in the portal."""

import datetime as dt
import json
from functools import cache
from typing import NamedTuple

from core.reference import DATA_DIR


class ServiceFacts(NamedTuple):
    # What one success counts as; None where only people are counted.
    metric: str | None
    valid_from: dt.date
    valid_to: dt.date | None
    replaced_by: str | None

    def is_valid_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@cache
def services() -> dict[str, ServiceFacts]:
    held = json.loads((DATA_DIR / "catalogue.json").read_text(encoding="utf-8"))
    derived = {metric["code"] for metric in held["metrics"] if metric.get("is_derived")}
    facts = {}
    for group in held["groups"]:
        for row in group["services"]:
            counted = [code for code in row["metrics"] if code not in derived]
            until = row.get("valid_to")
            facts[row["code"]] = ServiceFacts(
                counted[0] if counted else None,
                dt.date.fromisoformat(row.get("valid_from") or group.get("valid_from") or held["unknown_start"]),
                dt.date.fromisoformat(until) if until else None,
                row.get("replaced_by"),
            )
    return facts
