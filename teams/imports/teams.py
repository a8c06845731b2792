"""Teams with their home units."""

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dated import today
from teams import services
from teams.imports.base import DatedResource
from teams.imports.cells import Cell, choice_cell, day_cell
from teams.models import Team, TeamHome, TeamKind
from teams.permissions import Right


class TeamResource(DatedResource):
    template_name = "doi-hinh"

    code = Cell(
        "Mã đội hình",
        "code",
        required=True,
        example="TO-TT",
        note=gettext_lazy("Mã ngắn, không trùng trong cùng một thời gian. Mã đã có: dòng này sửa đội hình đó."),
    )
    name = Cell("Tên đội hình", "name", required=True, example="Tổ thanh niên xung kích Tân Túc")
    kind = choice_cell("Loại đội hình", "kind", TeamKind, required=True, example="Tổ thanh niên xung kích")
    unit = Cell(
        "Mã đơn vị",
        "place_code",
        required=True,
        example="BC-TT",
        note=gettext_lazy("Mã của đơn vị chủ quản; đơn vị đó phải có sẵn trong cổng."),
    )
    since = day_cell(
        "Thuộc đơn vị từ ngày",
        "place_since",
        example="01/01/2023",
        note=gettext_lazy("Để trống: từ ngày thành lập đội hình, hoặc từ hôm nay nếu chuyển đơn vị."),
    )
    area = Cell(
        "Mã địa bàn",
        "area_code",
        example="27595",
        note=gettext_lazy("Mã phường, xã của Tổng cục Thống kê. Để trống với đội hình lưu động."),
    )
    field = Cell("Lĩnh vực chuyên môn", "field", example="Thanh toán số")
    note = Cell("Ghi chú", "note")
    valid_from = day_cell(
        "Hiệu lực từ ngày", "valid_from", required=True, example="01/01/2023", note=gettext_lazy("Ngày/tháng/năm.")
    )
    valid_to = day_cell("Hiệu lực đến ngày", "valid_to", note=gettext_lazy("Để trống nếu đội hình còn hoạt động."))

    class Meta:
        model = Team
        fields = ("code", "name", "kind", "unit", "since", "area", "field", "note", "valid_from", "valid_to")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True

    def prepare(self):
        self.load_units()
        self.load_areas()

    def with_place(self, rows):
        now = TeamHome.objects.current().filter(team=OuterRef("pk"))
        return rows.select_related("area").annotate(
            place_code=Subquery(now.values("unit__code")[:1]),
            place_since=Subquery(now.values("valid_from")[:1]),
            area_code=F("area__code"),
        )

    def filter_export(self, queryset, **kwargs):
        return self.with_place(queryset)

    def assign(self, instance):
        values = self.values
        for name in ("code", "name", "kind", "valid_from", "valid_to", "field", "note"):
            if name in values:
                setattr(instance, name, values[name])
        if "area" in values:
            instance.area = self.area_on(values["area"], instance.valid_to or today())
            instance.area_code = values["area"] or None
        moved = values["unit"] != getattr(instance, "place_code", None)
        if moved or self.is_earlier(instance):
            self._place(instance)

    def _place(self, instance):
        day = self.place_day(instance)
        home = self.unit_on("unit", self.values["unit"], day)
        if instance.pk and not self.access.covers_unit(Right.ORG_REORGANISE, home):
            self.refuse("unit", _("Chuyển đội hình sang đơn vị khác do Thành Đoàn thực hiện. Hãy giữ mã đơn vị cũ."))
        instance.new_place, instance.place_code, instance.place_since = home, home.code, day

    def store(self, instance):
        services.store_team(instance)
        if place := getattr(instance, "new_place", None):
            services.put_team(team=instance, unit=place, since=instance.place_since)
