"""Rows that are true from one day to another. Both days are inclusive; an open end means "still"."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DAY = dt.timedelta(days=1)


def today() -> dt.date:
    """The calendar day in Ho Chi Minh City."""
    return timezone.localdate()


def valid_on(day: dt.date | F, prefix: str = "") -> Q:
    """Rows valid on ``day``; ``prefix`` reaches through a relation (``"placements__"``)."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": day})
    )


def valid_sql(day: str, row: str) -> str:
    """The same as an SQL condition: ``row`` is a table's alias, ``day`` an expression."""
    return f"{row}.valid_from <= {day} AND ({row}.valid_to IS NULL OR {row}.valid_to >= {day})"


def overlapping(start: dt.date, end: dt.date | None, prefix: str = "") -> Q:
    """Rows valid on at least one day of ``start``..``end``."""
    starts_in_time = Q() if end is None else Q(**{f"{prefix}valid_from__lte": end})
    return starts_in_time & (Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": start}))


class DatedQuerySet(models.QuerySet):
    def on(self, day: dt.date):
        return self.filter(valid_on(day))

    def current(self):
        return self.on(today())


class Dated(models.Model):
    valid_from = models.DateField(_("có hiệu lực từ"))
    valid_to = models.DateField(_("đến hết ngày"), null=True, blank=True, help_text=_("Để trống nếu vẫn còn hiệu lực."))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_valid_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."),
            )
        ]

    def is_valid_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)
