"""The board of a day: a point is a column with its teams. Some columns a page, some cards a column."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from campaigns.models import CampaignDay, SupportPoint
from desk.plan import day as plan
from teams.access import Access

COLUMNS_A_PAGE = 60
CARDS_A_COLUMN = 20
# Columns without a team: more would only push the others out of sight, and the search finds them.
MOST_EMPTY, MOST_COUNTED = 40, 100


@dataclass(frozen=True)
class Column:
    """A point with some of the teams that are sent there; without a point: the mobile ones."""

    point: SupportPoint | None
    rows: list[plan.Row] = field(default_factory=list)
    count: int = 0

    @property
    def key(self) -> str:
        return str(self.point.pk) if self.point else ""

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Board:
    columns: list[Column]
    page: Page
    # Open points without a team that are not shown, counted up to ``MOST_COUNTED``.
    more_points: int

    @property
    def is_whole(self) -> bool:
        """Nothing of the day is left out, so that who searches may search what is shown."""
        return not (self.page.has_other_pages() or self.more_points or any(column.more for column in self.columns))

    @property
    def is_at_least(self) -> bool:
        return self.more_points > MOST_COUNTED


def board_of(campaign_day: CampaignDay, access: Access, points, *, text: str = "", number=1, used: int) -> Board:
    """The mobile ones first, then each point that has teams; on the last page also those of ``points`` that have none.

    ``used``: how many points have teams, if that is known already.
    """
    whole = plan.sent_on(campaign_day, access)
    sent = plan.searched(whole, text, campaign_day)
    found = SupportPoint.objects.filter(pk__in=sent.order_by().values("point")).order_by("sort_key", "pk")
    paginator = Paginator(found, COLUMNS_A_PAGE)
    if not text:
        paginator.count = used
    page = paginator.get_page(number)
    empty: list[SupportPoint] = []
    if not page.has_next():
        bare = points.exclude(pk__in=whole.filter(point__isnull=False).order_by().values("point"))
        empty = list((bare.search(text) if text else bare)[: MOST_EMPTY + MOST_COUNTED + 1])
    columns = _columns(campaign_day, access, sent, [*page, *empty[:MOST_EMPTY]])
    return Board(columns, page, len(empty[MOST_EMPTY:]))


def _columns(campaign_day: CampaignDay, access: Access, sent, points: list[SupportPoint]) -> list[Column]:
    here = sent.filter(Q(point__in=points) | Q(point__isnull=True))
    order = ["team__sort_key", "starts_at", "pk"]
    told = here.annotate(
        place=Window(RowNumber(), partition_by=F("point"), order_by=order),
        together=Window(Count("pk"), partition_by=F("point")),
    )
    shown = list(plan.in_order(told.filter(place__lte=CARDS_A_COLUMN)))
    counts = {row.point_id: row.together for row in shown}
    by_point: dict[int | None, list[plan.Row]] = defaultdict(list)
    for row in plan.rows_of(campaign_day, shown, access):
        by_point[row.deployment.point_id].append(row)
    columns = [Column(None, by_point[None], counts.get(None, 0))]
    return columns + [Column(point, by_point[point.pk], counts.get(point.pk, 0)) for point in points]
