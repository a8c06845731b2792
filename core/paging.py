"""Pages of lists that grow without end: counted exactly while that is quick, told by the planner's estimate beyond."""

import hashlib
import json
from functools import cached_property
from typing import cast

import structlog
from django.core.cache import cache
from django.core.paginator import EmptyPage, Page, Paginator
from django.db import connections
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.templatetags.vi import vi_number

logger = structlog.get_logger(__name__)
FURTHEST_PAGE = 10**9
REMEMBERED_FOR = 60  # seconds


class EstimatingPage(Page):
    paginator: "EstimatingPaginator"

    def has_next(self) -> bool:
        """Past the limit nobody knows which page is the last: a full one may be."""
        if self.paginator.is_estimate:
            return len(self.object_list) == self.paginator.per_page
        return super().has_next()


class EstimatingPaginator(Paginator):
    """Never reads more rows than ``most_counted`` for the sake of a number.

    Beyond it the number is a guess, so every page of a number is looked for, and an empty one is answered as such.
    """

    most_counted = 10_000
    template_name = "admin/_pages.html"

    @cached_property
    def _rows(self) -> QuerySet:
        return cast(QuerySet, self.object_list).order_by().values("pk")

    @cached_property
    def _counted(self) -> int:
        if connections[self._rows.db].vendor != "postgresql":
            return self._rows.count()
        return self._rows[: self.most_counted + 1].count()

    @cached_property
    def is_estimate(self) -> bool:
        return connections[self._rows.db].vendor == "postgresql" and self._counted > self.most_counted

    @cached_property
    def count(self) -> int:
        # The planner may guess fewer than were seen.
        return max(self._counted, _planned_lately(self._rows)) if self.is_estimate else self._counted

    @property
    def count_text(self) -> str:
        """The number as it may be told: no more digits than are known."""
        if not self.is_estimate:
            return vi_number(self.count)
        if self.count == self._counted:
            return _("hơn %(count)s") % {"count": vi_number(self.most_counted)}
        return _("khoảng %(count)s") % {"count": vi_number(float(f"{self.count:.1e}"))}

    def validate_number(self, number):
        if not self.is_estimate:
            return super().validate_number(number)
        number = int(number) if str(number).isdecimal() else 0
        # Further than any table goes, and than the database can skip.
        if not 1 <= number <= FURTHEST_PAGE:
            raise EmptyPage(gettext_lazy("Không có trang này."))
        return number

    def page(self, number):
        if not self.is_estimate:
            return super().page(number)
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        return self._get_page(self.object_list[first : first + self.per_page], number, self)

    def _get_page(self, *args, **kwargs):
        return EstimatingPage(*args, **kwargs)


class KeysFirstPaginator(EstimatingPaginator):
    """For wide rows in an order that no index holds: their keys alone are sorted, and only the rows of the page are
    joined with all that they show.
    """

    long = 1000

    def page(self, number):
        if self.count <= self.long:
            return super().page(number)
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows = cast(QuerySet, self.object_list)
        keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        return self._get_page(rows.filter(pk__in=keys), number, self)


class LookingPage(EstimatingPage):
    """Has read one row more than it shows."""

    def __init__(self, rows, number, paginator):
        super().__init__(rows[: paginator.per_page], number, paginator)
        self.is_followed = len(rows) > paginator.per_page

    def has_next(self) -> bool:
        return self.is_followed


class LookingPaginator(EstimatingPaginator):
    """For programs, which go on until there is no next page: an empty one at the end would be a fault to them."""

    most_counted = 1000

    @cached_property
    def _first(self) -> list:
        """Read in their order for the number of them, and shown as the first page."""
        return list(self.object_list[: self.most_counted + 1])

    @cached_property
    def _counted(self) -> int:
        return len(self._first) if connections[self._rows.db].vendor == "postgresql" else super()._counted

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        is_known = len(self._first) <= self.most_counted or first + self.per_page < len(self._first)
        source = self._first if is_known else self.object_list
        rows = list(source[first : first + self.per_page + 1])
        if not rows and number > 1:
            raise EmptyPage(gettext_lazy("Không có trang này."))
        return LookingPage(rows, number, self)


def _planned_lately(queryset) -> int:
    """``planned_rows`` of a minute ago: to plan for staff of many units takes as long as to read their page."""
    sql, values = queryset.query.sql_with_params()
    asked = repr((connections[queryset.db].settings_dict["NAME"], sql, values))
    key = f"planned:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
    try:
        return cast(int, cache.get_or_set(key, lambda: planned_rows(queryset), REMEMBERED_FOR))
    except (RedisError, OSError) as error:
        logger.warning("paging_cache_down", error=repr(error))
        return planned_rows(queryset)


def planned_rows(queryset) -> int:
    """How many rows PostgreSQL expects; quick, and as good as its statistics."""
    (plan,) = json.loads(queryset.explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])
