"""The goals of the city's digital-transformation programme that campaigns can serve (data/programme_goals.json)."""

import json

from campaigns.models import ProgrammeGoal
from core.models import Revision
from core.reference import DATA_DIR, upsert

SOURCE = "Quyết định 2393/QĐ-UBND ngày 03/7/2020 (tóm lược của cổng, không phải nguyên văn)"


def load_goals() -> int:
    """Bring the goals up to date; returns the number of rows that changed. Call it in a transaction."""
    goals = json.loads((DATA_DIR / "programme_goals.json").read_text(encoding="utf-8"))
    changed = upsert(ProgrammeGoal, [goal | {"source": SOURCE} for goal in goals], key=("code",))
    if changed:
        Revision.bump("campaigns")
    return changed
