"""Columns that follow from other columns."""

from collections.abc import Callable

from django.db import models
from django.utils import timezone

from core.vietnamese import fold


class Derived:
    """Written by ``pre_save`` from other columns of the row; nobody sets it."""


class DerivedTextField(Derived, models.TextField):
    """Text computed from other fields at each write, in ``bulk_create`` and ``bulk_update`` too.

    ``queryset.update()`` of a source field does not reach it; services write through ``save`` or the bulk methods.
    """

    def __init__(self, *sources: str, derive: Callable[[str], str] = fold, **kwargs):
        self.sources, self.derive = sources, derive
        kwargs |= {"editable": False, "default": ""}
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["default"]
        return name, path, list(self.sources), kwargs | {"derive": self.derive}

    def pre_save(self, instance, add):
        text = " ".join(str(getattr(instance, source) or "") for source in self.sources)
        value = self.derive(text)
        setattr(instance, self.attname, value)
        return value


class OffSinceField(Derived, models.DateField):
    """The day since when a switch of the row is off; none while it is on, and of rows that were off before any day was
    kept, until they are written again. Whichever way the row is written, as with ``DerivedTextField``.
    """

    def __init__(self, switch: str, **kwargs):
        self.switch = switch
        kwargs |= {"editable": False, "null": True}
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["null"]
        return name, path, [self.switch], kwargs

    def pre_save(self, instance, add):
        is_on = getattr(instance, self.switch)
        day = None if is_on else getattr(instance, self.attname) or timezone.localdate()
        setattr(instance, self.attname, day)
        return day
