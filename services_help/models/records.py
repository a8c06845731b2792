"""What was done, as it was sent by the devices. Citizens are counts here: no column can hold who they were.

Every row came in through the intake under an id made on the device. ``Receipt`` is the gate: its primary key makes
"exactly once" a fact of the database, across all kinds of items. Logs, attendances and voids are append-only by
trigger; a session may only be closed.
"""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, SupportPoint
from core.constraints import one_of
from core.dated import valid_on
from services_help.models.catalogue import Metric, Service
from services_help.models.periods import PeriodLock, ReviewPolicy
from teams.models import Team, TeamHome, Unit, UnitAncestry, Volunteer

USER = settings.AUTH_USER_MODEL


class ItemKind(models.TextChoices):
    SESSION = "session", _("Ca hỗ trợ")
    LOG = "log", _("Lượt hỗ trợ")
    ATTENDANCE = "attendance", _("Điểm danh")
    VOID = "void", _("Hủy")


class Receipt(models.Model):
    """The server's word that it holds an item: which, from which device, with what content."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=10, choices=ItemKind)
    device = models.UUIDField()
    # Day of the session that the item belongs to: what a device reconciles by.
    day = models.DateField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)
    received_from = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("biên nhận")
        verbose_name_plural = _("biên nhận")
        constraints = [one_of("receipt_kind", "kind", ItemKind.values)]
        indexes = [models.Index(fields=["device", "day"], name="receipt_ledger")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class SessionState(models.TextChoices):
    PROVISIONAL = "provisional", _("Tạm tính")
    APPROVED = "approved", _("Đã duyệt")
    LOCKED = "locked", _("Đã khóa")


class SessionQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Sessions of teams that stand under the reader on the session's day, or today."""
        return access.visible_sessions(self, right)

    def for_list(self):
        return self.select_related("team", "point", "campaign")

    def live(self):
        return self.filter(~Exists(Void.objects.of(OuterRef("id"), OuterRef("device"))))

    def voided(self):
        return self.filter(_taken_back())

    def under(self, units):
        """Sessions of teams that stood under one of ``units`` on the session's day.

        Of a team that had no home then: under the whole city, if ``units`` held it (``lock_sql`` says the same).
        """
        home = "descendant__team_homes__"
        # One filter() call: the conditions on the home must all hold for the same home.
        then = UnitAncestry.objects.filter(
            valid_on(OuterRef("day")),
            valid_on(OuterRef("day"), home),
            ancestor__in=units,
            descendant__team_homes__team=OuterRef("team"),
        )
        under = Q(Exists(then))
        # Only a unit that never stood under another can have been the city: the others need not be asked day by day.
        if Unit.objects.filter(pk__in=units, placements__isnull=True).exists():
            homes = TeamHome.objects.filter(valid_on(OuterRef("day")), team=OuterRef("team"))
            roots = Unit.objects.roots(OuterRef("day"))
            whole = Exists(roots.filter(pk__in=units)) & ~Exists(roots.exclude(pk__in=units))
            under |= ~Exists(homes) & whole
        return self.filter(under)

    def with_home(self):
        """``home``: primary key of the unit that the team belonged to on the day; null for none."""
        then = TeamHome.objects.filter(valid_on(OuterRef("day")), team=OuterRef("team"))
        return self.annotate(home=Subquery(then.values("unit")[:1]))

    # --- review -------------------------------------------------------------------------------------------------------
    def unreviewed(self):
        """Live, and nobody has approved what is there now."""
        return self.live().filter(state=SessionState.PROVISIONAL)

    def submitted(self):
        """Closed by the leader, and open to a decision."""
        return self.unreviewed().filter(ended_at__isnull=False, lock__isnull=True)

    def awaiting_review(self):
        """Nobody but the reviewers can move them on."""
        return self.submitted().filter(returned_at__isnull=True)

    def returned(self):
        """Sent back, and not answered yet."""
        return self.submitted().filter(returned_at__isnull=False)

    def overdue(self, today: dt.date):
        """Awaiting review after their deadline. Reads the policies, which are few."""
        return self.awaiting_review().filter(ReviewPolicy.objects.past_deadline(today))

    def unanswered(self, today: dt.date):
        """Sent back, and the team's time to answer is over. Reads the policies, which are few."""
        return self.returned().filter(ReviewPolicy.objects.past_answer(today))


