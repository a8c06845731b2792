"""``GET /api/v1/stats/explain/``: a figure, what it is made of, and what stands behind it."""

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from core.api import Pages, invalid_parameter
from reports.api import StatsResource
from reports.explain import cells, counting, lists, schema, words
from reports.explain.asking import ALL_PARAMETERS, Asked, read
from reports.explain.counting import DISTINCT, PRESENT
from reports.explain.explanation import TOO_LARGE, Explanation, explain
from reports.explain.narrower import narrower
from services_help.models import Session
from teams.access import access_of
from teams.permissions import Right

PAGING = ("page", "page_size")


class ExplainResource(StatsResource):
    """Without an ETag: what is shown moves with every raw row, of which no revision tells."""

    own_parameters: tuple[str, ...] = ()

    def parameters(self) -> set[str]:
        return super().parameters() | {*ALL_PARAMETERS, *PAGING, *self.own_parameters}

    def asked(self) -> Asked:
        names = (name for name in ALL_PARAMETERS if name in self.request.query_params)
        return read({name: self.request.query_params[name] for name in names})

    def explain(self) -> Explanation:
        return explain(self.asked(), access_of(self.request))

    def page(self, rows) -> tuple[list, dict]:
        """The rows of the page, and what is said around them."""
        pages = Pages()
        found = pages.paginate_queryset(rows, self.request, view=self)
        return found or [], pages.get_paginated_response([]).data

    def link(self, name: str, asked: Asked, **parameters) -> str:
        extra = "".join(f"&{key}={value}" for key, value in parameters.items())
        return self.request.build_absolute_uri(f"{reverse(name)}?{asked.address()}{extra}")

    def person(self, name) -> str | None:
        """People are named to people who have signed in, as on the page of the session; never to a token."""
        return str(name) if name and access_of(self.request).token is None else None

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response


class ExplainApi(ExplainResource):
    @extend_schema(**schema.EXPLAIN)
    def get(self, request):
        why = self.explain()
        groups, around = self.page(lists.Groups(why))
        return Response(
            {
                "query": why.asked.query.as_dict() | {"by": list(why.asked.at)},
                "measure": _measure(why),
                "cell": _cell(why),
                "figure": why.figure,
                "counted": why.counted,
                "status": why.status,
                "status_text": str(words.STATUSES[why.status]),
                "sentence": words.sentence(why),
                "parts": [_part(part) for part in words.parts(why)],
                "notes": words.notes(why),
                "freshness": why.freshness,
                "by_team_and_day": around | {"results": [_group(row) for row in groups]},
                "narrower": self._narrower(why) if why.status == TOO_LARGE else None,
                **self._further(why),
            }
        )

    def _further(self, why: Explanation) -> dict:
        if not why.may_see_sessions:
            return {"sessions": None, "distinct": None, "access": str(words.WHO_MAY_SEE)}
        distinct = self.link("stats_explain_distinct", why.asked) if why.way.kind in DISTINCT else None
        return {"sessions": self.link("stats_explain_sessions", why.asked), "distinct": distinct, "access": None}

    def _narrower(self, why: Explanation) -> dict | None:
        found = narrower(why)
        if found is None:
            return None
        rows = [
            {"code": code, "label": label, "figure": figure, "url": self.link("stats_explain", asked)}
            for code, label, figure, asked in found[:]
        ]
        return {"by": found.dimension, "rows": rows}


def _measure(why: Explanation) -> dict:
    measure = why.measure
    return {
        "code": measure.code,
        "label": str(measure.label),
        "definition": str(measure.definition),
        "additive": measure.is_additive,
    }


def _cell(why: Explanation) -> list[dict]:
    """Names only where there is something: otherwise a name would tell that a thing of another exists."""
    return [
        {"dimension": code, "code": value, "label": value if why.is_empty else cells.label(why.cell, code)}
        for code, value in why.asked.at.items()
    ]


def _part(part: words.Part) -> dict:
    return {"code": part.code, "value": part.value, "rows": part.rows, "text": part.text, "reason": part.reason}


def _group(row: dict) -> dict:
    return {
        "team": row["team"].code,
        "team_name": row["team"].name,
        **{name: row[name] for name in ("day", "sessions", "recorded", "not_counted", "figure")},
    }


