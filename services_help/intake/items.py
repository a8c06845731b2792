"""What can be said of an item without the database: its shape, and the sense of its values.

An item whose shape is right has a digest even when something else is wrong with it, so that one that is already held is
known again although the rules, the catalogue or the sender's rights have changed since.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from core.dated import DAY
from core.privacy import PersonalDataRefused, refuse_personal_data
from services_help.intake import fields
from services_help.intake.canonical import digest_of_item
from services_help.intake.results import ItemError, error
from services_help.models import AgeGroup, Channel, ItemKind, Result

REQUIRED = object()
# A clock may be set to another zone's time, but not further ahead than any zone is.
CLOCK_AHEAD = dt.timedelta(hours=26)
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LONGEST_SESSION = dt.timedelta(hours=36)
CODE = fields.text(40)

# field -> (parser, default)
SHAPES: dict[str, dict[str, tuple[fields.Parser, object]]] = {
    ItemKind.SESSION: {
        "team": (CODE, REQUIRED),
        "day": (fields.day, REQUIRED),
        "point": (CODE, None),
        "started_at": (fields.moment, REQUIRED),
        "ended_at": (fields.moment, None),
        "note": (fields.text(1000), ""),
    },
    ItemKind.LOG: {
        "session": (fields.uuid, REQUIRED),
        "service": (CODE, REQUIRED),
        "result": (fields.choice("bad_result", Result.values), REQUIRED),
        "people": (fields.integer(0, 5000), REQUIRED),
        "same_visit": (fields.flag, False),
        "quantity": (fields.integer(0, 1_000_000), None),
        "metric": (CODE, None),
        "age_group": (fields.choice("bad_age_group", AgeGroup.values), None),
        "beneficiary": (fields.text(40), None),
        "channel": (fields.choice("bad_channel", Channel.values), Channel.POINT.value),
        "happened_at": (fields.moment, REQUIRED),
    },
    ItemKind.ATTENDANCE: {
        "session": (fields.uuid, REQUIRED),
        "volunteer": (CODE, REQUIRED),
        "minutes": (fields.integer(0, 24 * 60), None),
    },
    ItemKind.VOID: {
        "target": (fields.uuid, REQUIRED),
        "reason": (fields.text(300), REQUIRED),
    },
}


@dataclass(frozen=True, slots=True)
class Item:
    # Its place in the batch: answers go out in the order sent.
    index: int
    sent_id: str | None
    # None: the shape is wrong, there is no content to speak of; what follows is then empty too. Such an item is
    # answered first of all, so every later step may take these for granted: `Any` says that it need not ask again.
    kind: Any = None
    id: Any = None
    values: Any = None
    digest: Any = None
    errors: tuple[ItemError, ...] = ()

    def refused(self, *errors: ItemError) -> "Item":
        return replace(self, errors=self.errors + errors) if errors else self


def parse(index: int, raw, now: dt.datetime) -> Item:
    if type(raw) is not dict:
        return Item(index, None, errors=(error("wrong_type"),))
    sent_id = raw.get("id")
    item = Item(index, sent_id if type(sent_id) is str else None)
    kind: Any = raw.get("type")
    shape = SHAPES.get(kind) if type(kind) is str else None
    if shape is None:
        return item.refused(error("unknown_type" if kind else "missing", "type"))
    values, errors = _read({"id": (fields.uuid, REQUIRED), **shape}, raw)
    if errors:
        return item.refused(*errors)
    id = values.pop("id")
    digest = digest_of_item(kind, id, values)
    return Item(index, item.sent_id, kind, id, values, digest, tuple(_SENSE[kind](values, now)))


def _read(shape: dict, raw: dict) -> tuple[dict, list[ItemError]]:
    values = {}
    errors = [
        error("unknown_field", name[:60], field=name[:60]) for name in raw if name not in shape and name != "type"
    ]
    for name, (parser, default) in shape.items():
        value = raw.get(name)
        # A form sends "" for what was left open.
        if value is None or value == "":
            if default is REQUIRED:
                errors.append(error("missing", name))
            values[name] = default
            continue
        try:
            values[name] = parser(value)
        except fields.Refused as refused:
            errors.append(error(refused.code, name, **refused.params))
            continue
        if values[name] == "":  # nothing but white space
            if default is REQUIRED:
                errors.append(error("missing", name))
            values[name] = default
    return values, errors


def _sense_of_session(values: dict, now: dt.datetime) -> Iterator[ItemError]:
    if values["day"] > timezone.localdate(now) + DAY:
        yield error("in_the_future", "day")
    if values["day"] < EARLIEST.date():
        yield error("too_long_ago", "day")
    yield from _sense_of_time("started_at", values, now)
    yield from _sense_of_time("ended_at", values, now)
    if values["ended_at"] is not None:
        if values["ended_at"] < values["started_at"]:
            yield error("ends_before_start", "ended_at")
        elif values["ended_at"] - values["started_at"] > LONGEST_SESSION:
            yield error("session_too_long", "ended_at", hours=LONGEST_SESSION // dt.timedelta(hours=1))
    yield from _no_personal_data("note", values)


def _sense_of_log(values: dict, now: dt.datetime) -> Iterator[ItemError]:
    yield from _sense_of_time("happened_at", values, now)
    if values["same_visit"] and values["people"] < 1:
        yield error("same_visit_without_people", "people")
    if (values["quantity"] is None) != (values["metric"] is None):
        yield error("quantity_without_metric", "metric" if values["metric"] is None else "quantity")
    yield from _no_personal_data("beneficiary", values)


def _sense_of_attendance(_values: dict, _now: dt.datetime) -> Iterator[ItemError]:
    return iter(())


def _sense_of_void(values: dict, _now: dt.datetime) -> Iterator[ItemError]:
    yield from _no_personal_data("reason", values)


_SENSE = {
    ItemKind.SESSION: _sense_of_session,
    ItemKind.LOG: _sense_of_log,
    ItemKind.ATTENDANCE: _sense_of_attendance,
    ItemKind.VOID: _sense_of_void,
}


def _sense_of_time(name: str, values: dict, now: dt.datetime) -> Iterator[ItemError]:
    moment = values[name]
    if moment is None:
        return
    if moment > now + CLOCK_AHEAD:
        yield error("in_the_future", name)
    elif moment < EARLIEST:
        yield error("too_long_ago", name)


def _no_personal_data(name: str, values: dict) -> Iterator[ItemError]:
    if values[name]:
        try:
            refuse_personal_data(values[name])
        except PersonalDataRefused as refusal:
            yield error("personal_data", name, why=refusal.message)
