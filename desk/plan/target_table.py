"""The targets of a campaign as a table of units and measures, each parent beside the sum of its children."""

from collections import defaultdict
from dataclasses import dataclass

from campaigns.models import Campaign, Target
from campaigns.targets import day_of
from teams.access import Access
from teams.models import Unit, UnitPlacement


@dataclass(frozen=True)
class TargetCell:
    value: int | None
    # What the units right below were given together; None: none of them has this measure.
    below: int | None = None

    @property
    def missing(self) -> int:
        """How much more the unit was given than those below it together; negative: less."""
        return 0 if self.value is None or self.below is None else self.value - self.below

    @property
    def too_much(self) -> int:
        return -self.missing


@dataclass(frozen=True)
class TargetRow:
    unit: Unit
    depth: int
    cells: list[TargetCell]


@dataclass(frozen=True)
class TargetTable:
    # Codes of the measures, in the order of ``labels``.
    measures: list[str]
    rows: list[TargetRow]


def target_table(campaign: Campaign, access: Access, labels: dict[str, str]) -> TargetTable:
    """Two queries: the targets that the reader sees, and where the units stand."""
    targets = list(Target.objects.visible_to(access).filter(campaign=campaign).select_related("unit"))
    placed = UnitPlacement.objects.on(day_of(campaign)).values_list("unit", "parent", "parent__sort_key")
    parents = {unit: (parent, key) for unit, parent, key in placed}
    units = {target.unit_id: target.unit for target in targets}
    values: dict[tuple[int, str], int] = {(row.unit_id, row.measure): row.value for row in targets}
    below: dict[tuple[int, str], int] = defaultdict(int)
    for (unit, measure), value in values.items():
        if unit in parents:
            below[parents[unit][0], measure] += value
    order = list(labels)
    measures = sorted({row.measure for row in targets}, key=lambda code: order.index(code) if code in labels else 999)
    chains = {pk: _chain(unit, parents) for pk, unit in units.items()}
    known = set(chains.values())
    rows = [
        TargetRow(
            unit=units[pk],
            depth=sum(chain[:length] in known for length in range(1, len(chain))),
            cells=[TargetCell(values.get((pk, code)), below.get((pk, code))) for code in measures],
        )
        for pk, chain in sorted(chains.items(), key=lambda item: item[1])
    ]
    return TargetTable(measures, rows)


def _chain(unit: Unit, parents: dict[int, tuple[int, str]]) -> tuple[tuple[str, int], ...]:
    """From the top of the tree down to the unit: sorting by it is the order of the tree."""
    chain, node = [(unit.sort_key, unit.pk)], unit.pk
    while node in parents and len(chain) < 50:
        node, key = parents[node]
        chain.insert(0, (key, node))
    return tuple(chain)
