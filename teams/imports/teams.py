"""Teams with their home units."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams import services
from teams.imports.cells import Cell, choice_cell, code_cell, day_cell
from teams.imports.dated import DatedResource
from teams.imports.footprint import images_of
from teams.imports.lookup import in_batches
from teams.models import Team, TeamHome, TeamKind, TeamMember, Unit
from teams.permissions import Right
from teams.tree import home_problems, lock_tree


class TeamResource(DatedResource):
    template_name = "doi-hinh"
    file_title = "Đội hình"
    place_cell = "unit"
    counted_by = "area"
    columns = ("name", "kind", "area", "field", "note")
    writes = ((Team, "id"), (TeamHome, "team_id"), (TeamMember, "team_id"))

    code = code_cell(
        "Mã đội hình",
        "code",
        required=True,
        example="TO-TT",
        note=gettext_lazy(
            "Mã ngắn, không trùng trong cùng một thời gian. "
            "Đã có mã này với đúng “Hiệu lực từ ngày”: dòng này sửa đội hình đó."
        ),
    )
    name = Cell("Tên đội hình", "name", required=True, example="Tổ thanh niên xung kích Tân Túc")
    kind = choice_cell("Loại đội hình", "kind", TeamKind, required=True, example="Tổ thanh niên xung kích")
    unit = code_cell(
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
    area = code_cell(
        "Mã địa bàn",
        "area_code",
        example="27595",
        note=gettext_lazy("Mã phường, xã của Tổng cục Thống kê. Để trống với đội hình lưu động."),
    )
    field = Cell("Lĩnh vực chuyên môn", "field", example="Thanh toán số")
    note = Cell("Ghi chú", "note")
    valid_from = day_cell(
        "Hiệu lực từ ngày",
        "valid_from",
        required=True,
        example="01/01/2023",
        note=gettext_lazy("Ngày đội hình được thành lập, viết ngày/tháng/năm."),
    )
    valid_to = day_cell("Hiệu lực đến ngày", "valid_to", note=gettext_lazy("Để trống nếu đội hình còn hoạt động."))

    class Meta:
        model = Team
        fields = ("code", "name", "kind", "unit", "since", "area", "field", "note", "valid_from", "valid_to")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True

    problems = staticmethod(home_problems)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.movable: set[int] = set()
        self.written[TeamMember] = set()

    def prepare(self, codes):
        if self.keeps_before:
            # As whoever moves a team does: no unit is closed meanwhile.
            lock_tree()
        super().prepare(codes)
        self.movable = set(Unit.objects.visible_to(self.access, Right.ORG_REORGANISE).values_list("pk", flat=True))

    def with_place(self, rows):
        return self._placed(rows, TeamHome.objects, "team", "unit")

    def assign(self, instance):
        self.assign_columns(instance, "name", "kind", "field", "note", "valid_from", "valid_to")
        before = getattr(instance, "place_code", None)
        self.assign_place(instance)
        place = getattr(instance, "new_place", None)
        # Whoever manages a subtree adds teams to it; moving one changes other people's figures.
        if place and before and instance.pk and place.pk not in self.movable:
            self.blame("unit", _("Chuyển đội hình sang đơn vị khác do Thành Đoàn thực hiện. Hãy giữ mã đơn vị cũ."))

    def store_one(self, instance):
        """A team that ends takes its memberships along, as they stand now: others write in that table meanwhile."""
        members = TeamMember.objects.filter(team=instance)
        held = set(members.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        now = images_of(TeamMember, pk__in=held)
        super().store_one(instance)
        self.before |= now
        self.written[TeamMember] |= held

    def single_services(self):
        return services.store_team, services.put_team, "unit"

    def scopes(self, things):
        homes = TeamHome.objects.order_by("valid_from").values_list("team", "unit")
        return dict(in_batches(homes, "team", things))

    def scope_unit(self, instance):
        place = getattr(instance, "new_place", None)
        return place.pk if place else instance.place_id
