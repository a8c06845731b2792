"""Carrying a reorganisation out, row by row, with a journal of all that is written.

The rule for everything dated: what lay under an old unit until the last day and would go on after it, goes on from the
first day under where the old unit went. Days before stay as they were, so ``as_was`` keeps its figures; rows of later
days are handed over too, so nothing is lost that was decided meanwhile. What nothing determines goes nowhere: a team
then has no home from that day on ("chưa xếp đơn vị") until a person decides, and counts for the city alone.
"""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from core.dated import overlapping
from core.errors import DomainError
from teams.locked_days import in_words, standing_of_all
from teams.models import AdminArea, Team, TeamHome, Unit, UnitPlacement, UnitSuccession
from teams.models.areas import SuccessionRelation
from teams.reorganising.areas import NewMap
from teams.reorganising.following import hand_on_followers, hand_on_people, locks_left_behind
from teams.reorganising.journal import Journal
from teams.reorganising.outcome import AREA, DECIDED, WHOLE, Outcome
from teams.reorganising.steps import BadStep, read
from teams.tree import rebuild_ancestry, tree_problems


class Carrying:
    """One run; the caller holds the transaction and the lock of the tree."""

    def __init__(self, reorganisation) -> None:
        self.reorganisation = reorganisation
        self.day, self.last = reorganisation.effective_on, reorganisation.last_day
        self.journal, self.outcome = Journal(), Outcome()
        self.old: dict[str, Unit] = {}  # units that end or give some of their own away, by code
        self.closing: dict[int, Unit] = {}
        self.giving: dict[int, Unit] = {}
        self.then: dict[str, Unit] = {}  # units of the first day, by code
        self.successors: dict[int, list[tuple[Unit, str]]] = defaultdict(list)
        self.keeps: dict[int, Unit] = {}
        self.renamed: dict[int, Unit] = {}  # key of the old row -> the row of the new name
        self.was: dict[int, int] = {}  # of a renamed unit: the key of its new row -> that of the old one
        decisions = reorganisation.decisions.all()
        self.decided_teams = {row.team_id: row.into for row in decisions if row.team_id}
        self.decided_units = {row.unit_id: row.into for row in decisions if row.unit_id}

    def run(self) -> Outcome:
        """Refusals of what does not fit become problems of the outcome: all that a dry run can tell at once."""
        try:
            self.script = read(self.reorganisation.steps.all())
            # Before any row is taken: what phones send waits for none of them then.
            standing = standing_of_all(self.day)
            self._find_old()
            self._lock_teams()
            self._end()
            self._open()
            self._move()
            self._say_what_follows()
            self._hand_over()
            hand_on_people(self)
            hand_on_followers(self)
            self.outcome.problems += locks_left_behind(self)
            rebuild_ancestry()
            self.outcome.problems += tree_problems()
            for moved in standing:
                self.outcome.problems += map(_unlock_first, in_words(moved.moves()))
        except DomainError as refusal:
            self.outcome.problems.append(str(refusal))
        return self.outcome

    # --- the old units ------------------------------------------------------------------------------------------------
    def _find_old(self) -> None:
        codes = {each.unit for each in self.script.endings} | {each.unit for each in self.script.renamings}
        self.old = {unit.code: unit for unit in Unit.objects.on(self.last).filter(code__in=codes)}
        if missing := sorted(codes - self.old.keys()):
            words = {"codes": ", ".join(missing), "day": f"{self.last:%d/%m/%Y}"}
            raise BadStep(_("Vào ngày %(day)s không có đơn vị: %(codes)s. Hãy sửa các bước hoặc ngày.") % words)
        for ending in self.script.endings:
            unit = self.old[ending.unit]
            (self.closing if ending.closes else self.giving)[unit.pk] = unit
        for renaming in self.script.renamings:
            unit = self.old[renaming.unit]
            if unit.valid_to == self.last:
                message = _("“%(unit)s” kết thúc vào ngày %(day)s, nên không đổi tên được. Hãy bỏ bước này.")
                raise BadStep(message % {"unit": unit, "day": f"{self.last:%d/%m/%Y}"})
            self.closing[unit.pk] = unit
        self.ends = {pk: unit.valid_to for pk, unit in self.closing.items()}

    def _lock_teams(self) -> None:
        """A team that is being moved at this moment is moved before, or after."""
        homes = TeamHome.objects.filter(overlapping(self.day, None), unit__in=[*self.closing, *self.giving])
        list(Team.objects.select_for_update(of=("self",)).filter(pk__in=homes.values("team")).order_by("pk"))

    def _end(self) -> None:
        """The old units, and where they stood, end the day before."""
        lasting = [unit for unit in self.closing.values() if unit.valid_to is None or unit.valid_to >= self.day]
        rows = list(UnitPlacement.objects.filter(overlapping(self.day, None), unit__in=self.closing))
        self.stood = defaultdict(list)
        for row in rows:
            self.stood[row.unit_id].append((row.parent_id, max(row.valid_from, self.day), row.valid_to))
        self.journal.delete([row for row in rows if row.valid_from >= self.day])
        self.journal.change([row for row in rows if row.valid_from < self.day], valid_to=self.last)
        self.journal.change(lasting, valid_to=self.last)

    # --- the new ones -------------------------------------------------------------------------------------------------
    def _open(self) -> None:
        grounds = AdminArea.objects.on(self.day).filter(code__in={opening.area for opening in self.script.openings})
        self.areas = {area.code: area for area in grounds}
        units = [*map(self._opened, self.script.openings), *map(self._renamed, self.script.renamings)]
        taken = Unit.objects.filter(overlapping(self.day, None), code__in=[unit.code for unit in units])
        if codes := sorted({row.code for row in taken}):
            raise BadStep(_("Mã đã có đơn vị khác dùng: %(codes)s. Hãy đặt mã khác.") % {"codes": ", ".join(codes)})
        self.journal.create(units)
        self.then = {unit.code: unit for unit in Unit.objects.on(self.day)}
        self._know_renamed()
        placements = []
        for opening in self.script.openings:
            unit, parent = self.then[opening.code], self._unit_then(opening.parent)
            placements.append(UnitPlacement(unit=unit, parent=parent, valid_from=self.day, valid_to=None))
            self.outcome.opened.append({"code": unit.code, "name": unit.name, "to": told(parent)})
        for renaming in self.script.renamings:
            old, new = self.old[renaming.unit], self.then[renaming.unit]
            for parent, since, until in self.stood[old.pk]:
                # Under a parent that ends as well, it is handed over like every other child.
                placements.append(UnitPlacement(unit=new, parent_id=parent, valid_from=since, valid_to=until))
            self.outcome.renamed.append({"code": new.code, "from": old.name, "to": new.name})
        self.journal.create(placements)

    def _opened(self, opening) -> Unit:
        if opening.area and opening.area not in self.areas:
            words = {"code": opening.area, "day": f"{self.day:%d/%m/%Y}"}
            raise BadStep(_("Vào ngày %(day)s không có đơn vị hành chính mã %(code)s.") % words)
        values = {"code": opening.code, "name": opening.name, "kind": opening.kind, "block": opening.block}
        return Unit(**values, area=self.areas.get(opening.area), valid_from=self.day)

    def _renamed(self, renaming) -> Unit:
        old = self.old[renaming.unit]
        values = {name: getattr(old, name) for name in ("code", "kind", "block", "area_id")}
        return Unit(**values, name=renaming.name, valid_from=self.day, valid_to=self.ends[old.pk])

    def _know_renamed(self) -> None:
        """What is decided or told of a renamed unit names its old row: the new one is another at every dry run."""
        for renaming in self.script.renamings:
            old, new = self.old[renaming.unit].pk, self.then[renaming.unit]
            self.renamed[old], self.was[new.pk] = new, old
            if old in self.decided_units:
                self.decided_units[new.pk] = self.decided_units[old]

    def _unit_then(self, code: str) -> Unit:
        if code not in self.then:
            words = {"code": code, "day": f"{self.day:%d/%m/%Y}"}
            raise BadStep(_("Vào ngày %(day)s không có đơn vị mã %(code)s. Hãy chọn đơn vị khác.") % words)
        return self.then[code]

    def _move(self) -> None:
        for moving in self.script.movings:
            unit, parent = self._unit_then(moving.unit), self._unit_then(moving.parent)
            if unit == parent:
                raise BadStep(_("“%(unit)s” không thể trực thuộc chính nó.") % {"unit": unit})
            rows = list(unit.placements.filter(overlapping(self.day, None)).select_related("parent"))
            before = next((row.parent for row in rows if row.is_valid_on(self.day)), None)
            self.journal.delete([row for row in rows if row.valid_from >= self.day])
            self.journal.change([row for row in rows if row.valid_from < self.day], valid_to=self.last)
            values = {"valid_from": self.day, "valid_to": unit.valid_to}
            self.journal.create([UnitPlacement(unit=unit, parent=parent, **values)])
            came = told(before) if before else None
            self.outcome.moved.append({"code": unit.code, "name": unit.name, "from": came, "to": told(parent)})

    # --- what follows what --------------------------------------------------------------------------------------------
    def _say_what_follows(self) -> None:
        whole = str(SuccessionRelation.WHOLE)
        for old_pk, renamed in self.renamed.items():
            self.successors[old_pk] = [(renamed, whole)]
            self.keeps[old_pk] = renamed
        for ending in self.script.endings:
            old = self.old[ending.unit]
            self.successors[old.pk] += [(self._unit_then(code), relation) for code, relation in ending.into]
            successor = self.whole_successor(old.pk)
            if ending.keeps_people and successor:
                self.keeps[old.pk] = successor
            if ending.closes:
                into = [told(unit) | {"relation": relation} for unit, relation in self.successors[old.pk]]
                self.outcome.ended.append({"code": old.code, "name": old.name, "into": into})
        self._write_lines()

    def _write_lines(self) -> None:
        """Each once: what an operation of the same day has said already is said anew by this one."""
        said = UnitSuccession.objects.filter(effective_on=self.day, old__in=self.successors)
        known = {(row.old_id, row.new_id): row for row in said}
        common = {"effective_on": self.day, "reorganisation": self.reorganisation}
        lines = {
            (old, new.pk): UnitSuccession(old_id=old, new=new, relation=relation, **common)
            for old, successors in self.successors.items()
            for new, relation in successors
            if new.pk != old
        }
        for pair in lines.keys() & known.keys():
            self.journal.change([known[pair]], relation=lines[pair].relation, reorganisation_id=self.reorganisation.pk)
        self.journal.create([line for pair, line in lines.items() if pair not in known])

    def whole_successor(self, old: int) -> Unit | None:
        """The one unit that the old one went into as it was; a renamed one goes on itself, whatever it gives away."""
        if old in self.renamed:
            return self.renamed[old]
        found = self.successors[old]
        return found[0][0] if len(found) == 1 and found[0][1] == SuccessionRelation.WHOLE else None

    # --- what lay under the old units ---------------------------------------------------------------------------------
    def _hand_over(self) -> None:
        self.map = NewMap(self.day)
        later = overlapping(self.day, None)
        children = UnitPlacement.objects.filter(later).exclude(unit__in=self.closing).select_related("unit", "parent")
        homes = TeamHome.objects.filter(later).select_related("team", "unit")
        self._hand_on(children.filter(parent__in=self.closing), "unit", "parent", self.decided_units)
        self._hand_on(homes.filter(unit__in=self.closing), "team", "unit", self.decided_teams)
        given = {"parent__in": self.giving, "unit__in": self.decided_units}
        self._hand_on(children.filter(**given), "unit", "parent", self.decided_units)
        given = {"unit__in": self.giving, "team__in": self.decided_teams}
        self._hand_on(homes.filter(**given), "team", "unit", self.decided_teams)

    def _hand_on(self, rows, owner: str, place: str, decided: dict[int, str]) -> None:
        """Dated rows of a thing under an old unit: cut at the last day, and gone on with under where it goes."""
        cut, gone, made, onward = [], [], [], defaultdict(list)
        seen: set[int] = set()
        for row in rows.order_by("pk"):
            thing, old = getattr(row, owner), getattr(row, place)
            new, why = self._where(thing, old, decided)
            if new is None and owner == "unit":
                # Nothing is carried out then; that the rest can be told, it stands under the top meanwhile.
                new = self._top(thing)
            self._require_lasting(new, row)
            if row.valid_from >= self.day:
                (onward[new.pk] if new else gone).append(row)
            else:
                cut.append(row)
                if new:
                    values: dict[str, Any] = {
                        owner: thing,
                        place: new,
                        "valid_from": self.day,
                        "valid_to": row.valid_to,
                    }
                    made.append(type(row)(**values))
            if thing.pk not in seen:
                seen.add(thing.pk)
                self._tell(owner, thing, old, new if why else None, why)
        self.journal.delete(gone)
        for new_id, moved in onward.items():
            self.journal.change(moved, **{f"{place}_id": new_id})
        self.journal.change(cut, valid_to=self.last)
        self.journal.create(made)

    def _where(self, thing, old: Unit, decided: dict[int, str]) -> tuple[Unit | None, str | None]:
        """Said by a person; or where the old unit went wholly; or where the own ground is, if that took part."""
        new: Unit | None
        if thing.pk in decided:
            new, why = self._unit_then(decided[thing.pk]), DECIDED
        elif successor := self.whole_successor(old.pk):
            new, why = successor, WHOLE
        else:
            # A team without a ground of its own is nowhere in particular: a person says where it goes.
            ground = thing.area_id if isinstance(thing, Team) else thing.area_id or old.area_id
            new, why = self._of_the_ground(old, ground), AREA
        # A unit that is to take over the one above it: where it stands then, a person has to say.
        return (None, None) if new is None or new == thing else (new, why)

    def heir(self, old: int, area: int | None) -> Unit | None:
        """Of a row that names the old unit and, maybe, a ground of its own."""
        return self.whole_successor(old) or self._of_the_ground(self.closing[old], area)

    def _of_the_ground(self, old: Unit, area: int | None) -> Unit | None:
        found = self.map.unit_of(area)
        return found if found in [unit for unit, _relation in self.successors[old.pk]] else None

    def _top(self, unit: Unit) -> Unit | None:
        words = {"unit": unit, "code": unit.code}
        self.outcome.problems.append(
            _("Đơn vị “%(unit)s” (%(code)s) chưa biết về đâu. Hãy chọn đơn vị cấp trên mới cho đơn vị này.") % words
        )
        placed = UnitPlacement.objects.on(self.day).values("unit")
        return Unit.objects.on(self.day).exclude(pk__in=placed).exclude(pk=unit.pk).order_by("pk").first()

    def _require_lasting(self, new: Unit | None, row) -> None:
        if new and new.valid_to and (row.valid_to is None or row.valid_to > new.valid_to):
            words = {"unit": new, "day": f"{new.valid_to:%d/%m/%Y}"}
            raise BadStep(_("“%(unit)s” chỉ còn đến ngày %(day)s. Hãy chọn đơn vị khác để nhận.") % words)

    def _tell(self, owner: str, thing, old: Unit, new: Unit | None, why: str | None) -> None:
        key = self.was.get(thing.pk, thing.pk) if owner == "unit" else thing.pk
        row = {"key": key, "code": thing.code, "name": str(thing), "from": told(old), "why": why}
        (self.outcome.teams if owner == "team" else self.outcome.units).append(row | {"to": told(new) if new else None})


def _unlock_first(what: str) -> str:
    return _("%(what)s. Hãy mở khóa kỳ trước, rồi khóa lại sau khi sắp xếp.") % {"what": what}


def told(unit: Unit) -> dict:
    return {"code": unit.code, "name": unit.name}


__all__ = ["Carrying", "told"]
