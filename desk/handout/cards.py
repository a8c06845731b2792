"""What stands on the cards: the team, where it stands that day, the steps, and the code."""

import datetime as dt
from collections.abc import Iterable
from itertools import batched

import segno
from django.urls import reverse

from campaigns.models import Deployment
from core.dated import today
from desk.handout.ordering import CardSize, Layout
from teams.models import Team, TeamHome
from teams.passes import IssuedPass

MASK = 3
CARDS_A_PAGE = {CardSize.A6: 4, CardSize.A7: 8}
# Fills its sheets in either size.
CARDS_A_PART = 24


def of_teams(teams: Iterable[Team], issued: Iterable[IssuedPass], day_id: int | None) -> list[dict]:
    """Each team with its codes, as they are kept until they are printed."""
    teams = list(teams)
    units = dict(TeamHome.objects.on(today()).filter(team__in=teams).values_list("team", "unit__name"))
    places = _places(teams, day_id)
    cards: dict[int, list[dict]] = {team.pk: [] for team in teams}
    for each in issued:
        cards[each.device_pass.team_id].append({"label": each.device_pass.label, "code": each.code})
    return [
        {
            "name": team.name,
            "code": team.code,
            "unit": units.get(team.pk, ""),
            "places": places.get(team.pk, []),
            "cards": cards[team.pk],
        }
        for team in teams
    ]


def _places(teams: list[Team], day_id: int | None) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    sent = Deployment.objects.active().filter(campaign_day=day_id, team__in=teams).select_related("point")
    for plan in sent.order_by("starts_at") if day_id else []:
        where = plan.point.name if plan.point else "Lưu động"
        found.setdefault(plan.team_id, []).append(f"{hours(plan.starts_at, plan.ends_at)} · {where}")
    return found


def hours(start: dt.time, end: dt.time) -> str:
    return f"{start.hour}:{start:%M} – {end.hour}:{end:%M}"


def parts_of(teams: list[dict], layout: str) -> list[list[dict]]:
    """What is laid out at once, so that memory does not grow with the number of teams."""
    if layout == Layout.FILES:
        return [[team] for team in teams]
    if layout == Layout.PACKED:
        # One card after the other; parts that fill their sheets.
        single = [team | {"cards": [card]} for team in teams for card in team["cards"]]
        return [list(part) for part in batched(single, CARDS_A_PART)]
    parts: list[list[dict]] = [[]]
    for team in teams:
        if sum(len(other["cards"]) for other in parts[-1]) >= CARDS_A_PART:
            parts.append([])
        parts[-1].append(team)
    return parts


def pages_of(part: list[dict], params: dict) -> list[list[str]]:
    """Of each page of a part: the teams that begin on it."""
    a_page = CARDS_A_PAGE[params["size"]]
    if params["layout"] == Layout.PACKED:
        return [list(dict.fromkeys(team["name"] for team in page)) for page in batched(part, a_page)]
    return [[team["name"]] if first == 0 else [] for team in part for first in range(0, len(team["cards"]), a_page)]


def document(teams: list[dict], params: dict) -> dict:
    """What cards.typ lays out. The cards speak Vietnamese to whoever prints them."""
    return {
        "title": params["name"],
        "layout": params["layout"],
        "size": params["size"],
        "day": params["day_text"],
        "valid_to": f"{dt.date.fromisoformat(params['valid_to']):%d/%m/%Y}",
        "teams": [team | {"cards": [_card(card, params["base"]) for card in team["cards"]]} for team in teams],
    }


def _card(card: dict, base: str) -> dict:
    return {"label": card["label"], "qr": qr(base.rstrip("/") + reverse("field:pass", args=[card["code"]]))}


def qr(address: str) -> str:
    """As SVG. Error correction Q: paper is folded, sweated on and read in the sun.

    With one of the eight masks of the standard, since weighing them all takes six times as long.
    """
    return segno.make(address, error="q", mask=MASK, micro=False).svg_inline(border=0, scale=1)
