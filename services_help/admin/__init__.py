"""The staff's admin of the catalogue and of what was logged."""

from services_help.admin import catalogue, deadlines, devices, records

__all__ = ["catalogue", "deadlines", "devices", "records"]
