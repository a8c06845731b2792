"""Keys as the table holds them."""

import pytest
from django.db import IntegrityError, transaction

from teams.models import ApiToken
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
