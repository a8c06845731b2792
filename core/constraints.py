"""Small builders of database constraints, so that each rule reads as one line in a model."""

from django.db.models import CheckConstraint, Q


def all_or_none(name: str, *fields: str, message=None) -> CheckConstraint:
    """Either every one of ``fields`` is set or none is; ``message`` says so to who fills in a form."""
    empty = Q(**{f"{field}__isnull": True for field in fields})
    filled = Q(**{f"{field}__isnull": False for field in fields})
    return CheckConstraint(name=name, condition=empty | filled, violation_error_message=message)


def exactly_one(name: str, first: str, second: str) -> CheckConstraint:
    """One of the two is set, never both, never neither."""
    return CheckConstraint(name=name, condition=Q(**{f"{first}__isnull": True}) ^ Q(**{f"{second}__isnull": True}))


def one_of(name: str, field: str, values) -> CheckConstraint:
    """``choices`` only guards forms; this guards the table."""
    return CheckConstraint(name=name, condition=Q(**{f"{field}__in": list(values)}))
