"""The desk's tables in the admin; Django's admin finds them through this module."""

from desk.admin.rules import OutlierRuleAdmin

__all__ = ["OutlierRuleAdmin"]
