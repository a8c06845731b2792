"""Ai được làm gì: the table of rights in words, and who holds which role in the reader's part of the city."""

from typing import Any

from django import forms
from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.next_page import NextPaginator
from core.vietnamese import fold
from desk.common import with_right
from desk.office.tabs import tabs
from teams.models import Appointment
from teams.permissions import ROLE_RIGHTS, SCOPE_RIGHTS, Right, Role, Scope
from teams.right_words import RIGHT_GROUPS

ROWS_A_PAGE = 30
# Another system does what its key is good for; signing in gives it nothing.
ROLES = [role for role in Role if role != Role.API_CLIENT]


class HolderFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Tìm người"),
        required=False,
        max_length=100,
        widget=forms.SearchInput(attrs={"placeholder": gettext_lazy("Họ tên, đơn vị, đội hình…")}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Vai trò"), required=False)
    when = forms.ChoiceField(
        label=gettext_lazy("Thời gian"),
        required=False,
        choices=[("", gettext_lazy("Hiện nay")), ("all", gettext_lazy("Kể cả đã kết thúc, sắp tới"))],
    )

    def __init__(self, data):
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [("", _("Mọi vai trò")), *Role.choices]

    def narrow(self, rows):
        """Nonsense in an address filters nothing."""
        self.is_valid()
        given = self.cleaned_data
        if not given.get("when"):
            rows = rows.current()
        if given.get("role"):
            rows = rows.filter(role=given["role"])
        for word in fold(given.get("q", "")).split():
            names = ("user__search_key", "unit__search_key", "team__search_key")
            found = Q()
            for name in names:
                found |= Q(**{f"{name}__contains": word})
            rows = rows.filter(found)
        return rows


@never_cache
@require_safe
def roles(request):
    access = with_right(request, Right.APPOINT)
    form = HolderFilter(request.GET)
    held = form.narrow(Appointment.objects.visible_to(access).select_related("user", "unit", "team"))
    page = NextPaginator(held.order_by("user__full_name", "pk"), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(access, "roles"),
        "roles": [role.label for role in ROLES],
        "groups": groups(),
        "scopes": scopes(),
        "form": form,
        "page": page,
        "is_filtered": any(request.GET.get(name) for name in ("q", "role", "when")),
    }
    return render(request, "office/roles.html", context)


def groups() -> list[dict]:
    """The table as it is in force: who asks a page, the admin or the API is judged by the same one."""
    return [
        {
            "title": title,
            "rows": [
                {"words": words, "cells": [(role.label, right in ROLE_RIGHTS[role]) for role in ROLES]}
                for right, words in rights.items()
            ],
        }
        for title, rights in RIGHT_GROUPS
    ]


def scopes() -> list[dict]:
    words = {right: said for _title, rights in RIGHT_GROUPS for right, said in rights.items()}
    return [
        {"label": scope.label, "rights": [words[right] for right in words if right in SCOPE_RIGHTS[scope]]}
        for scope in Scope
    ]
