"""Tallies: the figures, kept beside the raw logs and equal to them.

Their grain is the slice: one team on one day. A slice is always recomputed whole from the raw rows under a lock on its
``TallySlice``, so that order, repetition and crashes cannot matter. Tallies hold only what the raw rows hold; units and
areas are joined in at the question, by their dates, so that a reorganisation changes no tally.
"""

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, SupportPoint
from services_help.models import Metric, Service, SessionState
from teams.models import Team, Volunteer


def reference(model, **options) -> models.ForeignKey:
    """A link from a derived row. Without constraint and index of its own: the rows are rebuilt from checked ones."""
    return models.ForeignKey(model, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **options)


class TallySlice(models.Model):
    """One team on one day: what is locked while its tallies are recomputed."""

    team = reference(Team)
    day = models.DateField()
    recomputed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="tallyslice_key", fields=["team", "day"])]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day}"


class Tally(models.Model):
    """What the sessions of a slice have in common: the columns of every tally."""

    team = reference(Team)
    day = models.DateField()
    campaign = reference(Campaign, null=True)
    point = reference(SupportPoint, null=True)
    state = models.CharField(max_length=11, choices=SessionState)

    class Meta:
        abstract = True


PLACE = ("team", "day", Coalesce("campaign", 0), Coalesce("point", 0), "state")


def key(name: str, *columns) -> models.UniqueConstraint:
    """One row a cell; nulls count as values. The index leads with the slice, which is how rows are replaced."""
    expressions = [F(column) if isinstance(column, str) else column for column in (*PLACE, *columns)]
    return models.UniqueConstraint(*expressions, name=name)


class DayTally(Tally):
    """The coarse one: most questions need no more."""

    people = models.BigIntegerField(default=0)
    service_turns = models.BigIntegerField(default=0)
    sessions = models.IntegerField(default=0)
    volunteer_turns = models.IntegerField(default=0)
    volunteer_minutes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("số tổng hợp theo ngày")
        constraints = [key("daytally_key")]
        indexes = [models.Index(fields=["day"], name="daytally_day")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day}: {self.people}"


class LineTally(Tally):
    """By service, result, age group, channel and metric."""

    service = reference(Service)
    result = models.CharField(max_length=13)
    age_group = models.CharField(max_length=5, blank=True)
    channel = models.CharField(max_length=6)
    metric = reference(Metric, null=True)
    people = models.BigIntegerField(default=0)
    service_turns = models.BigIntegerField(default=0)
    quantity = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("số tổng hợp theo dịch vụ")
        constraints = [key("linetally_key", "service", "result", "age_group", "channel", Coalesce("metric", 0))]
        indexes = [models.Index(fields=["day", "service"], name="linetally_day")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.service_id}: {self.service_turns}"


class HourTally(Tally):
    """By hour of the day in Ho Chi Minh City: the rhythm that the dashboard shows."""

    hour = models.PositiveSmallIntegerField()
    service = reference(Service)
    people = models.BigIntegerField(default=0)
    service_turns = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("số tổng hợp theo giờ")
        constraints = [key("hourtally_key", "hour", "service")]
        indexes = [models.Index(fields=["day", "hour"], name="hourtally_day")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.hour}h: {self.service_turns}"


class PresenceTally(Tally):
    """Who was there: distinct volunteers cannot be added up, so they are counted from here at every level."""

    volunteer = reference(Volunteer)
    turns = models.IntegerField(default=0)
    minutes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("số tổng hợp tình nguyện viên")
        constraints = [key("presencetally_key", "volunteer")]
        indexes = [models.Index(fields=["day"], name="presencetally_day")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.volunteer_id}: {self.minutes}"