class Session(models.Model):
    """Ca hỗ trợ: one team, one day, one place, from opening to close."""

    id = models.UUIDField(primary_key=True, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="sessions", verbose_name=_("đội hình"))
    day = models.DateField(_("ngày"))
    point = models.ForeignKey(
        SupportPoint, models.PROTECT, null=True, related_name="sessions", verbose_name=_("điểm hỗ trợ")
    )
    # Found at the intake from the team's deployment of the day; an unplanned shift has none.
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, related_name="sessions", verbose_name=_("chiến dịch")
    )
    started_at = models.DateTimeField(_("mở ca lúc"))
    ended_at = models.DateTimeField(_("đóng ca lúc"), null=True)
    note = models.TextField(_("ghi chú"), blank=True)
    state = models.CharField(
        _("tình trạng số liệu"), max_length=11, choices=SessionState, default=SessionState.PROVISIONAL
    )
    # Sent back by a reviewer, and not yet answered by the team.
    returned_at = models.DateTimeField(_("trả lại lúc"), null=True, editable=False)
    # Set: nothing of the session changes but by an adjustment. One that nobody had reviewed stays provisional.
    lock = models.ForeignKey(
        PeriodLock,
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="sessions",
        verbose_name=_("khóa kỳ"),
    )
    device = models.UUIDField(_("thiết bị"))
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người gửi"))
    received_at = models.DateTimeField(_("nhận lúc"), default=timezone.now)
    # Only of rows that were asked for it, ``with_home()`` and the like.
    home: int | None
    is_void: bool
    # For what it was sent back.
    reason: str

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("ca hỗ trợ")
        verbose_name_plural = _("ca hỗ trợ")
        ordering = ["-day", "-started_at"]
        constraints = [
            models.CheckConstraint(
                name="session_times", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at"))
            ),
            one_of("session_state", "state", SessionState.values),
            models.CheckConstraint(
                name="session_locked_by_a_lock",
                condition=~Q(state=SessionState.LOCKED) | Q(lock__isnull=False),
            ),
            models.CheckConstraint(
                name="session_returned_is_provisional",
                condition=Q(returned_at__isnull=True) | Q(state=SessionState.PROVISIONAL),
            ),
        ]
        indexes = [
            models.Index(fields=["team", "day"], name="session_team_day"),
            models.Index(fields=["day", "received_at"], name="session_day"),
            # The order of lists: on a peak day thousands begin at the same minute.
            models.Index(fields=["day", "started_at", "id"], name="session_order"),
            # None of them knows when a session was closed: closing one then writes to no index.
            models.Index(
                fields=["day", "team"], condition=Q(state=SessionState.PROVISIONAL), name="session_unreviewed"
            ),
            models.Index(fields=["day", "team"], condition=Q(state=SessionState.APPROVED), name="session_approved"),
            models.Index(fields=["returned_at"], condition=Q(returned_at__isnull=False), name="session_returned"),
            models.Index(fields=["lock"], condition=Q(lock__isnull=False), name="session_of_lock"),
        ]

    def __str__(self) -> str:
        return f"{self.team} · {timezone.localtime(self.started_at):%d/%m/%Y %H:%M}"

    @property
    def is_locked(self) -> bool:
        return self.lock_id is not None


class Result(models.TextChoices):
    DONE_SELF = "done_self", _("Hướng dẫn xong, tự làm được")
    DONE_ASSISTED = "done_assisted", _("Làm xong, có hỗ trợ")
    REFERRED = "referred", _("Chuyển tuyến")
    NOT_DONE = "not_done", _("Chưa xong")


class AgeGroup(models.TextChoices):
    UNDER_16 = "u16", _("Dưới 16")
    FROM_16 = "16-30", _("16–30")
    FROM_31 = "31-59", _("31–59")
    FROM_60 = "60+", _("Từ 60")


class Channel(models.TextChoices):
    POINT = "point", _("Tại điểm")
    HOME = "home", _("Tại nhà")
    ONLINE = "online", _("Trực tuyến")


class VoidableQuerySet(models.QuerySet):
    def live(self):
        """Neither voided itself nor part of a voided session."""
        return self.filter(
            ~Exists(Void.objects.of(OuterRef("id"), OuterRef("device"))),
            ~Exists(Void.objects.of(OuterRef("session_id"), OuterRef("session__device"))),
        )

    def voided(self):
        """The others. Voids are few among millions of rows: their targets are asked first, whether they hold then."""
        return self.filter(_taken_back() | Q(session__in=Session.objects.order_by().voided().values("pk")))


