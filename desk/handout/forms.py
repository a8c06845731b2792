"""What staff choose before they order."""

import datetime as dt
from collections.abc import Callable

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.choosing import MOST_LISTED, LongChoiceField
from core.dated import DAY, today
from core.ids import uuid7
from core.keys import is_key
from desk.handout.ordering import CardSize, Layout, Paper, Scope
from services_help.models import ReviewPolicy
from services_help.review import deadline
from teams.access import Access
from teams.models import TeamHome, Unit
from teams.passes import LONGEST, MOST_AT_ONCE
from teams.permissions import Right

A_MONTH = dt.timedelta(days=30)
ALL, UNIT, SOME = "all", "unit", "some"
MOST_FOUND = 50


def units_of(access: Access) -> QuerySet[Unit]:
    """Units in whose name cards may be printed."""
    return Unit.objects.visible_to(access, Right.PASS_ISSUE).current().order_by("sort_key", "pk")


class RowsField(forms.ModelMultipleChoiceField):
    """Rows to tick; each says what it belongs to. Of many, those are shown that are ticked or that a text finds."""

    is_long = False
    count = 0

    def __init__(self, **options):
        super().__init__(None, required=False, widget=forms.CheckboxSelectMultiple, **options)

    def offer(self, rows: QuerySet, *, belongs: Callable[[list], dict], text: str, ticked: list[str]) -> None:
        """``belongs``: of some rows, by their keys."""
        self.queryset = rows
        shown = list(rows[: MOST_LISTED + 1])
        self.is_long = len(shown) > MOST_LISTED
        self.count = rows.count() if self.is_long else len(shown)
        if self.is_long:
            kept = list(rows.filter(pk__in=[key for key in ticked if is_key(key)])) if ticked else []
            found = (rows.search(text) if text else rows)[:MOST_FOUND]
            shown = kept + [row for row in found if row not in kept]
        more = belongs(shown)
        self.choices = [(row.pk, " · ".join(filter(None, [str(row), more.get(row.pk)]))) for row in shown]


class OrderForm(forms.Form):
    """``id``: made with the page, so that a form that is sent twice orders once.

    ``kept``: a form that was sent to find rows to tick; it comes back as it was.
    """

    id = forms.UUIDField(widget=forms.HiddenInput)
    who = forms.ChoiceField(label=gettext_lazy("In cho"), widget=forms.RadioSelect)
    unit = LongChoiceField(label=gettext_lazy("Đơn vị"), required=False, empty_label=gettext_lazy("Chọn đơn vị"))
    find = forms.CharField(
        label=gettext_lazy("Tìm theo tên hoặc mã"), required=False, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, data=None, *, kept=None, scope: Scope, access: Access, **kwargs):
        super().__init__(data, **kwargs)
        self.scope, sent = scope, data if kept is None else kept
        self.looks = kept is not None
        self.initial = {"id": uuid7(), "who": ALL}
        if kept is not None:
            values = ((name, field.widget, self.add_prefix(name)) for name, field in self.fields.items())
            self.initial |= {name: widget.value_from_datadict(kept, {}, key) for name, widget, key in values}
        text, ticked = ("", []) if sent is None else (sent.get(f"{self.prefix}-find", ""), sent.getlist(self._key))
        rows = self.rows_of(access)
        self.fields["rows"].offer(rows, belongs=self.belongs, text=text, ticked=ticked)
        choices = [(ALL, self.labels[ALL]), (SOME, self.labels[SOME])]
        if self.fields["rows"].is_long:
            choices.insert(1, (UNIT, self.labels[UNIT]))
            self.fields["unit"].offer(units_of(access), address=reverse("handout:units"))
        else:
            del self.fields["unit"]
        self.fields["who"].choices = choices

    @property
    def is_long(self) -> bool:
        return self.fields["rows"].is_long

    @property
    def offered(self) -> int:
        return self.fields["rows"].count

    @property
    def _key(self) -> str:
        return self.add_prefix("rows")

    def clean(self):
        cleaned = super().clean()
        who, everything = cleaned.get("who"), self.fields["rows"].queryset
        if who == SOME and not cleaned.get("rows"):
            self.add_error("rows", _("Hãy chọn ít nhất một dòng để in."))
        elif who == UNIT and "unit" in cleaned:
            self._take_unit(cleaned, everything)
        elif who == ALL:
            cleaned["rows"] = list(everything)
        return cleaned

    def _take_unit(self, cleaned: dict, everything: QuerySet) -> None:
        if not cleaned["unit"]:
            self.add_error("unit", _("Hãy chọn đơn vị."))
            return
        cleaned["rows"] = list(self.under(everything, cleaned["unit"]))
        if not cleaned["rows"]:
            self.add_error("unit", _("Đơn vị này không có dòng nào để in."))


