"""Columns that follow from other columns."""

from collections.abc import Callable

from django.db import models

from core.vietnamese import fold


class DerivedTextField(models.TextField):
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
