"""What staff type."""

import datetime as dt

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.choosing import LongChoiceField
from core.dated import today
from teams.models import Team
from teams.passes import LONGEST, MOST_AT_ONCE
from teams.permissions import Right


def teams_for_passes(access):
    return Team.objects.visible_to(access, Right.PASS_ISSUE).current().order_by("sort_key", "valid_from")


class PassForm(forms.Form):
    """New device passes for one team. ``id``: made with the page, so that a form sent twice prints once."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    team = LongChoiceField(label=_("Đội hình"), empty_label=_("Chọn đội hình"))
    count = forms.IntegerField(
        label=_("Số thẻ"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=1,
        help_text=_("Mỗi thẻ cho một điện thoại. Mỗi lần in tối đa %(most)d thẻ.") % {"most": MOST_AT_ONCE},
    )
    valid_to = forms.DateField(
        label=_("Dùng đến hết ngày"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Hết ngày này máy tự đăng xuất."),
    )

    def __init__(self, data=None, *, access, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["team"].offer(teams_for_passes(access), address=reverse("teams:pass_teams"))
        date = self.fields["valid_to"]
        date.initial = today() + dt.timedelta(days=30)
        date.widget.attrs |= {"min": today().isoformat(), "max": (today() + LONGEST).isoformat()}
