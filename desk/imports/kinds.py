"""The work on an uploaded file as jobs, one kind for each list: each has a right of its own."""

from teams.imports.lists import list_of
from teams.imports.working import job_kind

UNITS = job_kind(list_of("units"))
TEAMS = job_kind(list_of("teams"))
VOLUNTEERS = job_kind(list_of("volunteers"))
DEPLOYMENTS = job_kind(list_of("deployments"))
TARGETS = job_kind(list_of("targets"))
PAST_FIGURES = job_kind(list_of("past-figures"))
