"""Changes of what is planned. Each is one transaction with its audit row, and moves the revision of the campaigns."""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import MAX_NESTING, Campaign, CampaignDay, Deployment, SupportPoint, Target
from core import audit
from core.dated import overlapping
from core.errors import DomainError
from core.models import Revision
from teams.models import Team


def save_campaign(*, campaign: Campaign | None, by, **values) -> Campaign:
    """Make a campaign (``None``) or change one; what is not named stays as it is."""
    return _save(campaign or Campaign(), values, by=by, name="campaign", unit=lambda row: row.owner_id)


def save_day(*, campaign_day: CampaignDay | None, by, **values) -> CampaignDay:
    return _save(campaign_day or CampaignDay(), values, by=by, name="day", unit=lambda row: row.campaign.owner_id)


def save_point(*, point: SupportPoint | None, by, **values) -> SupportPoint:
    return _save(point or SupportPoint(), values, by=by, name="point", unit=lambda row: row.unit_id)


def save_target(*, target: Target | None, by, **values) -> Target:
    return _save(target or Target(), values, by=by, name="target", unit=lambda row: row.unit_id)


@transaction.atomic
def deploy_teams(
    *, campaign_day: CampaignDay, teams: Iterable[Team], starts_at: dt.time, ends_at: dt.time, by
) -> tuple[list[Deployment], list[Team]]:
    """Send each team to where it stood last. Returns what is new, and the teams that are sent there already.

    The caller has chosen teams that ``by`` may send.
    """
    # Locked, so that the same form sent twice at once does not send anybody twice.
    day = CampaignDay.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=campaign_day.pk)
    made, known = [], []
    for team in teams:
        deployment = Deployment(
            team=team, campaign_day=day, point=last_point(team, day.day), starts_at=starts_at, ends_at=ends_at
        )
        try:
            check_deployment(deployment)
        except DomainError as refusal:
            if refusal.code != "already_deployed":
                raise
            known.append(team)
            continue
        deployment.full_clean()
        deployment.save()
        home = team.home_on(day.day)
        audit.record(
            "campaigns.deployment_added", by=by, target=deployment, scope_unit=home.pk if home else None, team=team.code
        )
        made.append(deployment)
    if made:
        Revision.bump("campaigns")
    return made, known


def last_point(team: Team, day: dt.date) -> SupportPoint | None:
    """Where ``team`` stood last, if that place still exists on ``day``."""
    before = Deployment.objects.active().filter(team=team, campaign_day__day__lt=day, point__isnull=False)
    last = before.select_related("point").order_by("-campaign_day__day", "-starts_at").first()
    return last.point if last and last.point and last.point.is_valid_on(day) else None


@transaction.atomic
def cancel_deployment(*, deployment: Deployment, by) -> Deployment:
    """The team is not sent after all. Sessions that it has opened stay; a second call changes nothing."""
    deployment = Deployment.objects.select_for_update(of=("self",)).get(pk=deployment.pk)
    if deployment.cancelled_at is None:
        deployment.cancelled_at = timezone.now()
        deployment.save(update_fields=["cancelled_at"])
        home = deployment.team.home_on(deployment.campaign_day.day)
        audit.record("campaigns.deployment_cancelled", by=by, target=deployment, scope_unit=home.pk if home else None)
        Revision.bump("campaigns")
    return deployment


def _save(row, values: dict, *, by, name: str, unit):
    """Writes only what differs: a second call with the same values leaves no second trace."""
    many = {field.name for field in row._meta.many_to_many}
    try:
        with transaction.atomic():
            is_new = row.pk is None
            if not is_new:
                row = type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
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
                _check(row)
                row.validate_unique()
                row.validate_constraints()
                row.save()
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


def _check(row) -> None:
    if isinstance(row, Campaign):
        check_nesting(row)
    elif isinstance(row, CampaignDay):
        check_day(row)
    elif isinstance(row, SupportPoint):
        check_validity(row)


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


def check_day(campaign_day: CampaignDay) -> None:
    """A day belongs to its campaign's time."""
    campaign, day = campaign_day.campaign, campaign_day.day
    if day < campaign.starts_on or (campaign.ends_on and day > campaign.ends_on):
        raise DomainError(
            _("Ngày %(day)s nằm ngoài thời gian của “%(campaign)s”. Hãy chọn ngày khác hoặc sửa thời gian chiến dịch.")
            % {"day": f"{day:%d/%m/%Y}", "campaign": campaign},
            code="outside_campaign",
        )


def check_deployment(deployment: Deployment) -> None:
    """Team and point exist on the day, and the team is not sent to the same place twice at one time."""
    day = deployment.campaign_day.day
    for thing in (deployment.team, deployment.point):
        if thing and not thing.is_valid_on(day):
            raise DomainError(
                _("“%(thing)s” không có hiệu lực vào ngày %(day)s.") % {"thing": thing, "day": f"{day:%d/%m/%Y}"},
                code="not_valid_then",
            )
    same = Deployment.objects.active().filter(
        team=deployment.team,
        campaign_day__day=day,
        point=deployment.point,
        starts_at__lt=deployment.ends_at,
        ends_at__gt=deployment.starts_at,
    )
    if other := same.exclude(pk=deployment.pk).first():
        raise DomainError(
            _("“%(team)s” đã được phân công ở đó từ %(start)s đến %(end)s ngày %(day)s.")
            % {
                "team": deployment.team,
                "start": f"{other.starts_at:%H:%M}",
                "end": f"{other.ends_at:%H:%M}",
                "day": f"{day:%d/%m/%Y}",
            },
            code="already_deployed",
        )


def check_validity(point: SupportPoint) -> None:
    """One point a code and day: the database refuses it too, but cannot say which one is in the way."""
    others = SupportPoint.objects.filter(overlapping(point.valid_from, point.valid_to), code=point.code)
    if other := others.exclude(pk=point.pk).first():
        raise DomainError(
            _("Mã %(code)s đã là của “%(other)s” trong những ngày đó.") % {"code": point.code, "other": other},
            code="code_taken",
        )