class PassesForm(OrderForm):
    labels = {
        ALL: gettext_lazy("Tất cả các đội"),
        UNIT: gettext_lazy("Các đội của một đơn vị"),
        SOME: gettext_lazy("Chỉ các đội chọn dưới đây"),
    }
    rows = RowsField(label=gettext_lazy("Các đội"))
    count = forms.IntegerField(
        label=gettext_lazy("Số thẻ mỗi đội"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=2,
        help_text=gettext_lazy("Mỗi thẻ cho một điện thoại."),
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Dùng đến hết ngày"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Hết ngày này máy tự đăng xuất."),
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Khổ thẻ"), choices=CardSize.choices, widget=forms.RadioSelect, initial=CardSize.A6
    )
    layout = forms.ChoiceField(
        label=gettext_lazy("Cách in"), choices=Layout.choices, widget=forms.RadioSelect, initial=Layout.SHEETS
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, prefix="passes", **kwargs)
        date, last = self.fields["valid_to"], today() + LONGEST
        date.initial = today() + A_MONTH
        if self.scope.day:
            date.initial, date.help_text = self._until_answered(last)
        date.widget.attrs |= {"min": today().isoformat(), "max": last.isoformat()}

    def _until_answered(self, last: dt.date) -> tuple[dt.date, str]:
        """A card that ended with its day would take the phone out before its shift is looked at, and before what it
        could not send that evening is sent. One that is sent back on the last day has as long again to be answered, and
        a day more."""
        due = deadline(self.scope.day, ReviewPolicy.objects.days_by_campaign())
        to_answer = due - self.scope.day.day + DAY
        told = _(
            "Để sẵn qua hạn duyệt %(due)s vài ngày, để đội trưởng còn xem được ca bị trả lại và gửi nốt phần chưa gửi;"
            " hết ngày này máy tự đăng xuất."
        )
        return min(max(due, today()) + to_answer, last), told % {"due": f"{due:%d/%m/%Y}"}

    def rows_of(self, access: Access) -> QuerySet:
        return self.scope.teams(access).order_by("sort_key", "pk")

    def belongs(self, teams: list) -> dict[int, str]:
        homes = TeamHome.objects.current().filter(team__in=teams)
        return dict(homes.values_list("team", "unit__name"))

    def under(self, teams: QuerySet, unit: Unit) -> QuerySet:
        homes = TeamHome.objects.current().filter(unit__in=Unit.objects.below(unit).values("pk"))
        return teams.filter(pk__in=homes.values("team"))


class PostersForm(OrderForm):
    labels = {
        ALL: gettext_lazy("Tất cả các điểm"),
        UNIT: gettext_lazy("Các điểm của một đơn vị"),
        SOME: gettext_lazy("Chỉ các điểm chọn dưới đây"),
    }
    rows = RowsField(label=gettext_lazy("Các điểm hỗ trợ"))
    paper = forms.ChoiceField(
        label=gettext_lazy("Khổ giấy"), choices=Paper.choices, widget=forms.RadioSelect, initial=Paper.A4
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, prefix="posters", **kwargs)

    def rows_of(self, access: Access) -> QuerySet:
        return self.scope.points(access).select_related("area").order_by("sort_key", "pk")

    def belongs(self, points: list) -> dict[int, str]:
        return {point.pk: str(point.area) for point in points}

    def under(self, points: QuerySet, unit: Unit) -> QuerySet:
        return points.filter(unit__in=Unit.objects.below(unit).values("pk"))
