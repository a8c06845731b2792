"""What the resources of the REST interface have in common: scope, days, codes, pages or CSV, ETags."""

import datetime as dt
from collections.abc import Iterable
from functools import cached_property

from django.db.models import DateField, F, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.http import Http404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.api import (
    CsvRenderer,
    PagesOfMany,
    StrictParameters,
    cacheable,
    csv_response,
    invalid_parameter,
    not_modified,
    revision_etag,
)
from core.dated import today
from core.errors import NotAllowed
from teams.access import Access, access_of
from teams.models import Team, Unit
from teams.permissions import Right

FLAG = [("1", "1"), ("0", "0")]
CSV_CHUNK = 2000
PAGING = {"page", "page_size"}
NUMBER = r"[0-9]{1,18}"
CODE = r"[^/\x00]{1,60}"


def day_asked(request) -> dt.date:
    """The day that the answer is about: ``on``, else today."""
    raw = request.query_params.get("on")
    if not raw:
        return today()
    try:
        day = parse_date(raw) if len(raw) == len("2026-11-24") else None
    except ValueError:
        day = None
    if day is None:
        raise invalid_parameter("on", _("Là một ngày dạng 2026-11-24."))
    return day


def found_or_400(rows: Iterable, parameter: str, code: str) -> list:
    """The rows, or a fault that does not tell a stranger's row from none."""
    rows = list(rows)
    if not rows:
        message = _("Không có mã “%(code)s”, hoặc bạn không được xem.") % {"code": code}
        raise invalid_parameter(parameter, message, "unknown_code")
    return rows


def code_or_400(queryset: QuerySet, parameter: str, code: str):
    return found_or_400(queryset.filter(code=code)[:1], parameter, code)[0]


# --- filters ----------------------------------------------------------------------------------------------------------
class Day(filters.DateFilter):
    """A day in ISO form only: ``03/04/2026`` means two days to two readers."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, input_formats=["%Y-%m-%d"], **kwargs)


class Flag(filters.ChoiceFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, choices=FLAG, empty_label=None, **kwargs)


class Filter(filters.FilterSet):
    # What it takes to name a unit or a team in this filter: what it takes to read the resource.
    right = Right.ORG_VIEW

    @property
    def access(self) -> Access:
        return access_of(self.request)

    @cached_property
    def day(self) -> dt.date:
        return day_asked(self.request)

    def unit(self, parameter: str, code: str) -> Unit:
        return code_or_400(Unit.objects.visible_to(self.access, self.right).on(self.day), parameter, code)

    def team(self, parameter: str, code: str) -> Team:
        return code_or_400(Team.objects.visible_to(self.access, self.right).on(self.day), parameter, code)

    def search(self, queryset, name, value: str):
        return queryset.search(value)

    def keep(self, queryset, name, value):
        """For a parameter that is read elsewhere."""
        return queryset


class DatedFilter(Filter):
    on = Day(method="keep", label="Ngày được hỏi; mặc định hôm nay. Rows valid on this day, and relations as of it.")
    all = Flag(method="keep", label="`1`: mọi phiên bản, cả cũ và sắp tới. Every version, past and future.")

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        return queryset if self.form.cleaned_data.get("all") == "1" else queryset.on(self.day)


def search_filter() -> filters.CharFilter:
    return filters.CharFilter(method="search", label="Tìm, không phân biệt dấu. Search, blind to accents.")


# --- fields -----------------------------------------------------------------------------------------------------------
class CodeField(serializers.SlugRelatedField):
    """A relation written as a code: of the caller's rows the one valid today, else the last one that was."""

    def __init__(self, *, right: Right | None = None, **kwargs):
        self.right = right
        super().__init__(slug_field="code", **kwargs)

    def get_queryset(self):
        queryset = super().get_queryset()
        if not hasattr(queryset, "visible_to"):
            return queryset
        return queryset.visible_to(access_of(self.context["request"]), self.right)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            rows = list(self.get_queryset().filter(code=data))
        except ValueError:  # a NUL or half a surrogate pair
            rows = []
        if not rows:
            self.fail("does_not_exist", slug_name="code", value=data)
        return max(rows, key=_validity)


def _validity(row) -> tuple:
    if not hasattr(row, "valid_from"):
        return (True, dt.date.min)
    return (row.is_valid_on(today()), row.valid_from)


def as_of(queryset: QuerySet, day: dt.date) -> QuerySet:
    """Annotates ``as_of``: ``day``, or the nearest day on which the row is valid. Relations are shown as of it."""
    asked, never = (Value(value, output_field=DateField()) for value in (day, dt.date.max))
    return queryset.annotate(as_of=Least(Greatest(asked, F("valid_from")), Coalesce(F("valid_to"), never)))


