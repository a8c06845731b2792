"""The rules. Each looks at the evidence of one session and answers with the numbers that stand out, or None.

A limit is what is still in order: a session is found when it is above. What is called “least” is enough by itself.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable
from statistics import median

from django.utils import timezone

from desk.outliers.catalogue import Settings
from desk.outliers.evidence import MINUTE, Earlier, Evidence, Line, Place, Sighting, end_of, length, overlap, place_of
from desk.outliers.models import RuleCode
from services_help.models import Channel, Session

type Numbers = dict[str, object]
type Window = tuple[dt.datetime, dt.datetime]
EARTH_RADIUS_KM = 6371.0


def check_pace(evidence: Evidence, settings: Settings) -> Numbers | None:
    """Turns per volunteer hour. Where nobody was ticked off, somebody was there all the same: one."""
    turns = evidence.profile.turns
    minutes = sum(presence.minutes for presence in evidence.present) or evidence.minutes
    rate = turns * 60 / max(minutes, 1.0)
    if turns < settings["least_turns"] or rate <= settings["limit"]:
        return None
    return {
        "turns": turns,
        "minutes": round(evidence.minutes, 1),
        "volunteers": len({presence.volunteer for presence in evidence.present}),
        "volunteer_minutes": round(minutes, 1),
        "rate": round(rate, 1),
    }


def check_same_days(evidence: Evidence, settings: Settings) -> Numbers | None:
    """Earlier days with the very same turns by service, or by hour."""
    own, session = evidence.profile, evidence.session
    if own.turns < settings["least_turns"]:
        return None
    since = session.day - dt.timedelta(days=int(settings["look_back"]))
    others = [each for each in evidence.earlier if since <= each.day < session.day]
    found = {
        "services": _same(own.by_service, ((each.day, each.profile.by_service) for each in others), settings),
        "hours": _same(own.by_hour, ((each.day, each.profile.by_hour) for each in others), settings),
    }
    kind, days = max(found.items(), key=lambda item: len(item[1]))
    if len(days) + 1 < settings["days"]:
        return None
    parts = own.by_service if kind == "services" else own.by_hour
    return {"kind": kind, "days": [day.isoformat() for day in days], "turns": own.turns, "parts": len(parts)}


def _same(own: dict, others: Iterable[tuple[dt.date, dict]], settings: Settings) -> list[dt.date]:
    if len(own) < settings["least_parts"]:
        return []
    return sorted({day for day, parts in others if parts == own})


def check_round(evidence: Evidence, settings: Settings) -> Numbers | None:
    """Entries that are multiples of ten. A line's number is its people, or of other work its quantity."""
    base = int(settings["base"])
    numbers = [line.people or line.quantity or 0 for line in evidence.lines]
    rounds = [number for number in numbers if number and number % base == 0]
    if len(rounds) < settings["least_lines"] or len(rounds) * 100 < settings["share"] * len(numbers):
        return None
    return {"round": len(rounds), "lines": len(numbers), "amount": sum(rounds)}


def check_two_places(evidence: Evidence, settings: Settings) -> Numbers | None:
    """One volunteer in two sessions at once, for as many minutes as are certain whenever in them he came and went."""
    minutes = {presence.volunteer: presence.minutes for presence in evidence.present}
    found = []
    for other in evidence.elsewhere:
        together = _surely_together(evidence.session, minutes[other.volunteer], other.session, other.minutes)
        if together > settings["minutes"]:
            found.append((-together, other.volunteer, str(other.session.pk), other.session))
    if not found:
        return None
    together, volunteer, _key, session = min(found, key=lambda each: each[:3])
    return {
        "volunteer": volunteer,
        "minutes": math.floor(-together),
        "session": str(session.pk),
        "team": session.team_id,
        "others": len({each[1] for each in found}) - 1,
        "start": max(session.started_at, evidence.session.started_at).isoformat(),
        "end": min(end_of(session), end_of(evidence.session)).isoformat(),
    }


def _surely_together(one: Session, minutes: float, other: Session, other_minutes: float) -> float:
    """Who is there for all but ten minutes of a session is there in any hour of it for fifty at least."""
    both = overlap(one, other)
    here = min(minutes, length(one)) - (length(one) - both)
    there = min(other_minutes, length(other)) - (length(other) - both)
    return max(0.0, here) + max(0.0, there) - both


