"""Names of what the apps do for the layers below them, which cannot import it: settings, each read where it is used."""

# topic -> function that applies a set of outbox rows; see core/outbox.py
OUTBOX_HANDLERS = {
    "tallies.stale": "reports.tallies.keep_promises",
    "voids.parked": "reports.tallies.resolve_parked_voids",
    "campaigns.replanned": "services_help.intake.afterwards.assign_again",
}
# kind -> core.jobs.kinds.JobKind, for what takes longer than a request; see docs/jobs.md
JOB_HANDLERS = {"handout.passes": "desk.handout.kinds.PASSES", "handout.posters": "desk.handout.kinds.POSTERS"}
JOB_HANDLERS |= {f"report.{kind.lower()}": f"reports.official.issuing.{kind}" for kind in ("ISSUING", "PREVIEWING")}
# What goes on with the one successor of a unit that ends, with the column of its last day (teams/reorganising).
REORGANISATION_FOLLOWERS = {
    "teams.Volunteer.unit": None,
    "campaigns.SupportPoint.unit": "valid_to",
    "campaigns.Campaign.owner": "ends_on",
}
# What must not be left behind by a unit that ends, with the columns of its last day and of when it was lifted.
REORGANISATION_LOCKS = {"services_help.PeriodLock.unit": ("ends_on", "lifted_at")}
# Who says which changes of the tree would move figures of locked days (teams/locked_days.py).
TREE_KEEPER = "services_help.review.tree.LOCKED_PERIODS"
# What was done in a campaign: rows with a ``day`` (campaigns/services.py).
CAMPAIGN_WORK = "services_help.totals.work_of"
JOB_HANDLERS |= {
    f"reorganise.{name}": f"desk.reorganise.kinds.{name.upper()}" for name in ("preview", "execute", "undo")
}
# list -> teams.imports.lists.ImportList, for what comes in by a file; see docs/import.md
IMPORT_LISTS = {
    "units": "teams.imports.lists.UNITS",
    "teams": "teams.imports.lists.TEAMS",
    "volunteers": "teams.imports.lists.VOLUNTEERS",
    "deployments": "campaigns.imports.lists.DEPLOYMENTS",
    "targets": "campaigns.imports.lists.TARGETS",
    "past-figures": "campaigns.imports.lists.PAST_FIGURES",
}
JOB_HANDLERS |= {f"import.{name}": f"desk.imports.kinds.{name.upper().replace('-', '_')}" for name in IMPORT_LISTS}
JOB_HANDLERS |= {"trail.export": "desk.office.trail.taking_out.EXPORT"}
# --- what is kept for a time: name -> core.retention.kinds.Kind; see docs/administration.md ---------------------------
RETENTION_KINDS = {
    "scene_photos": "services_help.retention.PHOTOS",
    "attendances": "services_help.retention.ATTENDANCES",
    "volunteers": "services_help.retention.VOLUNTEERS",
    "device_reports": "services_help.retention.DEVICE_REPORTS",
    "audit_events": "core.retention.own.AUDIT",
    "jobs": "core.retention.own.JOBS",
    "sessions": "core.retention.own.SESSIONS",
}
