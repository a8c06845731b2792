"""Things with a code from a day on, placed in a unit from a day on."""

import datetime as dt
from collections.abc import Callable
from functools import cached_property

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext as _

from core.dated import today, valid_on
from core.errors import DomainError
from teams import bulk
from teams.imports.base import FileResource
from teams.imports.cells import key_of
from teams.imports.lookup import in_batches
from teams.locked_days import (
    Standing,
    first_day_changed,
    keeper,
    locked_days_stand,
    reach_locked_days,
    refuse,
    refuse_if_counted,
)
from teams.models import Unit
from teams.tree import lock_tree

END = dt.date.max


class DatedResource(FileResource):
    place_cell = ""  # the cell that names the unit
    counted_by = ""  # the column, not dated, that tells figures of all days apart
    columns: tuple[str, ...] = ()  # what a correction may write without ending anything

    # What stands where it cannot stand, in words.
    problems: Callable[[], list[str]]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.problems_before: set[str] = set()
        # By primary key: (code of the unit, since when) of the moves still to come, by day.
        self.coming: dict[int, list[tuple[str, dt.date]]] = {}
        # Where everything stood before an undoing that may be about locked days.
        self.standing: Standing | None = None
        # Put back by an undoing, and with another value of ``counted_by`` than they had got.
        self.counted_anew: list = []

    def prepare(self, codes):
        super().prepare(codes)
        places, owner, place = bulk.PLACES[self._meta.model]
        known = [row.pk for rows in self.existing.values() for row in rows if row.pk in self.writable]
        coming = places.objects.filter(valid_from__gt=today()).order_by("valid_from")
        columns = (owner, f"{place}__code", "valid_from")
        for key, code, since in in_batches(coming, owner, known, lambda chosen: chosen.values_list(*columns)):
            self.coming.setdefault(key, []).append((code, since))

    # --- undoing ------------------------------------------------------------------------------------------------------
    def lock(self):
        lock_tree()
        self.problems_before = set(self.problems())
        if reach_locked_days(dt.date.min):
            self.standing = Standing(self._meta.model)

    def restore(self, instance, now):
        if isinstance(instance, self._meta.model) and self._counted_by(instance) != now[self._counted_column]:
            self.counted_anew.append(instance)

    def after_undo(self):
        """Nothing comes back to a place that is not there any more, and no locked figures go back with it."""
        if new := [problem for problem in self.problems() if problem not in self.problems_before]:
            raise DomainError(" ".join(new))
        if self.standing:
            refuse(self.standing.moves())
            for thing in self.counted_anew:
                refuse_if_counted(thing, self.counted_by)

    # --- finding ------------------------------------------------------------------------------------------------------
    def key(self):
        return (*super().key(), self.values.get("valid_from"))

    def find(self):
        start = self.values.get("valid_from")
        rows = self.existing.get(key_of(self.values.get("code", "")), [])
        return next((row for row in rows if row.valid_from == start), None)

    @staticmethod
    def _place_day():
        """The day whose place is shown: today, or the nearest day on which the thing was or will be there."""
        return Greatest("valid_from", Least(Coalesce("valid_to", today()), today()))

    def _placed(self, rows, placements, owner: str, unit: str):
        """Annotate the place of ``_place_day`` and since when it holds."""
        held = placements.filter(valid_on(OuterRef("shown_on")), **{owner: OuterRef("pk")})
        return rows.annotate(
            shown_on=self._place_day(),
            place_code=Subquery(held.values(f"{unit}__code")[:1]),
            place_id=Subquery(held.values(unit)[:1]),
            place_since=Subquery(held.values("valid_from")[:1]),
            place_ends=Subquery(held.values(f"{unit}__valid_to")[:1]),
            held_to=F("valid_to"),
            area_code=F("area__code"),
        ).select_related("area")

    def may_be_empty(self, name):
        """The top of the tree stands under nobody."""
        found = self.find() if name == self.place_cell else None
        return found is not None and found.pk in self.writable and found.place_code is None

    # --- filling ------------------------------------------------------------------------------------------------------
    def assign_columns(self, instance, *names: str) -> None:
        for name in names:
            if name in self.values:
                setattr(instance, name, self.values[name])
        if "area" in self.values and (self.values["area"] or None) != getattr(instance, "area_code", None):
            instance.area = self.area_on(self.values["area"], instance.valid_to or today())
            instance.area_code = self.values["area"] or None

    def assign_place(self, instance) -> None:
        if instance.valid_from is None or self.place_cell not in self.values:
            return
        if instance.valid_to and instance.valid_to < instance.valid_from:
            self.blame("valid_to", _("Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."))
            return
        code, held = self.values[self.place_cell], getattr(instance, "place_code", None) or ""
        if key_of(code) == key_of(held) and not self._is_earlier(instance):
            self._refuse_after(getattr(instance, "place_since", None))
            if instance.pk not in self.coming and instance.valid_to != getattr(instance, "held_to", None):
                self._check_end(instance, held, getattr(instance, "place_ends", None))
            return
        day = self._since(instance)
        if not instance.is_valid_on(day):
            self.blame("since", _("Ngày này nằm ngoài thời gian hiệu lực ghi ở cùng dòng. Hãy sửa một trong hai."))
            return
        if self._is_planned(instance, code, day):
            return
        if instance.pk is None and day != instance.valid_from:
            # Days without a unit are days that count for nobody.
            self.blame("since", _("Dòng mới phải có đơn vị ngay từ “Hiệu lực từ ngày”. Hãy để trống ô này."))
            return
        if unit := self.unit_on(self.place_cell, code, day):
            self._check_end(instance, unit, unit.valid_to)
            instance.new_place, instance.place_code = unit, unit.code
            instance.place_id, instance.place_since = unit.pk, day

    def _check_end(self, instance, unit: Unit | str, last: dt.date | None) -> None:
        """Nobody stays in a unit that is over."""
        if last and (instance.valid_to or END) > last:
            message = _("Đơn vị “%(unit)s” kết thúc ngày %(day)s. “Hiệu lực đến ngày” phải có và không muộn hơn.")
            self.blame("valid_to", message % {"unit": unit, "day": f"{last:%d/%m/%Y}"})

    def _refuse_after(self, known: dt.date | None) -> None:
        since = self.values.get("since")
        if since and known and since > known:
            message = _("Trong cổng, việc này đã có từ ngày %(day)s. Hãy để trống, hoặc ghi đúng ngày đó.")
            self.blame("since", message % {"day": f"{known:%d/%m/%Y}"})

    def _is_planned(self, instance, code: str, day: dt.date) -> bool:
        """The portal has the move already. Done again it would be a new row in the place of one that is the same."""
        before = [coming for coming in self.coming.get(instance.pk, []) if coming[1] <= day]
        if not before or key_of(before[-1][0]) != key_of(code):
            return False
        self._refuse_after(before[-1][1])
        return True

    def _is_earlier(self, instance) -> bool:
        """The file says that the place held before the day that is on record."""
        since, known = self.values.get("since"), getattr(instance, "place_since", None)
        return since is not None and (known is None or since < known)

    def _since(self, instance) -> dt.date:
        return self.values.get("since") or (today() if instance.pk else instance.valid_from)

    # --- among the others ---------------------------------------------------------------------------------------------
    def check(self, instance):
        for other in self.existing.get(key_of(instance.code), []):
            same = instance.pk is not None and other.pk == instance.pk
            if same or other.valid_from > (instance.valid_to or END) or (other.valid_to or END) < instance.valid_from:
                continue
            if other.pk is not None and other.pk not in self.writable:
                self.blame_foreign_code()
            else:
                self._blame_taken_code(other)

    def _blame_taken_code(self, other) -> None:
        message = _(
            "Mã này đang là của “%(name)s”, hiệu lực từ %(since)s. Muốn sửa dòng đó, hãy ghi đúng “Hiệu lực từ ngày” "
            "ấy; nếu là nơi khác, hãy dùng mã khác."
        )
        self.blame("code", message % {"name": other, "since": f"{other.valid_from:%d/%m/%Y}"})

    # --- writing ------------------------------------------------------------------------------------------------------
    def needs_service(self, instance):
        if instance.valid_to != self.original.valid_to or self.moves_back(instance):
            return True
        # Asked about alone as well, where any day is locked.
        return self._counted_by(instance) != self._counted_by(self.original) and self.last_locked > dt.date.min

    @property
    def _counted_column(self) -> str:
        return self._meta.model._meta.get_field(self.counted_by).attname

    def _counted_by(self, instance):
        return getattr(instance, self._counted_column)

    @cached_property
    def last_locked(self) -> dt.date:
        return keeper().last_day() or dt.date.min

    def moves_back(self, instance) -> bool:
        """To where days are locked: each such row is asked about alone, so that it alone is refused."""
        return hasattr(instance, "new_place") and instance.place_since <= min(today(), self.last_locked)

    def store_one(self, instance):
        store, put, place = self.single_services()
        unit, ends = getattr(instance, "new_place", None), first_day_changed(instance)
        days = [day for day in (ends, instance.place_since if unit else None) if day]
        with locked_days_stand(instance, min(days, default=None), hold=self.keeps_before):
            store(instance)
            if unit:
                put(since=instance.place_since, **{place: unit, self._meta.model._meta.model_name: instance})

    def single_services(self):
        raise NotImplementedError  # pragma: no cover - said by each resource

    def store(self, fresh, corrected):
        placed = [(row, getattr(row, "new_place", None), getattr(row, "place_since", None)) for row in fresh]
        bulk.add_placed(self._meta.model, placed)
        bulk.correct(self._meta.model, corrected, *self.columns)
        moved = [(row, row.new_place, row.place_since) for row in corrected if hasattr(row, "new_place")]
        bulk.move_placed(self._meta.model, moved)
