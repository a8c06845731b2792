"""Where everything that was done comes in: ``POST /api/v1/sync/``, the leader's pages, and nothing else."""

from services_help.intake.ledger import ledger
from services_help.intake.receive import receive
from services_help.intake.results import ItemError, ItemResult, Status

__all__ = ["ItemError", "ItemResult", "Status", "ledger", "receive"]
