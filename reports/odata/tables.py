"""What the codes of the figures stand for, as tables to relate them to.

They name what the figures name to this caller; whoever may read the organisation and the plans as well (``org:read``)
also gets those without figures, so that who has not reported can be seen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import F, Q, QuerySet

from campaigns.models import Campaign
from core.dated import today, valid_on
from reports.odata.codes import MODELS, Codes
from reports.stats import engine
from reports.stats.query import CHOICES, StatsQuery
from services_help.models import Service, SessionState
from teams.access import Access
from teams.models import Team, TeamHome, Unit, UnitAncestry, UnitPlacement
from teams.permissions import Right


@dataclass
class Reader:
    """The rows of the tables without figures, for one caller."""

    access: Access
    fresh: dict
    codes: Codes

    def rows(self, name: str) -> list[dict]:
        return READERS[name](self)

    # --- which rows ---------------------------------------------------------------------------------------------------
    def named(self, dimension: str) -> set[str]:
        """The codes that figures of any day may stand under, by the tree of then or of now."""
        query = StatsQuery(measures=("people", "sessions"), by=(dimension,), depth="descendants")
        found: set[str] = set()
        for view in CHOICES["hierarchy"]:
            answer = engine.run(engine.plan(replace(query, hierarchy=view), self.access), self.fresh)
            found |= {self.codes.stable(dimension, row[dimension], None, None) for row in answer.rows}
        return found - {None}

    def _named_rows(self, dimension: str) -> list[int]:
        codes = self.named(dimension)
        plain = {code.partition("@")[0] for code in codes}
        rows = MODELS[dimension].objects.filter(code__in=plain)
        return [row.pk for row in rows if self.codes.of(dimension, row) in codes]

    @cached_property
    def units(self) -> list[Unit]:
        named = self._named_rows("unit")
        lines = UnitAncestry.objects.filter(_now_or_last("descendant"), descendant__in=named)
        above = Unit.objects.visible_to(self.access, Right.STATS_VIEW).filter(pk__in=lines.values("ancestor"))
        return list(Unit.objects.filter(Q(pk__in=named) | Q(pk__in=above.values("pk")) | self._seen(Unit)))

    @cached_property
    def unit_codes(self) -> dict[int, str]:
        return {unit.pk: self.codes.of("unit", unit) for unit in self.units}

    @cached_property
    def teams(self) -> list[Team]:
        return list(Team.objects.filter(Q(pk__in=self._named_rows("team")) | self._seen(Team)))

    @cached_property
    def campaigns(self) -> list[Campaign]:
        return list(Campaign.objects.filter(Q(code__in=self.named("campaign")) | self._seen(Campaign)))

    def _seen(self, model) -> Q:
        """What the caller may read without figures."""
        right = Right.CAMPAIGN_VIEW if model is Campaign else Right.ORG_VIEW
        if not self.access.has(right):
            return Q(pk__in=[])
        return Q(pk__in=model.objects.visible_to(self.access, right).values("pk"))


def _now_or_last(closed: str) -> Q:
    """Of a thing that is closed: as it last was."""
    return valid_on(today()) | Q(**{f"{closed}__valid_to__lt": today(), "valid_to": F(f"{closed}__valid_to")})


# --- the rows of each table -------------------------------------------------------------------------------------------
def _units(reader: Reader) -> list[dict]:
    units, codes = reader.units, reader.unit_codes
    parents = _links(UnitPlacement.objects.filter(_now_or_last("unit"), unit__in=codes), "unit_id", "parent_id")
    return [
        {
            "code": codes[unit.pk],
            "label": str(unit),
            "kind": unit.kind,
            "kind_label": unit.get_kind_display(),
            "block": unit.block,
            "block_label": unit.get_block_display(),
            "parent": codes.get(parents.get(unit.pk, 0)),
            "valid_from": unit.valid_from,
            "valid_to": unit.valid_to,
        }
        for unit in units
    ]


def _teams(reader: Reader) -> list[dict]:
    teams, codes = reader.teams, reader.unit_codes
    homes = _links(TeamHome.objects.filter(_now_or_last("team"), team__in=teams), "team_id", "unit_id")
    return [
        {
            "code": reader.codes.of("team", team),
            "label": str(team),
            "kind": team.kind,
            "kind_label": team.get_kind_display(),
            "unit": codes.get(homes.get(team.pk, 0)),
            "valid_from": team.valid_from,
            "valid_to": team.valid_to,
        }
        for team in teams
    ]


def _links(rows: QuerySet, source: str, target: str) -> dict[int, int]:
    pairs: Iterable[tuple[int, int]] = rows.values_list(source, target)
    return dict(pairs)


def _services(_reader: Reader) -> list[dict]:
    """The whole catalogue: it stands on every phone."""
    return [
        {
            "code": service.code,
            "label": service.label,
            "group": service.group and service.group.code,
            "group_label": service.group and service.group.label,
            "for_citizens": service.for_citizens,
            "valid_from": service.valid_from,
            "valid_to": service.valid_to,
        }
        for service in Service.objects.select_related("group")
    ]


def _campaigns(reader: Reader) -> list[dict]:
    campaigns = reader.campaigns
    codes = {campaign.pk: campaign.code for campaign in campaigns}
    return [
        {
            "code": campaign.code,
            "label": campaign.name,
            "kind": campaign.kind,
            "kind_label": campaign.get_kind_display(),
            "parent": codes.get(campaign.parent_id or 0),
            "status": campaign.status,
            "status_label": campaign.get_status_display(),
            "starts_on": campaign.starts_on,
            "ends_on": campaign.ends_on,
        }
        for campaign in campaigns
    ]


def _freshness(reader: Reader) -> list[dict]:
    everything = engine.run(engine.plan(StatsQuery(measures=("people", "sessions")), reader.access), reader.fresh)
    state = everything.freshness["state"]
    named = {"state": state, "state_label": state and str(SessionState(state).label)}
    return [{"id": "now"} | {name: reader.fresh[name] for name in ("as_of", "pending", "lag_seconds")} | named]


READERS: dict[str, Callable[[Reader], list[dict]]] = {
    "Units": _units,
    "Teams": _teams,
    "Services": _services,
    "Campaigns": _campaigns,
    "Freshness": _freshness,
}
