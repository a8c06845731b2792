"""How the REST interface describes itself."""

from drf_standardized_errors.openapi import AutoSchema


class ProblemAutoSchema(AutoSchema):
    pass
