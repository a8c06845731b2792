"""The pages, by what the leader is doing. GET never writes; each POST is one call of the intake, then a redirect."""
