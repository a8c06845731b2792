"""Volunteers with their unit and, where given, the team that they join. A code names one person for good."""

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dated import today
from core.errors import DomainError
from core.privacy import refuse_personal_data
from teams.imports.base import FileResource
from teams.imports.cells import Cell, day_cell, nearest, parse_yes, show_yes
from teams.models import Team, TeamMember, Volunteer


class VolunteerResource(FileResource):
    template_name = "tinh-nguyen-vien"

    code = Cell(
        "Mã tình nguyện viên",
        "code",
        required=True,
        example="TNV-0001",
        note=gettext_lazy("Mã do đơn vị đặt, không dùng số CCCD hay số điện thoại. Mã đã có: dòng này sửa người đó."),
    )
    full_name = Cell("Họ và tên", "full_name", required=True, example="Nguyễn Văn Mẫu")
    unit = Cell("Mã đơn vị", "unit_code", required=True, example="BC-TT", note=gettext_lazy("Đơn vị sinh hoạt."))
    team = Cell(
        "Mã đội hình", "team_code", example="TO-TT", note=gettext_lazy("Đội hình tham gia. Để trống nếu chưa có.")
    )
    since = day_cell("Vào đội từ ngày", "team_since", example="01/01/2023", note=gettext_lazy("Để trống: từ hôm nay."))
    is_active = Cell(
        "Đang tham gia",
        "is_active",
        parse=parse_yes,
        show=show_yes,
        example="Có",
        note=gettext_lazy("Có hoặc Không; để trống là Có."),
    )

    class Meta:
        model = Volunteer
        fields = ("code", "full_name", "unit", "team", "since", "is_active")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True

    def prepare(self):
        self.load_units()
        teams = Team.objects.visible_to(self.access, self.right).current()
        self.teams = {team.code: team for team in teams}

    def with_place(self, rows):
        now = TeamMember.objects.current().filter(volunteer=OuterRef("pk")).order_by("valid_from", "pk")
        return rows.select_related("unit").annotate(
            unit_code=F("unit__code"),
            team_code=Subquery(now.values("team__code")[:1]),
            team_since=Subquery(now.values("valid_from")[:1]),
        )

    def filter_export(self, queryset, **kwargs):
        return self.with_place(queryset)

    def get_instance(self, instance_loader, row):
        found = self.with_place(Volunteer.objects.filter(code=self.values["code"])).first()
        if found and not Volunteer.objects.visible_to(self.access, self.right).filter(pk=found.pk).exists():
            self.refuse("code", _("Mã này đang được dùng ở một đơn vị ngoài phạm vi của bạn. Hãy dùng mã khác."))
        return found

    def assign(self, instance):
        values = self.values
        try:
            refuse_personal_data(values["code"])
        except DomainError:
            self.refuse("code", _("Mã giống số CCCD hoặc số điện thoại. Hãy đặt một mã riêng của đơn vị."))
        instance.code, instance.full_name = values["code"], values["full_name"]
        instance.is_active = values.get("is_active", instance.is_active)
        if values["unit"] != getattr(instance, "unit_code", None):
            instance.unit = self.unit_on("unit", values["unit"], today())
            instance.unit_code = values["unit"]
        if values.get("team"):
            self._join(instance, values["team"])

    def _join(self, instance, code):
        team = self.teams.get(code)
        if team is None:
            hint = nearest(code, {known: team.name for known, team in self.teams.items()})
            self.refuse("team", _("Không có đội hình mã “%(code)s” trong phạm vi của bạn.") % {"code": code} + hint)
        member = instance.pk and TeamMember.objects.current().filter(team=team, volunteer=instance).first()
        if not member:
            day = self.values.get("since") or today()
            if not team.is_valid_on(day):
                self.refuse("since", _("Đội hình chưa hoạt động vào ngày đó. Hãy chọn ngày khác."))
            instance.new_team, instance.team_code, instance.team_since = team, code, day

    def skip_row(self, instance, original, row, import_validation_errors=None):
        joins = hasattr(instance, "new_team")
        return not joins and super().skip_row(instance, original, row, import_validation_errors)

    def store(self, instance):
        instance.save()
        if team := getattr(instance, "new_team", None):
            TeamMember.objects.create(
                team=team, volunteer=instance, valid_from=instance.team_since, valid_to=team.valid_to
            )
