"""What carrying out a reorganisation has changed, in plain words and codes: what a dry run shows, and its digest."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

DECIDED, WHOLE, AREA = "decided", "whole", "area"


@dataclass
class Outcome:
    opened: list[dict] = field(default_factory=list)
    renamed: list[dict] = field(default_factory=list)
    moved: list[dict] = field(default_factory=list)
    ended: list[dict] = field(default_factory=list)
    # Each: key, code, name, from, to (None: not determined), why.
    units: list[dict] = field(default_factory=list)
    teams: list[dict] = field(default_factory=list)
    # Each: user, role, unit, to (None: ends with the unit).
    people: list[dict] = field(default_factory=list)
    # Each: what, unit, rows, to (None: stays with the old unit).
    followers: list[dict] = field(default_factory=list)
    # What forbids to carry it out.
    problems: list[str] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (self.opened or self.renamed or self.moved or self.ended or self.units or self.teams)

    def as_data(self) -> dict:
        """JSON, with a digest that is equal for two runs that would change the same.

        What stays with an old unit is shown and not part of the digest: a letter that is written every morning changes
        nothing of what was approved.
        """
        data = asdict(self)
        for name, rows in data.items():
            if name != "problems":
                rows.sort(key=lambda row: json.dumps(row, sort_keys=True))
        changes = data | {"followers": [row for row in data["followers"] if row["to"]]}
        digest = hashlib.sha256(json.dumps(changes, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return data | {"digest": digest}


def undecided(preview: dict | None) -> dict[str, list[dict]]:
    """The units and teams of a dry run that nothing determines a place for."""
    found = preview or {}
    return {name: [row for row in found.get(name, []) if row["to"] is None] for name in ("units", "teams")}
