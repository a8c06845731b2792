"""Targets of one campaign: a row is a unit and a measure; the same file again changes nothing."""

import copy
from collections import defaultdict

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Target
from core.vietnamese import fold
from teams.imports.base import FileResource
from teams.imports.cells import Cell, parse_number
from teams.imports.known import Hints, Known
from teams.models import Unit
from teams.permissions import Right

UNIT, MEASURE = "Đơn vị", "Chỉ số"


def measure_labels() -> dict[str, str]:
    """Code to Vietnamese name of what a target may be set for: files speak Vietnamese."""
    with translation.override("vi"):
        return {code: str(measure.label) for code, measure in import_string(settings.TARGET_MEASURES)().items()}


class MeasureNames:
    """Measures by code or by name; a name is taken where one measure alone has it."""

    def __init__(self, labels: dict[str, str]):
        """``labels``: code to name."""
        self.labels = labels
        self._by_code, self._by_name = defaultdict(list), defaultdict(list)
        for code, label in labels.items():
            self._by_code[fold(code)].append(code)
            self._by_name[fold(label)].append(code)
        self._hints = Hints()

    def find(self, text: str) -> str:
        if text in self.labels:
            return text
        found = self._codes(text)
        if not found:
            raise ValueError(
                _("Không có chỉ số “%(text)s”.") % {"text": text} + self._hints.of(text, lambda: self.labels)
            )
        if len(found) > 1:
            message = _("Có %(count)s chỉ số cùng tên “%(text)s”. Hãy ghi mã: %(codes)s.")
            raise ValueError(message % {"count": len(found), "text": text, "codes": ", ".join(sorted(found))})
        return found[0]

    def taken_for(self, _text: str, _measure: str) -> str:
        return ""

    def _codes(self, text: str) -> list[str]:
        return self._by_code.get(fold(text)) or self._by_name.get(fold(text)) or []

    def name_of(self, code: str) -> str:
        """What a file calls it, so that it is found again: its name, or its code where that is another one's too."""
        label = self.labels.get(code, code)
        return label if self._codes(label) == [code] else code

    def names(self) -> list[str]:
        return [self.name_of(code) for code in self.labels]


class TargetFile(FileResource):
    template_name = "chi-tieu"
    file_title = "Chỉ tiêu"
    right = Right.CAMPAIGN_MANAGE
    key_cell = "unit"
    revision = "campaigns"
    writes = ((Target, "campaign_id"),)

    unit = Cell(
        UNIT,
        "unit",
        required=True,
        example="Huyện Đoàn Bình Chánh",
        note=gettext_lazy("Mã hoặc tên đơn vị được giao, không cần dấu."),
    )
    measure = Cell(
        MEASURE,
        "measure_label",
        required=True,
        example="Lượt người",
        note=gettext_lazy("Tên chỉ số thống kê, như trong danh mục của tệp mẫu."),
    )
    value = Cell(
        "Chỉ tiêu",
        "value",
        parse=parse_number,
        typed=True,
        required=True,
        example="1500",
        note=gettext_lazy("Số nguyên lớn hơn 0. Đơn vị đã có chỉ tiêu này trong chiến dịch: dòng này sửa chỉ tiêu đó."),
    )
    name = Cell(
        "Tên chỉ tiêu", "name", note=gettext_lazy("Để trống: giữ tên đang có; chỉ tiêu mới lấy tên của chỉ số.")
    )

    class Meta:
        model = Target
        fields = ("unit", "measure", "value", "name")
        import_id_fields = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True

    def __init__(self, access, campaign: Campaign, **kwargs):
        super().__init__(access, **kwargs)
        self.campaign, self.labels = campaign, measure_labels()
        self.measures = MeasureNames(self.labels)
        self.known_units = Known(
            Unit.objects.visible_to(access, Right.CAMPAIGN_MANAGE),
            campaign.starts_on,
            missing=_("Không có đơn vị “%(text)s” trong phạm vi của bạn."),
        )
        self.held: dict[tuple, Target] = {}

    def guide_of_campaign(self) -> list[Cell]:
        """The columns, with what can be chosen."""
        cells = [copy.copy(cell) for cell in self.guide()]
        offered = {UNIT: self.known_units.names(), MEASURE: self.measures.names()}
        for cell in cells:
            cell.offered = offered.get(cell.column_name, ())
        return cells

    def owners(self):
        return {self.campaign.pk}

    def lock(self):
        # As whoever sets targets on the page does.
        Campaign.objects.select_for_update(of=("self",)).get(pk=self.campaign.pk)

    def prepare(self, codes):
        self.lock()
        for target in self.campaign.targets.select_related("unit"):
            target.measure_label = self.measures.name_of(target.measure)
            self.held[target.unit_id, target.measure] = target

    def filter_export(self, queryset, **kwargs):
        return queryset.select_related("unit")

    # --- one row ------------------------------------------------------------------------------------------------------
    def key(self):
        return (self._found("unit", self.known_units), self._found("measure", self.measures))

    def twice_text(self, first):
        return _("Đơn vị và chỉ số này đã có ở dòng %(line)s của tệp. Hãy giữ một dòng.") % {"line": first}

    def _found(self, name: str, known):
        """What the cell names, looked up once a row; blamed where there is none."""
        looked_up = f"found_{name}"
        if looked_up not in self.values and self.values.get(name):
            self.values[looked_up] = self.look_up(name, known)
        return self.values.get(looked_up)

    def get_instance(self, instance_loader, row):
        unit, measure = self._found("unit", self.known_units), self._found("measure", self.measures)
        return copy.copy(self.held.get((unit.pk, measure))) if unit else None

    def assign(self, instance):
        instance.campaign = self.campaign
        if unit := self._found("unit", self.known_units):
            instance.unit = unit
        if measure := self._found("measure", self.measures):
            instance.measure, instance.measure_label = measure, self.measures.name_of(measure)
        if self.values.get("value") is not None:
            instance.value = self.values["value"]
        if self.values.get("name"):
            instance.name = self.values["name"]
        elif not instance.name:
            instance.name = self.labels[measure] if measure else MEASURE

    def check(self, instance):
        if instance.value < 1:
            self.blame("value", _("Chỉ tiêu phải lớn hơn 0."))

    # --- writing ------------------------------------------------------------------------------------------------------
    def accept(self, instance):
        self.held[instance.unit_id, instance.measure] = instance

    def store(self, fresh, corrected):
        Target.objects.bulk_create(fresh, batch_size=500)
        Target.objects.bulk_update(corrected, ["value", "name"], batch_size=500)

    def scope_unit(self, instance):
        return instance.unit_id
