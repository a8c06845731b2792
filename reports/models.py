"""Tallies: the figures, kept beside the raw logs and equal to them.

Their grain is the slice: one team on one day. Each is a cut through the same logs, from the coarse ones that most
questions need to the fine one, and changes only under a lock on its ``TallySlice``. Tallies hold only what the raw rows
hold; units and areas are joined in at the question, by their dates, so that a reorganisation changes no tally.

Most cuts are kept by month too. A month that has changed since it was added up has a ``StaleMonth``, and is read by its
days.
"""

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, SupportPoint
from reports.events.models import FigureEvent  # noqa: F401 - Django finds an app's models through this module
from reports.official.models import ReportDraft, ReportFile, ReportIssue, ReportTemplate  # noqa: F401
from reports.proof.models import ProofCheck, ProofFinding, TallyJob  # noqa: F401
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
    # Of a tally by month: the first of the month.
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


class DayCut(Tally):
    """The coarse one: most questions need no more."""

    people = models.BigIntegerField(default=0)
    service_turns = models.BigIntegerField(default=0)
    sessions = models.IntegerField(default=0)
    volunteer_turns = models.IntegerField(default=0)
    volunteer_minutes = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day}: {self.people}"


class DayTally(DayCut):
    class Meta:
        verbose_name = _("số tổng hợp theo ngày")
        constraints = [key("daytally_key")]
        indexes = [models.Index(fields=["day"], name="daytally_day")]


class MonthTally(DayCut):
    class Meta:
        verbose_name = _("số tổng hợp theo tháng")
        constraints = [key("monthtally_key")]


class Turns(models.Model):
    """What every cut through the lines counts."""

    people = models.BigIntegerField(default=0)
    service_turns = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class LineTally(Turns, Tally):
    """The fine one: by service, result, age group, channel and metric. Hardly smaller than the logs."""

    service = reference(Service)
    result = models.CharField(max_length=13)
    age_group = models.CharField(max_length=5, blank=True)
    channel = models.CharField(max_length=6)
    metric = reference(Metric, null=True)
    quantity = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("số tổng hợp theo dịch vụ và người dân")
        constraints = [key("linetally_key", "service", "result", "age_group", "channel", Coalesce("metric", 0))]
        indexes = [models.Index(fields=["day", "service"], name="linetally_day")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.service_id}: {self.service_turns}"


class HourTally(Turns, Tally):
    """By hour of the day in Ho Chi Minh City, and service."""

    hour = models.PositiveSmallIntegerField()
    service = reference(Service)

    class Meta:
        verbose_name = _("số tổng hợp theo giờ và dịch vụ")
        constraints = [key("hourtally_key", "hour", "service")]
        indexes = [models.Index(fields=["day", "hour"], name="hourtally_day")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.hour}h: {self.service_turns}"


class ServiceCut(Turns, Tally):
    service = reference(Service)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.service_id}: {self.service_turns}"


class ServiceTally(ServiceCut):
    class Meta:
        verbose_name = _("số tổng hợp theo dịch vụ")
        constraints = [key("servicetally_key", "service")]
        indexes = [models.Index(fields=["day"], name="servicetally_day")]


class ServiceMonthTally(ServiceCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng theo dịch vụ")
        constraints = [key("servicemonth_key", "service")]


class ResultCut(Turns, Tally):
    """By service and result, with the quantity of the metric: what the measures of the catalogue are read from."""

    service = reference(Service)
    result = models.CharField(max_length=13)
    metric = reference(Metric, null=True)
    quantity = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.service_id} {self.result}: {self.service_turns}"


class ResultTally(ResultCut):
    class Meta:
        verbose_name = _("số tổng hợp theo kết quả")
        constraints = [key("resulttally_key", "service", "result", Coalesce("metric", 0))]
        indexes = [models.Index(fields=["day"], name="resulttally_day")]


