"""What a unit came from and what became of it, as the REST interface tells it: whoever reads figures of many years has
to know which unit of today stands where another one stood.

Told of every version of a unit: under whom it stood in which days (so a move is seen), which units went into it and
which it went into. A unit that ended and went nowhere has a last day and no successor.
"""

from django.db.models import Case, Exists, F, OuterRef, Prefetch, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from teams.models import ReorganisationStep, StepKind, Unit, UnitPlacement, UnitSuccession
from teams.models.areas import SuccessionRelation

# How the one became the other. Moving and closing leave no line: see ``parents`` and ``valid_to``.
RENAMED, MERGED, SPLIT = "rename", "merge", "split"
KINDS = [(RENAMED, _("Đổi tên")), (MERGED, _("Sáp nhập")), (SPLIT, _("Chia tách"))]


def prefetches(access) -> list[Prefetch]:
    """A query for each of the three lists, however many units are told."""
    placements = UnitPlacement.objects.select_related("parent").order_by("valid_from")
    return [
        Prefetch("placements", placements),
        Prefetch("predecessions", _lines(access, "old")),
        Prefetch("successions", _lines(access, "new")),
    ]


def _lines(access, other: str) -> QuerySet:
    """``is_told``: whether the unit at the other end is the caller's to know. ``is_renamed``: it is the same unit."""
    known = Unit.objects.visible_to(access).order_by().filter(pk=OuterRef(other))
    renaming = ReorganisationStep.objects.annotate(unit=KT("data__unit")).filter(
        kind=StepKind.RENAME, reorganisation=OuterRef("reorganisation"), unit=OuterRef("old__code")
    )
    # The same code alone says nothing: codes are used again, for what took the place of the old unit.
    is_renamed = Case(When(old__code=F("new__code"), then=Exists(renaming)), default=Value(value=False))
    lines = UnitSuccession.objects.select_related(other).annotate(is_told=Exists(known), is_renamed=is_renamed)
    # Who is not named stands last: its place among the codes would tell something of its own.
    return lines.order_by("effective_on", "-is_told", f"{other}__code", f"{other}__valid_from")


def kind_of(line) -> str:
    """By what it did: to end a unit wholly into another is to merge it, in whatever words it was ordered."""
    if line.is_renamed:
        return RENAMED
    return MERGED if line.relation == SuccessionRelation.WHOLE else SPLIT


class Entry(dict):
    """One of a list; in a cell of CSV, where there are no lists, it is a text."""

    def __init__(self, values: dict, text: str):
        super().__init__(values)
        self.text = text

    def __str__(self) -> str:
        return self.text


@extend_schema_serializer(component_name="UnitParent")
class ParentSerializer(serializers.Serializer):
    """Trực thuộc đơn vị nào, từ ngày nào đến hết ngày nào. Stood under this unit in these days."""

    unit = serializers.CharField(help_text="Mã đơn vị cấp trên trong những ngày ấy. Parent's code.")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)

    def to_representation(self, instance: UnitPlacement) -> Entry:
        values = {"unit": instance.parent.code, "valid_from": instance.valid_from, "valid_to": instance.valid_to}
        told = [instance.parent.code, str(instance.valid_from), str(instance.valid_to or "")]
        return Entry(values, " ".join(told).strip())


@extend_schema_serializer(component_name="UnitSuccession")
class LineSerializer(serializers.Serializer):
    """Từ ngày `day`, đơn vị này tiếp nối đơn vị kia. From that day on the one unit follows the other."""

    day = serializers.DateField(help_text="Ngày có hiệu lực. The first day of the new order.")
    kind = serializers.ChoiceField(
        KINDS,
        help_text="`rename`: cùng mã, tên mới; `merge`: về trọn một đơn vị; `split`: một phần. What happened.",
    )
    relation = serializers.ChoiceField(
        SuccessionRelation.choices,
        help_text="`whole`: toàn bộ; `part`: một phần, không rõ bao nhiêu. Wholly, or in part (no share is known).",
    )
    unit = serializers.CharField(
        allow_null=True,
        help_text="Mã đơn vị ở đầu kia; null nếu người gọi không được xem. The other unit; null: not for the caller.",
    )
    valid_from = serializers.DateField(
        allow_null=True,
        help_text="Ngày đầu của đơn vị ấy; khóa là mã và ngày này. With the code: its key.",
    )

    # The end that is told: of a unit's successions the new unit, of its predecessions the old one.
    other = "new"

    def __init__(self, *args, other: str = "new", **kwargs):
        self.other = other
        super().__init__(*args, **kwargs)

    def to_representation(self, instance) -> Entry:
        found = getattr(instance, self.other) if instance.is_told else None
        values = {
            "day": instance.effective_on,
            "kind": kind_of(instance),
            "relation": instance.relation,
            "unit": found and found.code,
            "valid_from": found and found.valid_from,
        }
        exactly = f"{found.code}@{found.valid_from}" if found else ""
        return Entry(values, f"{instance.effective_on} {values['kind']} {instance.relation} {exactly}".strip())


EXAMPLE = OpenApiExample(
    "Split",
    summary="Một xã chia vào hai phường, xã mới. A commune that went into two others.",
    response_only=True,
    value={
        "code": "DX-TK",
        "name": "Đoàn xã Tân Kiên",
        "kind": "commune",
        "block": "territory",
        "parent": "HD-BC",
        "area": "27616",
        "valid_from": "2020-01-01",
        "valid_to": "2025-06-30",
        "parents": [{"unit": "HD-BC", "valid_from": "2020-01-01", "valid_to": "2025-06-30"}],
        "predecessors": [],
        "successors": [
            {"day": "2025-07-01", "kind": "split", "relation": "part", "unit": code, "valid_from": "2025-07-01"}
            for code in ("PX-27457", "PX-27595")
        ],
    },
)

__all__ = ["EXAMPLE", "LineSerializer", "ParentSerializer", "kind_of", "prefetches"]