def _taken_back() -> Q:
    targets = Void.objects.order_by().values("target")
    return Q(id__in=targets) & Q(Exists(Void.objects.of(OuterRef("id"), OuterRef("device"))))


class AssistanceLog(models.Model):
    """Lượt hỗ trợ: one line of what was done for one citizen, or of non-citizen work in bulk."""

    id = models.UUIDField(primary_key=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="logs", verbose_name=_("ca hỗ trợ"))
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("dịch vụ"))
    result = models.CharField(_("kết quả"), max_length=13, choices=Result)
    people = models.PositiveIntegerField(_("số người"))
    # The same citizen as the log before: another service turn, not another person.
    same_visit = models.BooleanField(_("cùng người dân"), default=False)
    quantity = models.PositiveIntegerField(_("số lượng"), null=True)
    metric = models.ForeignKey(Metric, models.PROTECT, null=True, related_name="+", verbose_name=_("chỉ số"))
    age_group = models.CharField(_("nhóm tuổi"), max_length=5, choices=AgeGroup, blank=True)
    beneficiary = models.CharField(_("nhóm đối tượng"), max_length=40, blank=True)
    channel = models.CharField(_("hình thức"), max_length=6, choices=Channel, default=Channel.POINT)
    happened_at = models.DateTimeField(_("lúc"))
    device = models.UUIDField(_("thiết bị"))
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người gửi"))
    received_at = models.DateTimeField(_("nhận lúc"), default=timezone.now)

    objects = VoidableQuerySet.as_manager()

    class Meta:
        verbose_name = _("lượt hỗ trợ")
        verbose_name_plural = _("lượt hỗ trợ")
        ordering = ["-happened_at"]
        constraints = [
            one_of("assistancelog_result", "result", Result.values),
            one_of("assistancelog_age_group", "age_group", [*AgeGroup.values, ""]),
            one_of("assistancelog_channel", "channel", Channel.values),
            # A quantity without a unit of measure, or the reverse, could not be added up.
            models.CheckConstraint(
                name="assistancelog_quantity_has_metric",
                condition=Q(quantity__isnull=True, metric__isnull=True)
                | Q(quantity__isnull=False, metric__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} · {self.get_result_display()}"


class Attendance(models.Model):
    """A volunteer was there. ``minutes`` null: for the whole session."""

    id = models.UUIDField(primary_key=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances", verbose_name=_("ca hỗ trợ"))
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="attendances", verbose_name=_("tình nguyện viên")
    )
    minutes = models.PositiveSmallIntegerField(_("số phút"), null=True)
    device = models.UUIDField(_("thiết bị"))
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người gửi"))
    received_at = models.DateTimeField(_("nhận lúc"), default=timezone.now)

    objects = VoidableQuerySet.as_manager()

    class Meta:
        verbose_name = _("điểm danh")
        verbose_name_plural = _("điểm danh")
        ordering = ["session", "volunteer__sort_key"]
        constraints = [
            models.CheckConstraint(
                name="attendance_minutes", condition=Q(minutes__isnull=True) | Q(minutes__lte=24 * 60)
            )
        ]

    def __str__(self) -> str:
        return f"{self.volunteer} · {self.session}"


class VoidQuerySet(models.QuerySet):
    def of(self, target_id, target_device):
        """The voids that hold for a target; order of arrival plays no part in it.

        A void that came when its target was known has been checked (``is_authorised``). One that came first counts if
        it is from the device that then sent the target.
        """
        return self.filter(Q(target=target_id) & (Q(is_authorised=True) | Q(device=target_device)))


class Void(models.Model):
    """Takes back a log, an attendance or a session, with author, reason and time. The row taken back stays."""

    id = models.UUIDField(primary_key=True, editable=False)
    target = models.UUIDField(_("mục bị hủy"), db_index=True)
    is_authorised = models.BooleanField(editable=False)
    reason = models.CharField(_("lý do"), max_length=300)
    device = models.UUIDField(_("thiết bị"))
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người gửi"))
    received_at = models.DateTimeField(_("nhận lúc"), default=timezone.now)

    objects = VoidQuerySet.as_manager()

    class Meta:
        verbose_name = _("hủy")
        verbose_name_plural = _("các lần hủy")
        ordering = ["-received_at"]

    def __str__(self) -> str:
        return f"{self.target}: {self.reason}"