class ResultMonthTally(ResultCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng theo kết quả")
        constraints = [key("resultmonth_key", "service", "result", Coalesce("metric", 0))]


class OutcomeCut(Turns, Tally):
    """What came of it, for people of which age, whatever the service."""

    result = models.CharField(max_length=13)
    age_group = models.CharField(max_length=5, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.result} {self.age_group}: {self.service_turns}"


class OutcomeTally(OutcomeCut):
    class Meta:
        verbose_name = _("số tổng hợp theo kết quả và nhóm tuổi")
        constraints = [key("outcometally_key", "result", "age_group")]
        indexes = [models.Index(fields=["day"], name="outcometally_day")]


class OutcomeMonthTally(OutcomeCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng theo kết quả và nhóm tuổi")
        constraints = [key("outcomemonth_key", "result", "age_group")]


class PersonCut(Turns, Tally):
    """Who was helped and where, whatever the service."""

    age_group = models.CharField(max_length=5, blank=True)
    channel = models.CharField(max_length=6)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.age_group} {self.channel}: {self.service_turns}"


class PersonTally(PersonCut):
    class Meta:
        verbose_name = _("số tổng hợp theo người dân")
        constraints = [key("persontally_key", "age_group", "channel")]
        indexes = [models.Index(fields=["day"], name="persontally_day")]


class PersonMonthTally(PersonCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng theo người dân")
        constraints = [key("personmonth_key", "age_group", "channel")]


class MetricCut(Tally):
    """The measures of the catalogue, whatever the service; lines without one count for no metric (null)."""

    metric = reference(Metric, null=True)
    quantity = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.metric_id}: {self.quantity}"


class MetricTally(MetricCut):
    class Meta:
        verbose_name = _("số tổng hợp theo chỉ số")
        constraints = [key("metrictally_key", Coalesce("metric", 0))]
        indexes = [models.Index(fields=["day"], name="metrictally_day")]


class MetricMonthTally(MetricCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng theo chỉ số")
        constraints = [key("metricmonth_key", Coalesce("metric", 0))]


class RhythmCut(Turns, Tally):
    """By hour alone: the rhythm of a day that the dashboard shows."""

    hour = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.hour}h: {self.service_turns}"


class RhythmTally(RhythmCut):
    class Meta:
        verbose_name = _("số tổng hợp theo giờ")
        constraints = [key("rhythmtally_key", "hour")]
        indexes = [models.Index(fields=["day"], name="rhythmtally_day")]


class RhythmMonthTally(RhythmCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng theo giờ")
        constraints = [key("rhythmmonth_key", "hour")]


class PresenceCut(Tally):
    """Who was there: distinct volunteers cannot be added up, so they are counted from here at every level."""

    volunteer = reference(Volunteer)
    turns = models.IntegerField(default=0)
    minutes = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.team_id} {self.day} {self.volunteer_id}: {self.minutes}"


class PresenceTally(PresenceCut):
    class Meta:
        verbose_name = _("số tổng hợp tình nguyện viên")
        constraints = [key("presencetally_key", "volunteer")]
        indexes = [models.Index(fields=["day"], name="presencetally_day")]


class PresenceMonthTally(PresenceCut):
    class Meta:
        verbose_name = _("số tổng hợp tháng tình nguyện viên")
        constraints = [key("presencemonth_key", "volunteer")]


class TeamRevision(models.Model):
    """Moves with each change of a team's tallies: what a caller sees of a change is a change of theirs."""

    team = models.OneToOneField(Team, models.DO_NOTHING, db_constraint=False, related_name="+", primary_key=True)
    number = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.team_id} {self.number}"


class StaleMonth(models.Model):
    """A team's month whose tallies by month are not the sum of its days (any more), and must not be read."""

    team = reference(Team)
    # The first of the month.
    month = models.DateField()
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="stalemonth_key", fields=["month", "team"])]

    def __str__(self) -> str:
        return f"{self.team_id} {self.month:%Y-%m}"
