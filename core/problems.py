"""RFC 9457 problem details for every error of the REST interface."""

from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler as standard_handler


class ProblemFormatter(ExceptionFormatter):
    pass


def exception_handler(exc, context):
    return standard_handler(exc, context)