# --- views ------------------------------------------------------------------------------------------------------------
class Resource(StrictParameters, viewsets.GenericViewSet):
    """Read for all who may see. ``queryset`` has ``visible_to``; ``revisions`` move with every change of it."""

    rights: dict[str, Right | tuple[Right, ...]] = {}
    revisions: tuple[str, ...] = ()
    pagination_class = PagesOfMany
    lookup_field = "code"
    lookup_value_regex = CODE
    is_dated = False
    # Not while the rows of keys are read that have gone through ``visible``.
    is_narrowed = True

    @property
    def access(self) -> Access:
        return access_of(self.request)

    def get_renderers(self):
        return [JSONRenderer()] if self.detail or self.request.method == "POST" else [JSONRenderer(), CsvRenderer()]

    def parameters(self) -> set[str]:
        if self.request.method not in ("GET", "HEAD"):
            return super().parameters()
        if self.detail:
            return super().parameters() | ({"on"} if self.is_dated else set())
        return super().parameters() | set(self.filterset_class.base_filters) | PAGING | {"bom"}

    def get_queryset(self):
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):  # the OpenAPI document is made without a caller or a database
            return queryset.none()
        return self.visible(queryset) if self.is_narrowed else queryset

    def visible(self, queryset):
        return queryset.visible_to(self.access)

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        order = queryset.query.order_by or queryset.model._meta.ordering
        # A last key makes the order total: without it a row may stand on two pages or on none. In the direction of the
        # key before it, so that one index holds the whole order.
        return queryset.order_by(*order, "-pk" if order[-1].startswith("-") else "pk")

    def get_object(self):
        row = self.get_queryset().filter(**{self.lookup_field: self.kwargs[self.lookup_field]}).first()
        if row is None:
            raise Http404
        return row

    def location(self, row) -> str:
        return self.reverse_action("detail", args=[getattr(row, self.lookup_field)])

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")  # what has an ETag has said it already
        return response

    # --- reading ------------------------------------------------------------------------------------------------------
    def list(self, request):
        etag = self.etag()
        if etag and (same := not_modified(request, etag)):
            return same
        bom = self._bom()
        queryset = self.filter_queryset(self.get_queryset())
        if request.accepted_renderer.format == "csv":
            response = self._csv(queryset, bom=bom)
        else:
            keys = self.paginate_queryset(queryset.values_list("pk", flat=True))
            response = self.get_paginated_response(self.get_serializer(self._rows(keys), many=True).data)
        return cacheable(response, etag) if etag else response

    def _rows(self, keys: list) -> list:
        """The rows of keys that the caller was found to see, in their order."""
        self.is_narrowed = False
        rows = {row.pk: row for row in self.get_queryset().filter(pk__in=keys).order_by()}
        return [rows[key] for key in keys if key in rows]

    def retrieve(self, request, **kwargs):
        etag = self.etag()
        row = self.get_object()
        if etag and (same := not_modified(request, etag)):
            return same
        response = Response(self.get_serializer(row).data)
        return cacheable(response, etag) if etag else response

    def etag(self) -> str | None:
        if not self.revisions:
            return None
        return revision_etag(self.request, revisions=self.revisions, caller=self.access.fingerprint)

    def _bom(self) -> bool:
        value = self.request.query_params.get("bom", "0")
        if value not in ("0", "1"):
            raise invalid_parameter("bom", _("Là 0 hoặc 1."), "invalid_choice")
        return value == "1"

    def _csv(self, queryset, *, bom: bool):
        """Every row, in a stream: a table that is cut off at a page would be summed up wrongly."""
        if paging := sorted(PAGING & set(self.request.query_params)):
            message = _("CSV luôn có đủ mọi dòng, không chia trang.")
            raise invalid_parameter(paging[0], message, "not_with_csv")
        serializer = self.get_serializer()
        rows = (serializer.to_representation(row) for row in queryset.iterator(chunk_size=CSV_CHUNK))
        return csv_response(list(serializer.fields), rows, filename=self.basename, bom=bom)


class DatedResource(Resource):
    """Addressed by the code as it is valid on the day: today, or ``on``."""

    is_dated = True

    def location(self, row) -> str:
        """With the day, where the address alone would lead to nothing or to another row of that code."""
        return super().location(row) + ("" if row.is_valid_on(today()) else f"?on={row.valid_from.isoformat()}")

    def get_queryset(self):
        queryset = super().get_queryset()
        return queryset if getattr(self, "swagger_fake_view", False) else as_of(queryset, day_asked(self.request))

    def get_object(self):
        row = self.get_queryset().on(day_asked(self.request)).filter(code=self.kwargs["code"]).first()
        if row is None:
            raise Http404
        return row


class WritableResource(Resource):
    """POST, PUT and PATCH through the services; ``unit_of`` says whose the row is."""

    write_right: Right

    def create(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        row = self._write(serializer, None)
        return Response(self._shown(row), status=201, headers={"Location": self.location(row)})

    def update(self, request, *, partial: bool = False, **kwargs):
        row = self.get_object()
        self.require(self.unit_of(row, {}))
        serializer = self.get_serializer(row, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return Response(self._shown(self._write(serializer, row)))

    def partial_update(self, request, **kwargs):
        return self.update(request, partial=True, **kwargs)

    def unit_of(self, row, values: dict) -> Unit:
        """The unit that answers for the row once ``values`` are written to it."""
        raise NotImplementedError  # pragma: no cover - each resource says it

    def save(self, row, values: dict):
        raise NotImplementedError  # pragma: no cover - each resource names its service

    def require(self, unit: Unit) -> None:
        # A closed unit is looked for where it stood on its last day.
        day = None if unit.is_valid_on(today()) else unit.valid_to
        if not self.access.covers_unit(self.write_right, unit, day):
            raise NotAllowed

    def _write(self, serializer, row):
        values = serializer.validated_data
        self.require(self.unit_of(row, values))
        return self.save(row, values)

    def _shown(self, row) -> dict:
        """As the next GET would show it, relations and all."""
        return self.get_serializer(self.get_queryset().get(pk=row.pk)).data


__all__ = [
    "CODE",
    "NUMBER",
    "CodeField",
    "DatedFilter",
    "DatedResource",
    "Day",
    "Filter",
    "Flag",
    "Resource",
    "WritableResource",
    "as_of",
    "code_or_400",
    "day_asked",
    "found_or_400",
    "search_filter",
]
