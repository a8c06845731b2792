"""Changes of what is planned. Each is one transaction with its audit row, and moves the revision of the campaigns."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from campaigns.models import (
    MAX_NESTING,
    Campaign,
    CampaignDay,
    CampaignStatus,
    DayKind,
    Deployment,
    SupportPoint,
    Target,
)
from campaigns.replanning import replanned
from core import audit
from core.dated import overlapping
from core.errors import DomainError
from core.models import Revision
from teams.locked_days import refuse_if_counted

# What of a campaign, or of its day, says which sessions count for it.
COUNTED_BY = {Campaign: {"status", "owner"}, CampaignDay: {"campaign", "day", "kind"}}
DAYS_NAMED = 5


class OutsideCampaign(DomainError):
    """``field``: the date of the campaign that is in the way."""

    code = "outside_campaign"

    def __init__(self, message, field: str):
        super().__init__(message)
        self.field = field


def save_campaign(*, campaign: Campaign | None, by, **values) -> Campaign:
    """Make a campaign (``None``) or change one; what is not named stays as it is."""
    return _save(campaign or Campaign(), values, by=by, name="campaign", unit=lambda row: row.owner_id)


@transaction.atomic
def start_campaign(*, campaign: Campaign, by) -> Campaign:
    """A draft is carried out from now on; what its teams have sent already counts for it, too. Twice is once."""
    held = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if held.status != CampaignStatus.DRAFT:
        return held
    return save_campaign(campaign=held, by=by, status=CampaignStatus.ACTIVE)


@transaction.atomic
def save_day(*, campaign_day: CampaignDay | None, by, **values) -> CampaignDay:
    row = campaign_day or CampaignDay()
    if campaign := values.get("campaign") or (row.pk and row.campaign):
        # Its time must not be shortened meanwhile.
        values["campaign"] = Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    return _save(row, values, by=by, name="day", unit=lambda row: row.campaign.owner_id)


@transaction.atomic
def add_days(*, campaign: Campaign, days: Iterable[dt.date], kind: str, by) -> list[CampaignDay]:
    """The days that the campaign does not have yet; one that it has stays as it is."""
    known = set(campaign.days.values_list("day", flat=True))
    return [
        save_day(campaign_day=None, by=by, campaign=campaign, day=day, kind=kind) for day in sorted({*days} - known)
    ]


def save_point(*, point: SupportPoint | None, by, **values) -> SupportPoint:
    return _save(point or SupportPoint(), values, by=by, name="point", unit=lambda row: row.unit_id)


@transaction.atomic
def close_point(*, point: SupportPoint, last_day: dt.date, by) -> SupportPoint:
    """Nobody stands there after ``last_day``. Who is sent there later is told by the warnings of those days."""
    if last_day < point.valid_from:
        raise DomainError(
            _("“%(point)s” mở từ ngày %(day)s. Hãy chọn ngày cuối không sớm hơn.")
            % {"point": point, "day": f"{point.valid_from:%d/%m/%Y}"},
            code="closes_before_opening",
        )
    return save_point(point=point, by=by, valid_to=last_day)


def save_target(*, target: Target | None, by, **values) -> Target:
    return _save(target or Target(), values, by=by, name="target", unit=lambda row: row.unit_id)


def _save(row, values: dict, *, by, name: str, unit):
    """Writes only what differs: a second call with the same values leaves no second trace."""
    many = {field.name for field in row._meta.many_to_many}
    try:
        with transaction.atomic():
            is_new = row.pk is None
            if not is_new:
                # A session on its way in only points to the place; who asks about locked days waits for no session.
                no_key = isinstance(row, SupportPoint)
                row = type(row).objects.select_for_update(of=("self",), no_key=no_key).get(pk=row.pk)
            # A new row has no owner yet, and says so by an AttributeError.
            changed = {
                key: value for key, value in values.items() if key not in many and getattr(row, key, None) != value
            }
            before = {} if is_new else {key: getattr(row, key) for key in changed}
            for key, value in changed.items():
                setattr(row, key, value)
            if is_new or changed:
                row.full_clean(validate_unique=False, validate_constraints=False)
                # Before the constraints, which know that a code is taken, but not by whom.
                _check(row, changed)
                row.validate_unique()
                row.validate_constraints()
                row.save()
                if COUNTED_BY.get(type(row), set()) & changed.keys():
                    counts_from_now(row, by=by)
            for key in many & values.keys():
                held = set(getattr(row, key).all())
                if held != set(values[key]):
                    before[key] = "" if is_new else sorted(map(str, held))
                    changed[key] = sorted(map(str, values[key]))
                    getattr(row, key).set(values[key])
            if is_new or changed:
                _record(
                    row,
                    before,
                    changed,
                    by=by,
                    action=f"campaigns.{name}_{'added' if is_new else 'changed'}",
                    unit=unit,
                )
    except IntegrityError as error:
        # Somebody else wrote in between what full_clean() had found free.
        raise DomainError(
            _("Dữ liệu này vừa được người khác ghi. Hãy tải lại rồi thử lại."), code="changed_meanwhile"
        ) from error
    return row


def _record(row, before: dict, changed: dict, *, by, action: str, unit) -> None:
    audit.record(
        action,
        by=by,
        target=row,
        scope_unit=unit(row),
        changes={key: [_text(before.get(key)), _text(value)] for key, value in sorted(changed.items())},
    )
    Revision.bump("campaigns")


def _text(value) -> object:
    return value if value is None or isinstance(value, bool | int | float | str | list) else str(value)


def _check(row, changed: Iterable[str]) -> None:
    if isinstance(row, Campaign):
        check_nesting(row)
        check_time(row, changed)
    elif isinstance(row, CampaignDay):
        check_day(row)
    elif isinstance(row, SupportPoint):
        check_validity(row)
        if row.pk:
            check_area(row, changed)


def check_nesting(campaign: Campaign) -> None:
    """A campaign never contains itself, at any depth."""
    above = campaign.parent
    for _level in range(MAX_NESTING):
        if above is None:
            return
        if above.pk == campaign.pk:
            raise DomainError(_("Chiến dịch không thể nằm trong chính nó."), code="campaign_circle")
        above = above.parent
    raise DomainError(_("Chiến dịch lồng nhau quá %(levels)s cấp.") % {"levels": MAX_NESTING}, code="campaign_nesting")


def check_time(campaign: Campaign, changed: Iterable[str]) -> None:
    """No day that is planned or worked on falls out of a campaign that is made shorter."""
    for field, lookup in (("starts_on", "lt"), ("ends_on", "gt")):
        end = getattr(campaign, field)
        if campaign.pk is None or field not in changed or end is None:
            continue
        if days := days_in_use(campaign, **{f"day__{lookup}": end}):
            raise OutsideCampaign(_falls_outside(days), field)


def days_in_use(campaign: Campaign, **days) -> list[dt.date]:
    """On which teams are sent out, or sessions count for it; a peak day gathers them without anybody being sent."""
    sent = Deployment.objects.active().filter(campaign_day=OuterRef("pk"))
    planned = campaign.days.filter(Q(Exists(sent)) | Q(kind=DayKind.PEAK), **days)
    worked = import_string(settings.CAMPAIGN_WORK)(campaign).filter(**days)
    return sorted({*planned.values_list("day", flat=True), *worked.order_by().values_list("day", flat=True).distinct()})


def _falls_outside(days: list[dt.date]) -> str:
    named = ", ".join(f"{day:%d/%m/%Y}" for day in days[:DAYS_NAMED])
    if len(days) > DAYS_NAMED:
        named = _("%(days)s và %(count)s ngày khác") % {"days": named, "count": len(days) - DAYS_NAMED}
    return _(
        "Chiến dịch đã có phân công, có ca hoặc có ngày cao điểm vào ngày %(days)s. "
        "Hãy chọn thời gian gồm cả những ngày đó, hoặc dời các ngày đó trước."
    ) % {"days": named}


def counts_from_now(row: Campaign | CampaignDay, *, by) -> None:
    """Sessions may count for it that have come in before."""
    days = row.days.values_list("day", flat=True) if isinstance(row, Campaign) else [row.day]
    replanned(days, by=by)


def check_day(campaign_day: CampaignDay) -> None:
    """A day belongs to its campaign's time."""
    campaign, day = campaign_day.campaign, campaign_day.day
    if day < campaign.starts_on or (campaign.ends_on and day > campaign.ends_on):
        raise DomainError(
            _("Ngày %(day)s nằm ngoài thời gian của “%(campaign)s”. Hãy chọn ngày khác hoặc sửa thời gian chiến dịch.")
            % {"day": f"{day:%d/%m/%Y}", "campaign": campaign},
            code="outside_campaign",
        )


def check_validity(point: SupportPoint) -> None:
    """One point a code and day: the database refuses it too, but cannot say which one is in the way."""
    others = SupportPoint.objects.filter(overlapping(point.valid_from, point.valid_to), code=point.code)
    if other := others.exclude(pk=point.pk).first():
        raise DomainError(
            _("Mã %(code)s đã là của “%(other)s” trong những ngày đó.") % {"code": point.code, "other": other},
            code="code_taken",
        )


def check_area(point: SupportPoint, changed: Iterable[str]) -> None:
    """Figures of locked days stay where they were reported."""
    if "area" in changed:
        refuse_if_counted(point, "area")
