"""Targets of the campaigns that run on the day, for the units that the board is about.

What was reached since the campaign began stands beside how much of its time is over; a campaign without an end has no
share of its time, and says so.
"""

from functools import partial

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, CampaignStatus, Target
from desk.board.question import Board, subjects
from desk.board.widget import NUMBER, PERCENT, Column, Rows, Widget
from reports.stats.measures import all_measures


def targets(board: Board) -> Widget:
    measures = all_measures()
    found = _of_the_day(board).filter(measure__in=measures)

    def read(start: int, stop: int | None) -> list[dict]:
        shown = list(found[start:stop])
        reached = _reached(board, shown)
        return [_row(board, target, measures[target.measure], reached(target)) for target in shown]

    rows = Rows(found.order_by().count, read)
    columns = [
        Column("label", _("Chỉ tiêu")),
        Column("unit", _("Đơn vị")),
        Column("campaign", _("Chiến dịch")),
        Column("measure", _("Chỉ số")),
        Column("goal", _("Chỉ tiêu phải đạt"), NUMBER),
        Column("value", _("Đã đạt"), NUMBER),
        Column("percent", _("Tỉ lệ đạt"), PERCENT),
        Column("due", _("Thời gian đã qua"), PERCENT),
        Column("time", _("Thời gian")),
    ]
    note = _("Tính từ ngày đầu chiến dịch đến hết ngày đang xem, kể cả các chiến dịch con.")
    freshness = partial(_freshness, board, found)
    return Widget("targets", _("So với chỉ tiêu"), columns, rows, note=note, freshness=freshness)


def _of_the_day(board: Board) -> QuerySet[Target]:
    runs = Q(campaign__ends_on__isnull=True) | Q(campaign__ends_on__gte=board.day)
    found = Target.objects.filter(runs, campaign__starts_on__lte=board.day, unit__in=subjects(board))
    found = found.exclude(campaign__status=CampaignStatus.DRAFT)
    # Those that end first are those to look at.
    return found.for_list().order_by("campaign__ends_on", "campaign__code", "unit__sort_key", "measure", "pk")


def _reached(board: Board, found: list[Target]):
    """A look-up of what each target has reached: one question for all of them."""
    if not found:
        return lambda target: None
    codes = tuple(dict.fromkeys(target.campaign.code for target in found))
    asked = tuple(dict.fromkeys(target.measure for target in found))
    told = board.ask("unit", "campaign", measures=asked, campaign=codes, start=None, depth="self")
    below = _below()
    measures = {measure.code: measure for measure in told.measures}

    def reached(target: Target) -> int | None:
        parts = below(target.campaign.code)
        rows = [row for row in told.rows if row["campaign"] in parts and row["unit"] == target.unit.code]
        if len(rows) > 1 and not measures[target.measure].is_additive:
            return None  # the same team in two campaigns is one team
        return sum(row[target.measure] for row in rows)

    return reached


def _freshness(board: Board, found: QuerySet[Target]) -> dict:
    """Of all days that count for them: those before may be less certain than the day shown."""
    codes = tuple(found.order_by("campaign__code").values_list("campaign__code", flat=True).distinct())
    if not codes:
        return board.fresh | {"state": None}
    return board.ask(measures=("sessions",), campaign=codes, start=None).freshness


def _below():
    """A look-up of a campaign's code and of all that it contains."""
    children: dict[str, list[str]] = {}
    for code, parent in Campaign.objects.filter(parent__isnull=False).values_list("code", "parent__code"):
        children.setdefault(parent, []).append(code)

    def below(code: str) -> set[str]:
        found, to_visit = {code}, [code]
        while to_visit:
            new = [child for child in children.get(to_visit.pop(), []) if child not in found]
            found.update(new)
            to_visit += new
        return found

    return below


def _row(board: Board, target: Target, measure, value: int | None) -> dict:
    due, time = _time(board, target.campaign)
    return {
        "label": target.name,
        "unit": target.unit.name,
        "campaign": target.campaign.name,
        "measure": str(measure.label),
        "goal": target.value,
        "value": value,
        "percent": None if value is None else round(100 * value / target.value, 1),
        "due": due,
        "time": time,
    }


def _time(board: Board, campaign: Campaign) -> tuple[float | None, str]:
    """(the share of its days that are over, in words)."""
    if campaign.ends_on is None:
        return None, _("chiến dịch không có ngày kết thúc")
    days = (campaign.ends_on - campaign.starts_on).days + 1
    if days == 1:
        return None, _("chỉ tiêu của một ngày")
    gone = (board.day - campaign.starts_on).days + 1
    words = {"gone": gone, "days": days}
    return round(100 * gone / days, 1), ngettext(
        "đã qua %(gone)s/%(days)s ngày", "đã qua %(gone)s/%(days)s ngày", days
    ) % words
