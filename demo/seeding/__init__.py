"""Puts the demo world of demo/world into the database."""

import datetime as dt

from django.db import transaction

from core.models import Revision
from demo import guard
from demo.seeding import organisation, plans, reform
from demo.seeding.rows import Added
from demo.seeding.state import State
from services_help.reference import load_reference
from teams.tree import lock_tree, rebuild_ancestry


@transaction.atomic
def seed(today: dt.date) -> Added:
    """Make the demo world stand, with days of work around ``today``; returns what was added (again: nothing)."""
    guard.refuse_real_data()
    lock_tree()
    load_reference()
    state = State(today)
    for add in (
        organisation.add_units,
        organisation.add_teams,
        organisation.add_volunteers,
        organisation.add_accounts,
        plans.add_points,
        plans.add_campaigns,
        reform.carry_out,
        reform.appoint,
        plans.add_deployments,
        plans.add_targets,
    ):
        add(state)
    if state.added:
        rebuild_ancestry()
        Revision.bump("campaigns")
        guard.mark(**state.added)
    return state.added
