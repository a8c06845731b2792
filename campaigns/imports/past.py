"""Figures of past years: a row is a programme, a unit, a period and a measure, with the document that says so."""

import copy
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.imports.targets import MeasureNames, measure_labels
from campaigns.models import Campaign
from campaigns.past import PastFigure
from core.dated import today
from core.vietnamese import fold, fold_place
from teams.imports.base import FileResource
from teams.imports.cells import Cell, day_cell, parse_number
from teams.imports.known import Known
from teams.models import Unit
from teams.permissions import Right

ABOUT, UNIT, MEASURE = "Chiến dịch, chương trình", "Đơn vị", "Chỉ số"


class PastFigureFile(FileResource):
    template_name = "so-lieu-nam-truoc"
    file_title = "Số liệu các năm trước"
    right = Right.CAMPAIGN_MANAGE
    key_cell = "about"
    revision = "campaigns"
    writes = ((PastFigure, "id"),)

    about = Cell(
        ABOUT,
        "about_label",
        required=True,
        example="Tháng Thanh niên 2022",
        note=gettext_lazy("Mã hoặc tên chiến dịch trong cổng; chương trình mà cổng không có thì ghi tên đầy đủ."),
    )
    unit = Cell(
        UNIT,
        "unit_label",
        required=True,
        example="Huyện Đoàn Bình Chánh",
        note=gettext_lazy("Mã hoặc tên đơn vị, không cần dấu; đơn vị có hiệu lực vào ngày cuối của kỳ."),
    )
    starts_on = day_cell("Từ ngày", "starts_on", required=True, example="01/03/2022")
    ends_on = day_cell("Đến ngày", "ends_on", required=True, example="31/03/2022")
    measure = Cell(
        MEASURE,
        "measure_label",
        required=True,
        example="Lượt người",
        note=gettext_lazy("Tên chỉ số thống kê, như trong danh mục của tệp mẫu."),
    )
    value = Cell(
        "Số liệu",
        "value",
        parse=parse_number,
        typed=True,
        required=True,
        example="1500",
        note=gettext_lazy("Số nguyên như trong văn bản."),
    )
    source = Cell(
        "Nguồn",
        "source",
        required=True,
        example="Báo cáo số 123-BC/TĐTN ngày 05/04/2022",
        note=gettext_lazy("Văn bản ghi số này: loại, số, ngày, nơi ban hành."),
    )

    class Meta:
        model = PastFigure
        fields = ("about", "unit", "starts_on", "ends_on", "measure", "value", "source")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True

    def __init__(self, access, **kwargs):
        super().__init__(access, **kwargs)
        self.measures = MeasureNames(measure_labels())
        self.held: dict[tuple, PastFigure] = {}

    # --- the file -----------------------------------------------------------------------------------------------------
    def guide_of_subject(self) -> list[Cell]:
        """The columns, with what can be chosen."""
        cells = [copy.copy(cell) for cell in self.guide()]
        offered = {UNIT: self._units.names(), MEASURE: self.measures.names()}
        for cell in cells:
            cell.offered = offered.get(cell.column_name, ())
        return cells

    @cached_property
    def _units(self) -> Known:
        missing = _("Không có đơn vị “%(text)s” trong phạm vi của bạn.")
        return Known(Unit.objects.visible_to(self.access, self.right), today(), missing=missing)

    @cached_property
    def _campaigns(self) -> dict[str, list[Campaign]]:
        """By code and by name, folded."""
        found: dict[str, list[Campaign]] = {}
        for campaign in Campaign.objects.visible_to(self.access):
            for text in {fold(campaign.code), fold(campaign.name), fold_place(campaign.name)}:
                found.setdefault(text, []).append(campaign)
        return found

    def _called(self, text: str) -> list[Campaign]:
        return self._campaigns.get(fold(text)) or self._campaigns.get(fold_place(text)) or []

    def prepare(self, codes):
        for figure in PastFigure.objects.visible_to(self.access, self.right).for_list():
            self.held[_key_of(figure)] = self._shown(figure)

    def filter_export(self, queryset, **kwargs):
        return [self._shown(figure) for figure in queryset.for_list()]

    def _shown(self, figure: PastFigure) -> PastFigure:
        """What its cells show, so that they are found again: codes where names are not alone."""
        campaign = figure.campaign
        is_alone = all(other == campaign for other in self._called(figure.about))
        figure.about_label = figure.about if is_alone or not campaign else campaign.code
        figure.unit_label = self._units.on(figure.ends_on).name_of(figure.unit)
        figure.measure_label = self.measures.name_of(figure.measure)
        return figure

    def owners(self):
        return {figure.pk for figure in self.held.values() if figure.pk}

    # --- one row ------------------------------------------------------------------------------------------------------
    def key(self):
        self._look_all_up()
        values = self.values
        return (
            *_about_key(values.get("campaign"), values.get("about", "")),
            values.get("found_unit") and values["found_unit"].pk,
            values.get("starts_on"),
            values.get("ends_on"),
            values.get("found_measure"),
        )

    def twice_text(self, first):
        return _("Số liệu này đã có ở dòng %(line)s của tệp. Hãy giữ một dòng.") % {"line": first}

    def _look_all_up(self) -> None:
        """Once a row: what its cells name."""
        values = self.values
        if "campaign" in values:
            return
        values["campaign"] = self._campaign(values.get("about") or "")
        if values.get("unit") and values.get("ends_on"):
            values["found_unit"] = self.look_up("unit", self._units.on(values["ends_on"]))
        if values.get("measure"):
            values["found_measure"] = self.look_up("measure", self.measures)

    def _campaign(self, text: str) -> Campaign | None:
        found = self._called(text)
        if len(found) > 1:
            codes = ", ".join(sorted(campaign.code for campaign in found))
            message = _("Có %(count)s chiến dịch cùng tên “%(text)s”. Hãy ghi mã: %(codes)s.")
            self.blame("about", message % {"count": len(found), "text": text, "codes": codes})
        elif text and not found and text not in self.hints:
            close = self.hint(text, lambda: {rows[0].code: rows[0].name for rows in self._campaigns.values()})
            told = _("Cổng không có chiến dịch này, số liệu được ghi theo tên chương trình.") + close
            self.remarks.append((self.line, text, [told]))
        return found[0] if len(found) == 1 else None

    def get_instance(self, instance_loader, row):
        return copy.copy(self.held.get(self.key()))

    def assign(self, instance):
        self._look_all_up()
        values = self.values
        if values.get("campaign"):
            instance.campaign, instance.programme = values["campaign"], ""
        elif values.get("about") and not instance.pk:
            instance.programme = values["about"]
        if values.get("found_unit"):
            instance.unit = values["found_unit"]
        if measure := values.get("found_measure"):
            instance.measure = measure
        for name in ("starts_on", "ends_on", "value", "source"):
            if values.get(name) is not None:
                setattr(instance, name, values[name])
        if not self.errors:
            self._shown(instance)

    def check(self, instance):
        if instance.ends_on < instance.starts_on:
            self.blame("ends_on", _("Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."))
        elif instance.ends_on > today():
            self.blame("ends_on", _("Kỳ này chưa kết thúc. Chỉ nhập số liệu của các kỳ đã qua."))

    # --- writing ------------------------------------------------------------------------------------------------------
    def accept(self, instance):
        self.held[_key_of(instance)] = instance

    def store(self, fresh, corrected):
        for figure in [*fresh, *corrected]:
            figure.run = self.run
        PastFigure.objects.bulk_create(fresh, batch_size=500)
        PastFigure.objects.bulk_update(corrected, ["value", "source", "run"], batch_size=500)

    def scope_unit(self, instance):
        return instance.unit_id


def _about_key(campaign: Campaign | None, programme: str) -> tuple:
    return (campaign.pk, "") if campaign else (None, fold(programme))


def _key_of(figure: PastFigure) -> tuple:
    about = _about_key(figure.campaign, figure.programme)
    return (*about, figure.unit_id, figure.starts_on, figure.ends_on, figure.measure)