def check_hours(evidence: Evidence, settings: Settings) -> Numbers | None:
    """Lines outside of the hours of the session, or of what was planned; the frame that more of them miss is told."""
    grace = settings["grace"] * MINUTE
    found: list[tuple[str, list[Window], list[Line]]] = []
    for frame, windows in _frames(evidence):
        outside = [
            line
            for line in evidence.lines
            if not any(start - grace <= line.at <= end + grace for start, end in windows)
        ]
        found.append((frame, windows, outside))
    frame, windows, outside = max(found, key=lambda each: len(each[2]))
    if len(outside) < settings["least_outside"]:
        return None
    return {
        "frame": frame,
        "windows": [[start.isoformat(), end.isoformat()] for start, end in windows],
        "outside": len(outside),
        "lines": len(evidence.lines),
        "first": outside[0].at.isoformat(),
        "last": outside[-1].at.isoformat(),
    }


def _frames(evidence: Evidence) -> list[tuple[str, list[Window]]]:
    session, point = evidence.session, evidence.session.point
    own: tuple[str, list[Window]] = ("session", [(session.started_at, end_of(session))])
    if evidence.plans:
        plans = [_window(session.day, plan.starts_at, plan.ends_at) for plan in evidence.plans]
        return [("deployment", plans), own]
    if point is not None and point.opens_at and point.closes_at:
        return [("point", [_window(session.day, point.opens_at, point.closes_at)]), own]
    return [own]


def _window(day: dt.date, start: dt.time, end: dt.time) -> Window:
    return timezone.make_aware(dt.datetime.combine(day, start)), timezone.make_aware(dt.datetime.combine(day, end))


def check_travel(evidence: Evidence, settings: Settings) -> Numbers | None:
    """One phone at two points, in less time than the way between them takes. Phones tell no position: points do."""
    here, found = place_of(evidence.session), []
    for sighting in evidence.sightings:
        line, there = _nearest(evidence.lines, sighting), place_of(sighting.session)
        if line is None or here is None or there is None:
            continue
        km = kilometres(here, there)
        if km < settings["least_km"]:
            continue
        minutes, needed = abs(line.at - sighting.at) / MINUTE, km * 60 / settings["speed"]
        if minutes < needed:
            found.append((minutes - needed, sighting.at, str(sighting.session.pk), line, sighting, km, needed))
    if not found:
        return None
    _lack, _at, _key, line, sighting, km, needed = min(found, key=lambda each: each[:3])
    return {
        "km": round(km, 1),
        "minutes": math.floor(abs(line.at - sighting.at) / MINUTE),
        "needed": math.ceil(needed),
        "point": sighting.session.point_id,
        "team": sighting.session.team_id,
        "session": str(sighting.session.pk),
        "here_at": line.at.isoformat(),
        "there_at": sighting.at.isoformat(),
    }


def _nearest(lines: list[Line], sighting: Sighting) -> Line | None:
    of_phone = [line for line in lines if line.device == sighting.device and line.channel == Channel.POINT]
    return min(of_phone, key=lambda line: abs(line.at - sighting.at), default=None)


def kilometres(one: Place, other: Place) -> float:
    """Along the great circle between two places given as (latitude, longitude)."""
    lat, lon, other_lat, other_lon = (math.radians(degrees) for degrees in (*one, *other))
    half_chord = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half_chord))


def check_jump(evidence: Evidence, settings: Settings) -> Numbers | None:
    """Many times the median of the team's own sessions before.

    Of peak days few teams have had many: three are enough, since the median of three bears one that is far off. Before
    that ordinary days have to do, of which a peak day is worth several.
    """
    turns = evidence.profile.turns
    ordinary = _turns(each for each in evidence.earlier if not each.is_peak)
    peaks = _turns(evidence.peaks)
    told: Numbers = {}
    past, least, ratio = ordinary, settings["least_sessions"], settings["ratio"]
    if evidence.is_peak and len(peaks) >= settings["least_peaks"]:
        past, least, told = peaks, settings["least_peaks"], {"against": "peaks"}
    elif evidence.is_peak:
        ratio, told = ratio * settings["peak_factor"], {"against": "ordinary"}
    if turns < settings["least_turns"] or len(past) < least:
        return None
    before = past[: int(settings["sessions"])]
    middle = float(median(before))
    if turns <= ratio * middle:
        return None
    return {"turns": turns, "median": middle, "sessions": len(before), "times": round(turns / middle, 1), **told}


def _turns(earlier: Iterable[Earlier]) -> list[int]:
    """Of the sessions that have any."""
    return [each.profile.turns for each in earlier if each.profile.turns]


CHECKS: dict[str, Callable[[Evidence, Settings], Numbers | None]] = {
    RuleCode.PACE.value: check_pace,
    RuleCode.SAME_DAYS.value: check_same_days,
    RuleCode.ROUND.value: check_round,
    RuleCode.TWO_PLACES.value: check_two_places,
    RuleCode.HOURS.value: check_hours,
    RuleCode.TRAVEL.value: check_travel,
    RuleCode.JUMP.value: check_jump,
}
