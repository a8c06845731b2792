"""A row's columns as JSON holds them, to the microsecond, and back: for what notes how rows were, to restore them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models

type Image = dict[str, Any]


def plain(value):
    """As JSON holds it. Not Django's encoder, which cuts moments to milliseconds."""
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def image_of(row: models.Model) -> Image:
    """Every column of ``row``."""
    return {field.attname: plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def typed(model: type[models.Model], image: Mapping[str, Any]) -> Image:
    """The values of ``image`` as the model's columns hold them; it may have only some of the columns."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in image.items() if name in fields}
