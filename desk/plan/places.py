"""Where a team is sent on a day: a point that is open, or nowhere in particular."""

import datetime as dt
from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import CampaignDay, SupportPoint
from core.choosing import LongChoiceField
from core.errors import DomainError
from core.keys import is_key
from core.vietnamese import fold
from teams.access import Access
from teams.permissions import Right

MOBILE = "mobile"


def points_on(access: Access, day):
    """Where the reader may send somebody."""
    return SupportPoint.objects.visible_to(access).on(day).order_by("sort_key", "pk")


def points_looked_after(access: Access, day):
    """Of these, those of the reader's own units, without asking where his teams have ever stood."""
    return SupportPoint.objects.visible_to(access, Right.DEPLOY).on(day).order_by()


class PointField(LongChoiceField):
    def __init__(self, **kwargs):
        closed = gettext_lazy("Điểm này không còn mở vào ngày đã chọn. Hãy chọn điểm khác.")
        super().__init__(required=False, error_messages={"invalid_choice": closed}, **kwargs)

    def label_from_instance(self, obj):
        hours = f" · {obj.opens_at:%H:%M}–{obj.closes_at:%H:%M}" if obj.opens_at else ""
        return f"{obj.name}{hours}"

    def offer_points(self, access: Access, campaign_day: CampaignDay, *, also=None) -> None:
        """``also``: a point to keep, though it is closed by now."""
        points = points_on(access, campaign_day.day)
        if also:
            points = points | SupportPoint.objects.filter(pk=also).order_by("sort_key", "pk")
        among = None if access.is_city_wide(Right.DEPLOY) else points_looked_after(access, campaign_day.day)
        self.offer(points, address=reverse("plan:points", args=[campaign_day.pk]), among=among)


class PlaceField(PointField):
    """The same, or the words for nowhere in particular: then it is ``MOBILE``, since nothing chosen may mean more."""

    def clean(self, value):
        text = str(value or "").strip()
        return MOBILE if text == MOBILE or fold(text) == fold(_("Lưu động")) else super().clean(text)


class PlaceForm(forms.Form):
    """Another place: ``place`` is the point that is meant, None for the mobile ones."""

    point = PlaceField(label=gettext_lazy("Điểm hỗ trợ"), empty_label=gettext_lazy("Lưu động"))
    must_be_typed = True

    def __init__(self, data=None, *, access: Access, campaign_day: CampaignDay, **kwargs):
        super().__init__(data, **kwargs)
        field = self.field
        field.offer_points(access, campaign_day)
        if field.is_long:
            field.help_text = _("Gõ tên hoặc mã điểm rồi chọn một gợi ý, hoặc gõ “lưu động”.")
            field.widget.attrs |= {"placeholder": "", "required": True} if self.must_be_typed else {}

    @property
    def field(self) -> PlaceField:
        return cast(PlaceField, self.fields["point"])

    def place(self, text: str) -> SupportPoint | None:
        try:
            return point_of(self.field.clean(text))
        except ValidationError as refusal:
            raise DomainError(" ".join(refusal.messages)) from refusal


def point_of(place: SupportPoint | str | None) -> SupportPoint | None:
    return place if isinstance(place, SupportPoint) else None


class ChangeForm(PlaceForm):
    """Place and hours for what is ticked in the table of a day, where nothing given means: as it is."""

    point = PlaceField(label=gettext_lazy("Chuyển đến"), empty_label=gettext_lazy("Giữ nguyên điểm"))
    # As they are typed: a refusal names what no field of hours would keep.
    starts_at = forms.CharField(label=gettext_lazy("Từ giờ"), required=False, widget=forms.TextInput({"type": "time"}))
    ends_at = forms.CharField(label=gettext_lazy("Đến giờ"), required=False, widget=forms.TextInput({"type": "time"}))
    must_be_typed = False

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        field = self.field
        if not field.is_long:
            first, *points = cast(list, field.choices)
            field.choices = [first, (MOBILE, _("Lưu động")), *points]

    def clean_starts_at(self) -> dt.time | None:
        return _hour(self.cleaned_data["starts_at"])

    def clean_ends_at(self) -> dt.time | None:
        return _hour(self.cleaned_data["ends_at"])

    @property
    def values(self) -> dict:
        """What is to be changed."""
        given = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return given | ({"point": point_of(given["point"])} if "point" in given else {})

    @cached_property
    def ticked(self) -> dict[int, int]:
        """By the deployment's key, the version that its row showed; sent as “key:version”."""
        texts = cast(QueryDict, self.data).getlist("chosen") if self.is_bound else []
        pairs = [text.partition(":")[::2] for text in texts]
        return {int(key): int(version) for key, version in pairs if is_key(key) and is_key(version)}


def _hour(text: str) -> dt.time | None:
    try:
        return forms.TimeField(required=False).clean(text)
    except ValidationError as error:
        told = _("“%(text)s” không phải là giờ. Hãy viết dạng 07:30.")
        raise ValidationError(told % {"text": text}) from error
