"""Volunteers with their unit and, where given, the team that they join. A code names one person for good."""

import datetime as dt

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dated import today
from teams import bulk
from teams.imports.base import FileResource, in_batches
from teams.imports.cells import Cell, code_cell, day_cell, key_of, parse_text, parse_yes, show_yes
from teams.models import Team, TeamMember, Volunteer


def parse_own_code(text: str) -> str:
    """A code is what a certificate and a list on a wall show: not what identifies the person elsewhere."""
    try:
        return parse_text(text)
    except ValueError:
        message = _("Mã giống số CCCD hoặc số điện thoại. Hãy đặt một mã riêng của đơn vị.")
        raise ValueError(message) from None


class VolunteerResource(FileResource):
    template_name = "tinh-nguyen-vien"
    file_title = "Tình nguyện viên"
    writes = ((Volunteer, "id"), (TeamMember, "volunteer_id"))

    code = Cell(
        "Mã tình nguyện viên",
        "code",
        parse=parse_own_code,
        required=True,
        example="TNV-0001",
        note=gettext_lazy("Mã do đơn vị đặt, không dùng số CCCD hay số điện thoại. Mã đã có: dòng này sửa người đó."),
    )
    full_name = Cell("Họ và tên", "full_name", required=True, example="Nguyễn Văn Mẫu")
    unit = code_cell("Mã đơn vị", "unit_code", required=True, example="BC-TT", note=gettext_lazy("Đơn vị sinh hoạt."))
    team = code_cell(
        "Mã đội hình",
        "team_code",
        example="TO-TT",
        note=gettext_lazy("Đội hình sẽ tham gia. Để trống: không vào đội nào mới, đội đang có được giữ nguyên."),
    )
    since = day_cell("Vào đội từ ngày", "team_since", example="01/01/2023", note=gettext_lazy("Để trống: từ hôm nay."))
    is_active = Cell(
        "Đang tham gia",
        "is_active",
        parse=parse_yes,
        show=show_yes,
        example="Có",
        note=gettext_lazy("Có hoặc Không. Để trống: người mới là Có, người đã có thì giữ nguyên."),
    )

    class Meta:
        model = Volunteer
        fields = ("code", "full_name", "unit", "team", "since", "is_active")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.teams: dict[str, Team] = {}
        self.memberships: dict[int, list[TeamMember]] = {}
        # Whoever looks after a team takes people in at any moment.
        self.written[TeamMember] = set()

    def prepare(self, codes):
        super().prepare(codes)
        for team in Team.objects.visible_to(self.access, self.right).current():
            self.teams[key_of(team.code)] = team
        known = [volunteer.pk for rows in self.existing.values() for volunteer in rows]
        members = TeamMember.objects.select_related("team").order_by("valid_from")
        for member in in_batches(members, "volunteer", known):
            self.memberships.setdefault(member.volunteer_id, []).append(member)

    def with_place(self, rows):
        now = TeamMember.objects.current().filter(volunteer=OuterRef("pk")).order_by("valid_from", "pk")
        return rows.select_related("unit").annotate(
            unit_code=F("unit__code"),
            team_code=Subquery(now.values("team__code")[:1]),
            team_since=Subquery(now.values("valid_from")[:1]),
        )

    # --- one row ------------------------------------------------------------------------------------------------------
    def assign(self, instance):
        values = self.values
        if "full_name" in values:
            instance.full_name = values["full_name"]
        if values.get("is_active") is not None:
            instance.is_active = values["is_active"]
        held = getattr(instance, "unit_code", None) or ""
        if "unit" in values and key_of(values["unit"]) != key_of(held):
            self._assign_unit(instance, held)
        if values.get("team"):
            self._assign_team(instance)

    def _assign_unit(self, instance, held: str) -> None:
        if held and not self.units.get(key_of(held)):
            self.blame("unit", _("Người này sinh hoạt ở đơn vị ngoài phạm vi của bạn. Hãy giữ mã đơn vị cũ."))
        elif unit := self.unit_on("unit", self.values["unit"], today()):
            instance.unit, instance.unit_code = unit, unit.code

    def _assign_team(self, instance) -> None:
        code, since = self.values["team"], self.values.get("since")
        memberships = self.memberships.get(instance.pk, [])
        # Also one that is still to begin: the file that has planned it comes in again before its day.
        held = [m for m in memberships if key_of(m.team.code) == key_of(code) and (m.valid_to or today()) >= today()]
        if held:
            if since and all(m.valid_from != since for m in held):
                self._refuse_other_day(held[0].valid_from)
            return
        team = self.teams.get(key_of(code))
        if team is None:
            message = _("Không có đội hình mã “%(code)s” trong phạm vi của bạn.") % {"code": code}
            self.blame("team", message + self.hint(code, self._team_names))
            return
        day = since or today()
        last = max((m.valid_to for m in memberships if m.team_id == team.pk and m.valid_to), default=None)
        if not team.is_valid_on(day):
            self.blame("since", _("Đội hình không hoạt động vào ngày đó. Hãy chọn ngày khác."))
        elif last and day <= last:
            message = _("Người này từng ở đội hình đến ngày %(day)s. Hãy chọn ngày sau đó.")
            self.blame("since", message % {"day": f"{last:%d/%m/%Y}"})
        instance.new_team, instance.team_code, instance.team_since = team, team.code, day

    def _refuse_other_day(self, known: dt.date) -> None:
        if known > today():
            message = _("Người này đã được xếp vào đội hình từ ngày %(day)s. Hãy để trống, hoặc sửa ở trang đội hình.")
        else:
            message = _("Người này đã ở đội hình từ ngày %(day)s. Hãy để trống, hoặc sửa ngày ở trang đội hình.")
        self.blame("since", message % {"day": f"{known:%d/%m/%Y}"})

    def _team_names(self) -> dict[str, str]:
        return {team.code: team.name for team in self.teams.values()}

    def changes(self, instance):
        """Joining one more team is a change, though the cells show the first only."""
        changes = super().changes(instance)
        if team := getattr(instance, "new_team", None):
            changes.setdefault(self.cells()["team"].column_name, ["", team.code])
        return changes

    # --- writing ------------------------------------------------------------------------------------------------------
    def store(self, fresh, corrected):
        bulk.add_volunteers(fresh)
        bulk.correct(Volunteer, corrected, "full_name", "unit", "is_active")
        joined = [
            TeamMember(team=row.new_team, volunteer=row, valid_from=row.team_since, valid_to=row.new_team.valid_to)
            for row in [*fresh, *corrected]
            if hasattr(row, "new_team")
        ]
        bulk.add_members(joined)
        self.written[TeamMember] |= {member.pk for member in joined}

    def scope_unit(self, instance):
        return instance.unit_id
