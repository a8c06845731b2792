"""The tables of the desk; Django finds an app's models through this module."""

from desk.office.models import ExportAlarm  # noqa: F401
from desk.outliers.models import Examination, OutlierRule, SessionFlag  # noqa: F401
