"""The trail is written in the transaction of what it tells of, or not at all."""

import pytest

from core import audit
from core.models import AuditEvent
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_audit_outside_a_transaction_is_refused():
    user = factories.user()
    with pytest.raises(RuntimeError, match="needs the transaction"):
        audit.record("accounts.user_changed", by=user, target=user)
    with pytest.raises(RuntimeError, match="needs the transaction"):
        audit.record_many([("accounts.user_changed", user, None, {})], by=user)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_audit_of_many_says_of_each_what_one_would_say(django_assert_num_queries):
    first, second = factories.user("a"), factories.user("b")
    with django_assert_num_queries(1):
        audit.record_many(
            [("accounts.user_added", first, 7, {"file": "x"}), ("accounts.user_changed", second, None, {})], by=first
        )
    audit.record("accounts.user_added", by=first, target=first, scope_unit=7, file="x")
    added, changed, single = AuditEvent.objects.order_by("pk")
    compared = ("actor", "actor_label", "action", "target_type", "target_id", "target_label", "scope_unit", "data")
    assert [getattr(added, name) for name in compared] == [getattr(single, name) for name in compared]
    assert (changed.action, changed.target_id, changed.scope_unit, changed.data) == (
        "accounts.user_changed",
        str(second.pk),
        None,
        {},
    )
