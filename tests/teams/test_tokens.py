"""Keys as the table holds them, and how long they may last."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.dated import DAY, today
from core.errors import DomainError
from teams.models import ApiToken
from teams.tokens import issue_token
from tests import factories


def test_key_opens_one_token_only(world):
    token, _key = factories.token("stats:read", unit=world.city)

    with pytest.raises(IntegrityError, match="apitoken_digest"), transaction.atomic():
        ApiToken.objects.create(
            name="bản sao",
            user=world.nobody,
            prefix="khac",
            digest=token.digest,
            unit=world.city,
            scopes=["stats:read"],
            expires_at=token.expires_at,
        )


def issued(world, days: int) -> ApiToken:
    end = timezone.now() + dt.timedelta(days=days)
    about = {"name": "Bảng số", "scopes": ["stats:read"], "unit": world.city, "by": world.city_staff}
    return issue_token(expires_at=end, **about)[0]


def test_no_key_lasts_longer_than_the_setting_says(world, settings):
    settings.API_KEY_DAYS = 90
    assert issued(world, days=90).is_usable
    with pytest.raises(DomainError, match="nhiều nhất 90 ngày") as refused:
        issued(world, days=91)
    assert f"{today() + 90 * DAY:%d/%m/%Y}" in str(refused.value)
