"""Số liệu của Cổng Xung Kích Số trong Python. The figures of the portal Xung Kích Số in Python: see README.md."""

from xungkichso._version import __version__
from xungkichso.answer import Answer, Freshness
from xungkichso.cache import DiskCache, MemoryCache
from xungkichso.errors import (
    BadQuestion,
    CannotConnect,
    Fault,
    FiguresMoved,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotThePortal,
    PortalError,
    Throttled,
    Unavailable,
    XungKichSoError,
)
from xungkichso.events import Event, Events
from xungkichso.explain import Explanation, Part
from xungkichso.portal import Portal
from xungkichso.question import Question
from xungkichso.schema import Dimension, Measure, Period, Schema
from xungkichso.units import Became, Line, Lineage, Placement, Unit

__all__ = [
    "Answer",
    "BadQuestion",
    "Became",
    "CannotConnect",
    "Dimension",
    "DiskCache",
    "Event",
    "Events",
    "Explanation",
    "Fault",
    "FiguresMoved",
    "Freshness",
    "Line",
    "Lineage",
    "Measure",
    "MemoryCache",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "NotThePortal",
    "Part",
    "Period",
    "Placement",
    "Portal",
    "PortalError",
    "Question",
    "Schema",
    "Throttled",
    "Unavailable",
    "Unit",
    "XungKichSoError",
    "__version__",
]
