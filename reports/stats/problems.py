"""Questions that cannot be answered, said so that the asker can put it right."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class BadQuery(DomainError):
    """Something is wrong with these parameters: ``{"by": "…"}``. One sentence each, naming what is allowed."""

    code = "invalid_parameter"
    status = 400

    def __init__(self, faults: dict[str, object], code: str = "invalid"):
        super().__init__("; ".join(f"{name}: {message}" for name, message in faults.items()))
        self.faults, self.fault_code = faults, code


class UnknownUnit(DomainError):
    """The same for a unit that is out of the caller's scope as for one that does not exist."""

    code = "unknown_unit"
    status = 404

    def __init__(self, unit: str):
        message = _("Không có đơn vị “%(unit)s”, hoặc bạn không được xem số liệu của đơn vị này.")
        super().__init__(message % {"unit": unit})


class TooManyRows(DomainError):
    code = "too_many_rows"
    status = 400

    def __init__(self, most: int):
        super().__init__(
            _(
                "Câu hỏi này có hơn %(most)s dòng trả lời. Hãy thu hẹp: bớt chiều ở “by”, rút ngắn thời gian,"
                " hoặc hỏi từng đơn vị."
            )
            % {"most": most}
        )
