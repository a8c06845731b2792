"""What lists a file may fill: ``IMPORT_LISTS`` in the settings names one :class:`ImportList` for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from teams.access import Access
from teams.imports.base import FileResource
from teams.imports.cells import Cell
from teams.imports.teams import TeamResource
from teams.imports.units import UnitResource
from teams.imports.volunteers import VolunteerResource
from teams.permissions import Right


@dataclass(frozen=True)
class ImportList:
    title: Any  # lazy words
    right: Right
    # A resource is used up by each reading.
    resource: Callable[[Access, Any], FileResource]
    # The columns, with what can be chosen.
    guide: Callable[[FileResource], list[Cell]] = lambda resource: resource.guide()
    # Where the list is one of a thing: that thing, if the caller sees it and may fill its list; None if he sees it not.
    subject: Callable[[Access, int], Any] | None = None


def list_of(name: str) -> ImportList:
    return import_string(settings.IMPORT_LISTS[name])


def all_lists() -> dict[str, ImportList]:
    return {name: list_of(name) for name in settings.IMPORT_LISTS}


def rights() -> dict[str, Right]:
    """List to right."""
    return {name: found.right for name, found in all_lists().items()}


UNITS = ImportList(_("Đơn vị Đoàn"), UnitResource.right, lambda access, _subject: UnitResource(access))
TEAMS = ImportList(_("Đội hình"), TeamResource.right, lambda access, _subject: TeamResource(access))
VOLUNTEERS = ImportList(_("Tình nguyện viên"), VolunteerResource.right, lambda access, _s: VolunteerResource(access))
