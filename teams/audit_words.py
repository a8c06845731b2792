"""What the audit trail says, in words: for each action a verb, a colour and a sentence.

A test holds that every action written anywhere has its words: a new one gets a line in ``VERBS`` of
``teams/audit_phrases.py`` (by its last word) or, where that says too little, in ``ACTIONS``.
"""

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.models import AuditEvent
from teams.audit_phrases import ACTIONS, OTHER, VERBS, Words


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
