"""Units with their parents. Parents may stand below their children in the file."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dated import today
from teams import services
from teams.imports.cells import Cell, choice_cell, code_cell, day_cell, key_of
from teams.imports.dated import END, DatedResource
from teams.models import Block, Unit, UnitKind, UnitPlacement
from teams.permissions import Right
from teams.tree import lock_tree, rebuild_ancestry, tree_problems

CODE, PLACE, LAST_DAY = "Mã đơn vị", "Mã đơn vị cấp trên", "Hiệu lực đến ngày"


class UnitResource(DatedResource):
    template_name = "don-vi"
    file_title = "Đơn vị Đoàn"
    right = Right.ORG_REORGANISE
    place_cell = "parent"
    counted_by = "block"
    columns = ("name", "kind", "block", "area")
    writes = ((Unit, "id"), (UnitPlacement, "unit_id"))

    code = code_cell(
        CODE,
        "code",
        required=True,
        example="BC-TT",
        note=gettext_lazy(
            "Mã ngắn, không trùng trong cùng một thời gian. "
            "Đã có mã này với đúng “Hiệu lực từ ngày”: dòng này sửa đơn vị đó."
        ),
    )
    name = Cell("Tên đơn vị", "name", required=True, example="Đoàn thị trấn Tân Túc")
    kind = choice_cell("Loại đơn vị", "kind", UnitKind, required=True, example="Đoàn phường, xã, đặc khu")
    block = choice_cell("Khối", "block", Block, required=True, example="Địa bàn dân cư")
    parent = code_cell(
        PLACE,
        "place_code",
        required=True,
        example="BC",
        note=gettext_lazy("Mã của đơn vị cấp trên; đơn vị đó đã có trong cổng hoặc ở một dòng khác của tệp này."),
    )
    since = day_cell(
        "Trực thuộc từ ngày",
        "place_since",
        example="01/01/2023",
        note=gettext_lazy("Ngày bắt đầu trực thuộc cấp trên ở cột bên. Để trống: từ ngày thành lập, hoặc từ hôm nay."),
    )
    area = code_cell(
        "Mã địa bàn",
        "area_code",
        example="27595",
        note=gettext_lazy("Mã phường, xã của Tổng cục Thống kê. Để trống nếu không gắn với một địa bàn."),
    )
    valid_from = day_cell(
        "Hiệu lực từ ngày",
        "valid_from",
        required=True,
        example="01/01/2020",
        note=gettext_lazy("Ngày đơn vị được thành lập, viết ngày/tháng/năm."),
    )
    valid_to = day_cell(LAST_DAY, "valid_to", note=gettext_lazy("Ngày cuối. Để trống nếu đơn vị còn hoạt động."))

    class Meta:
        model = Unit
        fields = ("code", "name", "kind", "block", "parent", "since", "area", "valid_from", "valid_to")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True

    problems = staticmethod(tree_problems)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Units are (code, first day) here: new ones have no number yet.
        self.parents: dict[tuple, list[tuple]] = {}
        self.circles: dict[str, str] = {}

    def after_undo(self):
        rebuild_ancestry()
        super().after_undo()

    def prepare(self, codes):
        lock_tree()
        super().prepare(codes)
        for code, first, above, above_first, start, end in UnitPlacement.objects.values_list(
            "unit__code", "unit__valid_from", "parent__code", "parent__valid_from", "valid_from", "valid_to"
        ):
            rows = self.parents.setdefault((key_of(code), first), [])
            rows.append(((key_of(above), above_first), start, end or END))

    def with_place(self, rows):
        return self._placed(rows, UnitPlacement.objects, "unit", "parent")

    # --- order --------------------------------------------------------------------------------------------------------
    def in_order(self, rows):
        """Parents first, wherever they stand; units that come to an end last, after what leaves them."""
        above = {key_of(row[CODE]): key_of(row[PLACE]) for _line, row in rows}
        self.circles = _circles(above)
        depth = {code: _depth(code, above) for code in above}
        return sorted(rows, key=lambda item: self._rank(item[1], depth))

    def _rank(self, row: dict, depth: dict[str, int]) -> tuple[bool, int]:
        known = self.existing.get(key_of(row[CODE]), [])
        ends = bool(row.get(LAST_DAY)) and any(unit.valid_to is None for unit in known)
        level = depth[key_of(row[CODE])]
        return ends, -level if ends else level

    # --- one row ------------------------------------------------------------------------------------------------------
    def assign(self, instance):
        self.assign_columns(instance, "name", "kind", "block", "valid_from", "valid_to")
        if chain := self.circles.get(key_of(self.values.get("code", ""))):
            self.blame("parent", _("Các dòng trực thuộc lẫn nhau thành vòng: %(chain)s. Hãy sửa.") % {"chain": chain})
            return
        self.assign_place(instance)
        if place := getattr(instance, "new_place", None):
            self._refuse_circle(instance, place)

    def _refuse_circle(self, instance, place: Unit) -> None:
        own = _node(instance)
        for day in {instance.place_since, max(instance.place_since, today())}:
            node: tuple | None = _node(place)
            walked: set[tuple] = set()
            while node and node not in walked:
                if node == own:
                    self.blame("parent", _("Đơn vị này đang ở dưới chính nó trong cây. Hãy chọn cấp trên khác."))
                    return
                walked.add(node)
                node = next((up for up, start, end in self.parents.get(node, []) if start <= day <= end), None)

    def accept(self, instance):
        super().accept(instance)
        known = self.units.setdefault(key_of(instance.code), [])
        known[:] = [unit for unit in known if unit.pk is None or unit.pk != instance.pk] + [instance]
        if place := getattr(instance, "new_place", None):
            since, rows = instance.place_since, self.parents.setdefault(_node(instance), [])
            rows[:] = [(up, start, min(end, since - dt.timedelta(days=1))) for up, start, end in rows if start < since]
            rows.append((_node(place), since, END))

    # --- writing ------------------------------------------------------------------------------------------------------
    def store_one(self, instance):
        if self.moves_back(instance):
            # What lies under whom on locked days is asked of the tree as the rows before have left it.
            rebuild_ancestry()
        super().store_one(instance)

    def single_services(self):
        return services.store_unit, services.put_unit, "parent"

    def scope_unit(self, instance):
        return instance.pk

    def scopes(self, things):
        return {key: key for key in things}

    def finish(self):
        rebuild_ancestry()


def _node(unit) -> tuple:
    return key_of(unit.code), unit.valid_from


def _depth(code: str, above: dict[str, str]) -> int:
    """How many rows of the file stand above this one."""
    walked: set[str] = set()
    while code in above and code not in walked:
        walked.add(code)
        code = above[code]
    return len(walked)


def _circles(above: dict[str, str]) -> dict[str, str]:
    """Codes that stand above themselves, with the way around."""
    found = {}
    for start in above:
        path = [start]
        while (code := above.get(path[-1])) and code not in path:
            path.append(code)
        if code == start:
            found[start] = " → ".join(step.upper() for step in [*path, start])
    return found
