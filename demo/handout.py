"""What the demo hands to people and scripts: accounts, API keys and codes, in var/demo.json (readable by its owner)."""

import datetime as dt
import json
import os

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from demo.world import organisation, people, plans
from teams.authentication import digest_of
from teams.models import ApiToken, Team, Unit
from teams.permissions import Role, Scope
from teams.tokens import issue_token

TOKEN_DAYS = 365
READ = [Scope.STATS_READ, Scope.ORG_READ, Scope.SESSIONS_READ]
# name in demo.json -> (scopes, unit, team)
TOKENS: dict[str, tuple[list[Scope], str | None, str | None]] = {
    "stats_city": (READ, organisation.CITY, None),
    "stats_unit": (READ, organisation.BINH_CHANH, None),
    "logs_team": ([Scope.LOGS_WRITE], None, people.TEAM),
}


def demo_file():
    return settings.VAR_DIR / "demo.json"


def write(today: dt.date) -> dict:
    """Write var/demo.json anew. Keys that it holds and that still open the door are kept; others are issued."""
    handout = {
        "url": f"http://127.0.0.1:{settings.PORT}",
        "accounts": [
            {
                "username": account.username,
                "password": people.PASSWORD,
                "role": Role(account.role).value,
                "unit": account.unit or _unit_of(account.team),
            }
            for account in people.ACCOUNTS
        ],
        "tokens": _tokens(),
        "units": {"city": organisation.CITY, "binh_chanh": organisation.BINH_CHANH},
        "team": people.TEAM,
        "peak_day": plans.PEAK_DAY.isoformat(),
        "today": today.isoformat(),
        "campaigns": {"today": plans.TODAY, "peak": plans.PEAK, "youth_month": plans.YOUTH_MONTH},
    }
    _write_private(json.dumps(handout, ensure_ascii=False, indent=2) + "\n")
    return handout


def _unit_of(team_code: str) -> str:
    return next(seed.unit for seed in organisation.TEAMS if seed.code == team_code)


@transaction.atomic
def _tokens() -> dict[str, str]:
    known = _known_keys()
    owner = User.objects.get(username="demo.api")
    keys = {}
    for name, (scopes, unit, team) in TOKENS.items():
        if _still_opens(known.get(name)):
            keys[name] = known[name]
            continue
        _token, keys[name] = issue_token(
            name=f"Mẫu: {name}",
            scopes=scopes,
            expires_at=timezone.now() + dt.timedelta(days=TOKEN_DAYS),
            by=None,
            user=owner,
            unit=Unit.objects.get(code=unit, valid_from=organisation.SINCE) if unit else None,
            team=Team.objects.get(code=team, valid_from=organisation.SINCE) if team else None,
        )
    return keys


def _known_keys() -> dict[str, str]:
    try:
        return json.loads(demo_file().read_text(encoding="utf-8"))["tokens"]
    except (OSError, ValueError, KeyError):
        return {}


def _still_opens(key: str | None) -> bool:
    token = ApiToken.objects.filter(digest=digest_of(key)).first() if key else None
    return token is not None and token.is_usable


def _write_private(text: str) -> None:
    """In one step, so that nobody reads half a file, and never readable by others."""
    file = demo_file()
    draft = file.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(file)
