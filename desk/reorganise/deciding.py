"""Saying where teams and units go that nothing else determines a place for: many at once."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from core.dated import valid_on
from desk.common import tried
from desk.reorganise.units import Choices, new_units
from desk.reorganise.views import found, only_discarded
from teams.models import Reorganisation, ReorganisationState, StepKind, Team, Unit
from teams.reorganising import services
from teams.reorganising.waiting import waiting

A_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def decide(request, pk):
    reorganisation, access = found(request, pk)
    if elsewhere := only_discarded(request, reorganisation):
        return elsewhere
    choices = new_units(reorganisation)
    rows = rows_of(reorganisation, choices)
    typed, error = request.POST.get("into", ""), ""
    asked = request.POST.getlist("rows")
    chosen = [row for row in rows if row["name_of_box"] in asked]
    if request.method == "POST":
        error = _refused(chosen, typed, choices, takes_back="undecide" in request.POST)
        if asked and not chosen and reorganisation.state == ReorganisationState.EXECUTED:
            error = _("Các đội hình này đã có nơi về.")
        if not error:
            into = "" if "undecide" in request.POST else choices.meant_by(typed)
            if tried(request, lambda: _decide(request, reorganisation, access, chosen, into)):
                return redirect("reorganise:decide", reorganisation.pk)
    context = {
        "reorganisation": reorganisation,
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "labels": choices.labels,
        "typed": typed,
        "error": error,
        "chosen": {row["name_of_box"] for row in chosen},
        "may_decide": reorganisation.state in (ReorganisationState.DRAFT, ReorganisationState.EXECUTED),
    }
    return render(request, "desk/reorganise/decide.html", context)


def _refused(chosen: list[dict], typed: str, choices: Choices, *, takes_back: bool) -> str:
    if not chosen:
        return _("Hãy chọn ít nhất một đội hình hoặc đơn vị.")
    if takes_back:
        return ""
    try:
        choices.meant_by(typed)
    except ValueError as refusal:
        return str(refusal) if typed.strip() else _("Hãy chọn đơn vị nhận.")
    return ""


def _decide(request, reorganisation: Reorganisation, access, chosen: list[dict], into: str) -> None:
    keys = {what: [row["key"] for row in chosen if row["what"] == what] for what in ("teams", "units")}
    count = services.decide(reorganisation=reorganisation, **keys, into=into, access=access)
    if not count:
        messages.warning(request, _("Các đội hình này đã có nơi về."))
        return
    told = ngettext("Đã ghi quyết định cho %(n)d mục.", "Đã ghi quyết định cho %(n)d mục.", count)
    messages.success(request, told % {"n": count})


def rows_of(reorganisation: Reorganisation, choices: Choices) -> list[dict]:
    """First what is not decided, then what was; of a draft also what a unit that only gives a part away could give."""
    decided = {
        ("teams" if row.team_id else "units", row.team_id or row.unit_id): row.into
        for row in reorganisation.decisions.all()
    }
    listed = {(what, row["key"]) for what, nowhere in waiting(reorganisation).items() for row in nowhere}
    rows = {}
    for what in ("units", "teams"):
        for row in (reorganisation.preview or {}).get(what, []):
            if (what, row["key"]) in listed or (what, row["key"]) in decided:
                rows[what, row["key"]] = row | {"what": what}
    if reorganisation.is_draft:
        for row in [*_decided(decided), *_could_be_given(reorganisation)]:
            rows.setdefault((row["what"], row["key"]), row)
    into = _successors(reorganisation)
    for key, row in rows.items():
        code = decided.get(key) or (row["to"]["code"] if row["to"] else "")
        row["into"] = choices.label(code) if code else ""
        row["name_of_box"] = f"{row['what']}-{row['key']}"
        row["possible"] = into.get(row["from"]["code"], [])[:4] if row["from"] else []
    return sorted(rows.values(), key=lambda row: (bool(row["into"]), row["what"] == "teams", row["code"]))


def _successors(reorganisation: Reorganisation) -> dict[str, list[str]]:
    ended = (reorganisation.preview or {}).get("ended", [])
    return {row["code"]: [unit["name"] for unit in row["into"]] for row in ended}


def _decided(decided: dict) -> list[dict]:
    """Those that a draft which was not tried out again since knows."""
    rows = []
    for what, model in (("teams", Team), ("units", Unit)):
        keys = [key for kind, key in decided if kind == what]
        nowhere = {"what": what, "from": None, "to": None}
        rows += [
            nowhere | {"key": row.pk, "code": row.code, "name": str(row)} for row in model.objects.filter(pk__in=keys)
        ]
    return rows


def _could_be_given(reorganisation: Reorganisation) -> list[dict]:
    steps = reorganisation.steps.filter(kind=StepKind.SPLIT, data__closes=False)
    codes = [data["unit"] for data in steps.values_list("data", flat=True)]
    day = reorganisation.last_day
    rows = []
    for unit in Unit.objects.on(day).filter(code__in=codes):
        told = {"code": unit.code, "name": unit.name}
        teams = Team.objects.filter(valid_on(day, "homes__"), homes__unit=unit)
        children = Unit.objects.filter(valid_on(day, "placements__"), placements__parent=unit)
        for what, things in (("teams", teams), ("units", children)):
            rows += [
                {"what": what, "key": each.pk, "code": each.code, "name": str(each), "from": told, "to": None}
                for each in things
            ]
    return rows
