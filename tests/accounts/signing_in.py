"""Signing in as people do it: by the pages, with codes computed as an app computes them."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests import factories

LOGIN, CODE, FACTORS = "/login/", "/login/code/", "/second-factor/"


def code_of(secret: str, steps: int = 0) -> str:
    """What an app with this secret shows now, or some half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def give_app(user: User) -> str:
    """The secret of the app that ``user`` has from now on."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def give_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def by_password(user: User, client: Client | None = None, **fields) -> Client:
    client = client or Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0.0.0 Safari/537.36"})
    client.post(LOGIN, {"login": user.username, "password": factories.PASSWORD} | fields)
    return client


def by_app(user: User, secret: str) -> Client:
    client = by_password(user)
    forget_used_codes(user)
    assert client.post(CODE, {"code": code_of(secret)}).status_code == 302
    assert is_in(client)
    return client


def forget_used_codes(user: User) -> None:
    """Half a minute goes by for the price of nothing."""
    cache.clear()


def is_in(client: Client) -> bool:
    return SESSION_KEY in client.session


def kinds_of(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
