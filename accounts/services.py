"""Accounts are made by staff; a password is shown once, to whoever set it."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import User
from accounts.sessions import end_all_sessions
from core import audit

# Without the letters and digits that are mistaken for one another on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def generate_password() -> str:
    """Four groups of four: about 80 bits, and still readable over the phone."""
    return "-".join("".join(secrets.choice(ALPHABET) for _letter in range(4)) for _group in range(4))


@transaction.atomic
def set_password(*, user: User, password: str | None, by, scope_unit: int | None = None) -> str:
    """Give ``user`` a new password (generated if none is given); its other sessions end. Returns the password."""
    if password:
        validate_password(password, user)
    password = password or generate_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    end_all_sessions(user=user, by=by, scope_unit=scope_unit)
    audit.record("accounts.password_set", by=by, target=user, scope_unit=scope_unit)
    return password