# --- behind the figure ------------------------------------------------------------------------------------------------
class BehindResource(ExplainResource):
    """What takes the right to see sessions, beside that to see figures."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        access_of(request).require(Right.SESSION_VIEW)


class ExplainSessionsApi(BehindResource):
    @extend_schema(**schema.SESSIONS)
    def get(self, request):
        why = self.explain()
        works, around = self.page(why.seen)
        rows = [self._session(row, why.asked) for row in lists.sessions(works, why.way.kind)]
        return Response(around | {"too_many": why.status == TOO_LARGE, "hidden": why.hidden, "results": rows})

    def _session(self, row: dict, asked: Asked) -> dict:
        session: Session = row["session"]
        return {
            "id": session.pk,
            "team": session.team.code,
            "team_name": session.team.name,
            "day": session.day,
            "point": session.point.code if session.point else None,
            "point_name": session.point.name if session.point else None,
            "campaign": session.campaign.code if session.campaign else None,
            "state": session.state,
            "started_at": timezone.localtime(session.started_at),
            "ended_at": timezone.localtime(session.ended_at) if session.ended_at else None,
            "opened_by": self.person(session.created_by),
            "closed_by": self.person(row["closed_by"]),
            "void": void_of(self, row["void"]),
            **{name: row[name] for name in ("rows", "not_counted", "figure")},
            "lines": self.link("stats_explain_lines", asked, session=session.pk),
        }


class ExplainLinesApi(BehindResource):
    own_parameters = ("session",)

    @extend_schema(**schema.LINES)
    def get(self, request):
        asked, access = self.asked(), access_of(request)
        cell = cells.find(asked, access)
        session = session_in(cell, request.query_params.get("session"))
        lines = lists.Lines(cell, counting.way_of(cell.plan.measures[0]), session)
        found, around = self.page(lines)
        show = self._attendance if lines.way.kind in PRESENT else self._log
        results = [show(line) | self._counting(line) for line in found]
        return Response(around | {"session": session.pk, "outside": lines.outside, "results": results})

    def _log(self, line: dict) -> dict:
        log = line["row"]
        return {
            "id": log.pk,
            "happened_at": timezone.localtime(log.happened_at),
            "service": log.service.code,
            "service_name": log.service.label,
            "result": log.result,
            "people": log.people,
            "same_visit": log.same_visit,
            "quantity": log.quantity,
            "metric": log.metric.code if log.metric else None,
            "age_group": log.age_group or None,
            "channel": log.channel,
        }

    def _attendance(self, line: dict) -> dict:
        row = line["row"]
        name = self.person(row.volunteer.full_name)
        return {"id": row.pk, "volunteer": row.volunteer.code, "volunteer_name": name, "minutes": row.minutes}

    def _counting(self, line: dict) -> dict:
        why_not = line["why_not"] or None
        return {"figure": line["gives"], "not_counted": why_not, "void": void_of(self, line["void"])}


class ExplainDistinctApi(BehindResource):
    @extend_schema(**schema.DISTINCT)
    def get(self, request):
        why = self.explain()
        if why.way.kind not in DISTINCT:
            message = _("Chỉ dùng với số đo đếm đối tượng khác nhau: %(known)s.") % {"known": ", ".join(DISTINCT)}
            raise invalid_parameter("measure", message, "not_distinct")
        found, around = self.page(lists.Distinct(why))
        rows = [{"code": each["row"].code, "name": self._name(each["row"], why), **_times(each)} for each in found]
        return Response(around | {"too_many": why.status == TOO_LARGE, "hidden": why.hidden, "results": rows})

    def _name(self, row, why: Explanation) -> str | None:
        return self.person(row.full_name) if why.way.kind == "volunteers" else row.name


def _times(each: dict) -> dict:
    return {"sessions": each["sessions"]}


def void_of(view: ExplainResource, void) -> dict | None:
    """Why a row was taken back, when and by whom."""
    if void is None:
        return None
    by = view.person(void.created_by)
    return {"reason": void.reason, "at": timezone.localtime(void.received_at), "by": by}


def session_in(cell: cells.Cell, text: str | None) -> Session:
    """The session that is asked for, if it is in the cell and the caller's to see; else it is not there."""
    found = lists.session_in(cell, text or "")
    if found is None:
        raise Http404
    return found
