"""What the teams of the demo world are busy with: the mix of services of each kind of work, and how each one goes."""

import datetime as dt
import random
from collections.abc import Callable
from typing import NamedTuple

from demo.replay.catalogue import services
from demo.world.organisation import REFORM
from services_help.models import AgeGroup, Channel, Result

# service -> weight, as in March 2023; an ended service stands for its successor on a later day.
MIXES: dict[str, dict[str, int]] = {
    "public": {"DVC-NOP": 26, "DVC-TK": 20, "DVC-MC": 12, "DVC-TRA": 10, "DDT-CAI": 8, "DVC-PHI": 6, "DVC-LT": 6,
               "DDT-KH2": 6, "DDT-TH": 4, "DDT-CA": 3, "KNS-LD": 2, "TTG-VHCV": 2},
    "bank": {"TTS-YT": 40, "TTS-TK": 20, "TTS-VI": 15, "TTS-DV": 15, "TTS-QR": 10},
    "market": {"TTS-QR": 40, "TTS-VI": 25, "TTS-TK": 20, "TTS-DV": 10, "TTS-TDD": 5},
    "transport": {"GTS-THE": 35, "GTS-BUS": 30, "GTS-TTGT": 25, "TTS-VI": 10},
    "police": {"TTS-TDD": 30, "TTS-TK": 20, "KNS-LD": 20, "TTS-VI": 15, "TTS-QR": 10, "DDT-KH2": 5},
    "safety": {"KNS-LD": 70, "TTG-TL": 20, "TTS-TDD": 10},
    "advice": {"CQS-TV": 75, "TTG-VHCV": 15, "CQS-TH": 10},
    "software": {"CQS-PM": 60, "CQS-TH": 20, "CQS-TV": 20},
    "digitise": {"CQS-SH": 100},
    "online": {"DVC-NOP": 30, "DVC-TK": 25, "DVC-TRA": 20, "DVC-PHI": 10, "DDT-KH2": 8, "KNS-LD": 7},
    "training": {"CQS-TH": 70, "KNS-LD": 30},
}  # fmt: skip
# The peak day brings cashless payment and city transport to every squad; today brings the new services.
PEAK_EXTRAS = {"GTS-THE": 6, "GTS-BUS": 5, "GTS-TTGT": 5, "TTS-TK": 5, "TTS-QR": 2}
TODAY_EXTRAS = {"CDS-CAI": 12, "CDS-PA": 4, "KDS-ETX": 5, "ASX-SSK": 4, "KDS-CKS": 3, "KNS-LOP": 1}
# Work for agencies comes a few times a shift, not by the minute.
SLOW = {"advice", "software", "digitise", "training"}

RESULTS = {Result.DONE_SELF: 45, Result.DONE_ASSISTED: 36, Result.REFERRED: 11, Result.NOT_DONE: 8}
AGES = {AgeGroup.UNDER_16: 2, AgeGroup.FROM_16: 22, AgeGroup.FROM_31: 46, AgeGroup.FROM_60: 24, None: 6}
CHANNELS = {Channel.POINT: 93, Channel.HOME: 4, Channel.ONLINE: 3}
CHANNELS_MOBILE = {Channel.HOME: 70, Channel.POINT: 20, Channel.ONLINE: 10}
CHANNELS_ONLINE = {Channel.ONLINE: 1}
BENEFICIARIES = {None: 80, "Công nhân": 6, "Tiểu thương": 5, "Sinh viên, học sinh": 5, "Hộ kinh doanh": 4}
DONE = {Result.DONE_SELF, Result.DONE_ASSISTED}


class Line(NamedTuple):
    """One line of the phone: a service, how it went, for how many, and what it counts as."""

    service: str
    result: Result
    people: int
    metric: str | None = None
    quantity: int | None = None


def pick(rng: random.Random, weights: dict):
    return rng.choices(list(weights), list(weights.values()))[0]


def channels_of(work: str, *, has_point: bool) -> dict[Channel, int]:
    if work == "online":
        return CHANNELS_ONLINE
    return CHANNELS if has_point else CHANNELS_MOBILE


def mix_on(work: str, day: dt.date, *, is_peak: bool) -> dict[str, int]:
    """The services that a team of this ``work`` helps with on ``day``, all of them valid then."""
    mix = dict(MIXES[work])
    if work == "public" and is_peak:
        mix |= PEAK_EXTRAS
    if work == "public" and day >= REFORM:
        mix |= TODAY_EXTRAS
    known, valid = services(), {}
    for code, weight in mix.items():
        standing = code if known[code].is_valid_on(day) else known[code].replaced_by
        if standing:
            valid[standing] = weight
    return valid


def lines_of(service: str, rng: random.Random) -> list[Line]:
    """The lines that one piece of this service leaves: one for a citizen, two for a class."""
    return _SPECIAL.get(service, _one_citizen)(service, rng)


def _one_citizen(service: str, rng: random.Random) -> list[Line]:
    result = Result.REFERRED if service == "DDT-CA" else pick(rng, RESULTS)
    metric = services()[service].metric
    # As on the phone: a referral is counted where someone was referred, everything else where it was done.
    counted = metric and (result == Result.REFERRED if metric == "CT" else result in DONE)
    return [Line(service, result, 1, metric, 1) if counted else Line(service, result, 1)]


def _leaflets(service: str, rng: random.Random) -> list[Line]:
    people = rng.randint(1, 6)
    return [Line(service, Result.DONE_SELF, people, "TL", people + rng.randint(0, 6))]


def _talk(service: str, rng: random.Random) -> list[Line]:
    if rng.random() < 0.93:
        return _one_citizen(service, rng)
    people = rng.randint(5, 20)
    return [Line(service, Result.DONE_SELF, people, "HV", people)]


def _class(service: str, rng: random.Random) -> list[Line]:
    """The learners, and the class itself for nobody once more."""
    people = rng.randint(12, 40)
    return [Line(service, Result.DONE_SELF, people, "HV", people), Line(service, Result.DONE_SELF, 0, "LOP", 1)]


def _pages(service: str, rng: random.Random) -> list[Line]:
    return [Line(service, Result.DONE_ASSISTED, 0, "SH", rng.randint(20, 180))]


def _for_an_agency(service: str, rng: random.Random) -> list[Line]:
    """Software handed over, a question answered; now and then a citizen is at the table."""
    return [Line(service, Result.DONE_ASSISTED, rng.choice((0, 0, 0, 1, 2)), services()[service].metric, 1)]


_SPECIAL: dict[str, Callable[[str, random.Random], list[Line]]] = {
    "TTG-TL": _leaflets,
    "TTG-VHCV": _leaflets,
    "TTS-TDD": _leaflets,
    "KNS-LD": _talk,
    "KNS-LOP": _class,
    "CQS-TH": _class,
    "CQS-SH": _pages,
    "CQS-PM": _for_an_agency,
    "CQS-TV": _for_an_agency,
}
