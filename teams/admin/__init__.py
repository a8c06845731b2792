"""The staff's admin of the organisation, of accounts and of the audit trail."""

from teams.admin import areas, audit, rights, teams, units, users

__all__ = ["areas", "audit", "rights", "teams", "units", "users"]
