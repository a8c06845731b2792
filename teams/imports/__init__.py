"""Units, teams and volunteers from Excel or CSV, and back: one set of columns for import, export and the template."""

from teams.imports.teams import TeamResource
from teams.imports.units import UnitResource
from teams.imports.volunteers import VolunteerResource

__all__ = ["TeamResource", "UnitResource", "VolunteerResource"]
