"""Who is sent where on one day. A row is a team from an hour on; the same file again changes nothing."""

import copy
from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.clashes import clashes_of
from campaigns.deploying import PLANNED, already_there, homes_on, lock_day, overlap_at_point
from campaigns.models import CampaignDay, Deployment, SupportPoint
from campaigns.replanning import replanned
from teams.imports.base import FileResource
from teams.imports.cells import Cell, time_cell
from teams.imports.known import Known
from teams.models import Team
from teams.permissions import Right

TEAM, POINT = "Đội hình", "Điểm hỗ trợ"


class DeploymentFile(FileResource):
    template_name = "phan-cong"
    file_title = "Phân công"
    right = Right.DEPLOY
    key_cell = "team"
    revision = "campaigns"
    writes = ((Deployment, "campaign_day_id"),)

    team = Cell(
        TEAM,
        "team_name",
        required=True,
        example="Tổ thanh niên xung kích Tân Túc",
        note=gettext_lazy("Mã hoặc tên đội hình, không cần dấu."),
    )
    point = Cell(
        POINT,
        "point_name",
        example="Bộ phận Một cửa UBND thị trấn Tân Túc",
        note=gettext_lazy("Mã hoặc tên điểm, không cần dấu. Để trống: đội lưu động, không đứng ở điểm nào."),
    )
    starts_at = time_cell(
        "Từ giờ",
        "starts_at",
        required=True,
        example="07:30",
        note=gettext_lazy("Đội đã có phân công từ giờ này trong ngày: dòng này sửa phân công đó. Chưa có: thêm mới."),
    )
    ends_at = time_cell("Đến giờ", "ends_at", required=True, example="11:30")
    note = Cell("Ghi chú", "note", example="Mang theo bảng hướng dẫn")

    class Meta:
        model = Deployment
        fields = ("team", "point", "starts_at", "ends_at", "note")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True

    def __init__(self, access, campaign_day: CampaignDay, **kwargs):
        super().__init__(access, **kwargs)
        self.campaign_day, self.day = campaign_day, campaign_day.day
        self.teams = Known(
            Team.objects.visible_to(access, Right.DEPLOY),
            self.day,
            missing=_("Không có đội hình “%(text)s” trong phạm vi của bạn."),
        )
        self.points = Known(
            SupportPoint.objects.visible_to(access).select_related("area"),
            self.day,
            missing=_("Không có điểm hỗ trợ “%(text)s” mà bạn thấy được."),
        )
        # By team: what it is sent out for that day, in any campaign, with the rows of the file so far.
        self.sent: dict[int, list[Deployment]] = defaultdict(list)
        self.homes: dict[int, int] = {}
        self.placed: list[tuple[int, Deployment]] = []

    # --- the file -----------------------------------------------------------------------------------------------------
    def guide_of_day(self) -> list[Cell]:
        """The columns, with what can be chosen on this day."""
        cells = [copy.copy(cell) for cell in self.guide()]
        for cell in cells:
            known = {TEAM: self.teams, POINT: self.points}.get(cell.column_name)
            cell.offered = known.names() if known else ()
        return cells

    def owners(self):
        return {self.campaign_day.pk}

    def lock(self):
        lock_day(self.campaign_day)

    def prepare(self, codes):
        self.lock()
        held = Deployment.objects.active().filter(campaign_day__day=self.day)
        for row in held.select_related("team", "point", "campaign_day__campaign").order_by("starts_at"):
            self.sent[row.team_id].append(row)
        self.homes = homes_on(self.day, [row.pk for rows in self.teams.by_code.values() for row in rows])

    def filter_export(self, queryset, **kwargs):
        return [self._shown(row) for row in queryset.select_related("team", "point")]

    def _shown(self, row: Deployment) -> Deployment:
        row.team_name = self.teams.name_of(row.team)
        row.point_name = self.points.name_of(row.point) if row.point else ""
        return row

    # --- one row ------------------------------------------------------------------------------------------------------
    def key(self):
        place = self._found("point", self.points) if len(self._from_that_hour()) > 1 else None
        return (self._found("team", self.teams), self.values.get("starts_at"), place)

    def twice_text(self, first):
        return _("Đội này đã có ở dòng %(line)s của tệp, cùng giờ bắt đầu. Hãy giữ một dòng.") % {"line": first}

    def _found(self, name: str, known: Known):
        """What the cell names, looked up once a row; blamed where there is none."""
        if isinstance(self.values.get(name), str) and self.values[name]:
            self.values[name] = self.look_up(name, known)
        return self.values.get(name) or None

    def get_instance(self, instance_loader, row):
        found = self._from_that_hour()
        if len(found) > 1:
            place = self._found("point", self.points)
            here = [each for each in found if "point" in self.values and each.point == place]
            if not here:
                message = _(
                    "Đội có %(count)s phân công từ giờ này. "
                    "Hãy ghi đúng điểm của một phân công, hoặc sửa ở trang của ngày."
                )
                self.blame("point", message % {"count": len(found)})
            found = here
        # A copy: a row that turns out bad must not change what later rows are compared with.
        return self._shown(copy.copy(found[0])) if found else None

    def _from_that_hour(self) -> list[Deployment]:
        """For what the team of the row is sent out on this day from the hour of the row."""
        team, starts_at = self._found("team", self.teams), self.values.get("starts_at")
        rows = self.sent.get(team.pk, []) if team else []
        return [each for each in rows if each.campaign_day_id == self.campaign_day.pk and each.starts_at == starts_at]

    def assign(self, instance):
        instance.campaign_day = self.campaign_day
        if team := self._found("team", self.teams):
            instance.team = team
        if "point" in self.values:
            instance.point = self._found("point", self.points)
        for name in ("starts_at", "ends_at", "note"):
            if name in self.values and (name == "note" or self.values[name]):
                setattr(instance, name, self.values[name])
        if not self.errors:
            self._shown(instance)

    def check(self, instance):
        if instance.ends_at <= instance.starts_at:
            self.blame("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu."))
            return
        others = [row for row in self.sent[instance.team_id] if instance.pk is None or row.pk != instance.pk]
        if other := overlap_at_point(instance, others):
            self.blame("starts_at", already_there(instance, other))

    # --- writing ------------------------------------------------------------------------------------------------------
    def accept(self, instance):
        rows = self.sent[instance.team_id]
        rows[:] = [row for row in rows if instance.pk is None or row.pk != instance.pk] + [instance]
        self.placed.append((self.line, instance))

    def store(self, fresh, corrected):
        Deployment.objects.bulk_create(fresh, batch_size=500)
        for row in corrected:
            row.touch()
        Deployment.objects.bulk_update(corrected, [*PLANNED, "version", "changed_at"], batch_size=500)

    def restore(self, instance, now):
        # Whoever has looked at the imported one is told so, and calendars know which is newer.
        instance.version = now["version"]
        instance.touch()

    def scopes(self, things):
        homes = homes_on(self.day, [row.team_id for row in things.values()])
        return {key: homes.get(row.team_id) for key, row in things.items()}

    def scope_unit(self, instance):
        return self.homes.get(instance.team_id)

    def finish(self):
        """What does not fit once the rows are in, while they are."""
        clashes = clashes_of(self.day, [row for _line, row in self.placed])
        for line, row in self.placed:
            if row.pk in clashes:
                self.remarks.append((line, row.team.name, [str(clash.text) for clash in clashes[row.pk]]))
        if any(verb == "added" for verb, _row, _changes in self.trail):
            replanned([self.day], by=self.access.user)
