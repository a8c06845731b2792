"""The leader's phone."""
