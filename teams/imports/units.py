"""Units with their parents. Parents may stand below their children in the file."""

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dated import today
from core.vietnamese import fold
from teams import services
from teams.imports.base import DatedResource
from teams.imports.cells import Cell, choice_cell, day_cell
from teams.models import Block, Unit, UnitKind, UnitPlacement
from teams.permissions import Right
from teams.tree import lock_tree, rebuild_ancestry

PLACE = "Mã đơn vị cấp trên"


class UnitResource(DatedResource):
    template_name = "don-vi"
    right = Right.ORG_REORGANISE

    code = Cell(
        "Mã đơn vị",
        "code",
        required=True,
        example="BC-TT",
        note=gettext_lazy("Mã ngắn, không trùng trong cùng một thời gian. Mã đã có: dòng này sửa đơn vị đó."),
    )
    name = Cell("Tên đơn vị", "name", required=True, example="Đoàn thị trấn Tân Túc")
    kind = choice_cell("Loại đơn vị", "kind", UnitKind, required=True, example="Đoàn phường, xã, đặc khu")
    block = choice_cell("Khối", "block", Block, required=True, example="Địa bàn dân cư")
    parent = Cell(
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
    area = Cell(
        "Mã địa bàn",
        "area_code",
        example="27595",
        note=gettext_lazy("Mã phường, xã của Tổng cục Thống kê. Để trống nếu không gắn với một địa bàn."),
    )
    valid_from = day_cell(
        "Hiệu lực từ ngày", "valid_from", required=True, example="01/01/2020", note=gettext_lazy("Ngày/tháng/năm.")
    )
    valid_to = day_cell("Hiệu lực đến ngày", "valid_to", note=gettext_lazy("Để trống nếu đơn vị còn hoạt động."))

    class Meta:
        model = Unit
        fields = ("code", "name", "kind", "block", "parent", "since", "area", "valid_from", "valid_to")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True

    def in_order(self, rows, names):
        """Parents first, wherever they stand; a circle is left as it is and refused by the tree."""
        code_at, parent_at = names.index("Mã đơn vị"), names.index(PLACE)
        children: dict[str, list] = {}
        own = {fold(row[code_at]) for _line, row in rows}
        for item in rows:
            parent = fold(item[1][parent_at])
            children.setdefault(parent if parent in own else "", []).append(item)
        ordered, waiting = [], children.pop("", [])
        while waiting:
            ordered += waiting
            waiting = [child for item in waiting for child in children.pop(fold(item[1][code_at]), [])]
        return ordered + [item for left in children.values() for item in left]

    def prepare(self):
        lock_tree()
        self.load_units()
        self.load_areas()

    def with_place(self, rows):
        now = UnitPlacement.objects.current()
        return rows.select_related("area").annotate(
            place_code=_of(now, "parent__code"), place_since=_of(now, "valid_from"), area_code=F("area__code")
        )

    def filter_export(self, queryset, **kwargs):
        return self.with_place(queryset)

    def assign(self, instance):
        values = self.values
        instance.code, instance.name = values["code"], values["name"]
        instance.kind, instance.block = values["kind"], values["block"]
        instance.valid_from = values["valid_from"]
        if "valid_to" in values:
            instance.valid_to = values["valid_to"]
        if "area" in values:
            instance.area = self.area_on(values["area"], instance.valid_to or today())
            instance.area_code = values["area"] or None
        moved = values["parent"] != getattr(instance, "place_code", None)
        if moved or self.is_earlier(instance):
            day = self.place_day(instance)
            instance.new_place = self.unit_on("parent", values["parent"], day)
            if instance.new_place.code == instance.code:
                self.refuse("parent", _("Đơn vị không thể trực thuộc chính mình."))
            instance.place_code, instance.place_since = values["parent"], day

    def store(self, instance):
        services.store_unit(instance)
        if place := getattr(instance, "new_place", None):
            services.put_unit(unit=instance, parent=place, since=instance.place_since)
        # Rows below may name it as their parent.
        known = self.units.setdefault(instance.code, [])
        known[:] = [unit for unit in known if unit.pk != instance.pk] + [instance]

    def finish(self):
        rebuild_ancestry()


def _of(placements, column):
    return Subquery(placements.filter(unit=OuterRef("pk")).values(column)[:1])
