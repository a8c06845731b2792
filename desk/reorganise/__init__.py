"""Pages of reorganisations: prepare, try out, approve, carry out, undo (teams/reorganising does the work)."""
