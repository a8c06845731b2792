"""What the audit trail says, in words: for each action a verb, a colour and a sentence, and the details by their names.

A test holds that every action written anywhere has its words: a new one gets a line in ``VERBS`` of
``teams/audit_phrases.py`` (by its last word) or, where that says too little, in ``ACTIONS``.
"""

import datetime as dt
import re

from django.apps import apps
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.models import AuditEvent
from teams.audit_phrases import ACTIONS, OTHER, VERBS, WORDS, Words

ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def words_of(action: str) -> Words:
    return ACTIONS.get(action) or VERBS.get(verb_of(action)) or OTHER


def verb_of(action: str) -> str:
    """The last word: what a filter by verb goes by."""
    return action.rpartition("_")[2].rpartition(".")[2]


def sentence_of(event: AuditEvent) -> str:
    """The row as one sentence."""
    said = {
        "who": event.actor_label,
        "kind": kind_of(event.target_type).lower(),
        "what": event.target_label or kind_of(event.target_type),
    }
    return words_of(event.action).sentence % said


def model_of(target_type: str):
    """None: a kind of thing that the portal no longer knows, or a file."""
    try:
        return apps.get_model(target_type)
    except (LookupError, ValueError):
        return None


def kind_of(target_type: str) -> str:
    model = model_of(target_type)
    return name_of(model) if model else _("Tệp")


def name_of(model) -> str:
    return capfirst(str(model._meta.verbose_name))


# --- details ----------------------------------------------------------------------------------------------------------
def detail_lines(event: AuditEvent):
    """(what, words) of the stored details: columns by their names, before and after."""
    model = model_of(event.target_type)
    for field, values in event.data.get("changes", {}).items():
        before, after = values if isinstance(values, list) and len(values) == 2 else ("", values)
        yield column_name(model, field), f"{in_words(before)} → {in_words(after)}"
    for row in event.data.get("rows", []) if isinstance(event.data.get("rows"), list) else []:
        for verb in ("added", "changed", "deleted"):
            if verb in row:
                yield VERBS[verb].label, row[verb]
    for key, value in event.data.items():
        if key != "changes" and not isinstance(value, dict) and not (key == "rows" and isinstance(value, list)):
            yield column_name(model, key), in_words(value)


def column_name(model, field: str) -> str:
    fields = model._meta.get_fields() if model else ()
    known = {each.name: getattr(each, "verbose_name", None) for each in fields}
    return capfirst(str(WORDS.get(field) or known.get(field) or field))


def in_words(value) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if ISO_MOMENT.fullmatch(text := str(value)):
        return f"{timezone.localtime(dt.datetime.fromisoformat(text)):%H:%M:%S %d/%m/%Y}"
    return f"{dt.date.fromisoformat(text):%d/%m/%Y}" if ISO_DAY.fullmatch(text) else text
