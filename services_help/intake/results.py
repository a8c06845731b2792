"""What the intake answers, and every reason for which it refuses an item.

A code is stable: programs decide by it. The message is for the person who holds the phone; it says what to do next.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Status(StrEnum):
    STORED = "stored"
    REPLAYED = "replayed"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ItemError:
    code: str
    # JSON pointer within the item ("" is the item itself): it stays true however a batch is split.
    pointer: str
    detail: str
    # A conflict shows both digests.
    held: str | None = None
    sent: str | None = None

    def as_json(self) -> dict:
        body = {"code": self.code, "pointer": self.pointer, "detail": self.detail}
        return body | {"held": self.held, "sent": self.sent} if self.held else body


@dataclass(frozen=True, slots=True)
class ItemResult:
    # As it was sent, so that the device finds its item again.
    id: str | None
    status: Status
    # Of what the server holds under this id after the call; None: it holds nothing.
    digest: str | None = None
    errors: tuple[ItemError, ...] = field(default=())
    # Kept, but its period is locked: it counts only once staff accept it.
    late: bool = False

    def as_json(self) -> dict:
        body = {
            "id": self.id,
            "status": self.status.value,
            "digest": self.digest,
            "errors": [error.as_json() for error in self.errors],
        }
        return body | {"late": True} if self.late else body


LABELS = {
    "": _("mục"),
    "type": _("loại mục"),
    "id": _("mã mục"),
    "team": _("đội hình"),
    "day": _("ngày"),
    "point": _("điểm hỗ trợ"),
    "started_at": _("giờ mở ca"),
    "ended_at": _("giờ đóng ca"),
    "note": _("ghi chú"),
    "session": _("ca hỗ trợ"),
    "service": _("dịch vụ"),
    "result": _("kết quả"),
    "people": _("số người"),
    "same_visit": _("cùng người dân"),
    "quantity": _("số lượng"),
    "metric": _("chỉ số"),
    "age_group": _("nhóm tuổi"),
    "beneficiary": _("nhóm đối tượng"),
    "channel": _("hình thức"),
    "happened_at": _("giờ hỗ trợ"),
    "volunteer": _("tình nguyện viên"),
    "minutes": _("số phút"),
    "target": _("mục bị hủy"),
    "reason": _("lý do"),
}

MESSAGES = {
    # --- shape ---
    "missing": _("Thiếu %(label)s. Hãy điền rồi gửi lại."),
    "wrong_type": _("%(Label)s không đúng kiểu dữ liệu. Hãy cập nhật ứng dụng rồi gửi lại."),
    "unknown_type": _("Cổng không nhận loại mục này. Hãy cập nhật ứng dụng rồi gửi lại."),
    "unknown_field": _("Cổng không có chỗ lưu “%(field)s”. Hãy bỏ phần này hoặc cập nhật ứng dụng rồi gửi lại."),
    "bad_uuid": _("%(Label)s không phải là UUID. Hãy cập nhật ứng dụng rồi gửi lại."),
    "bad_date": _("%(Label)s phải là một ngày dạng năm-tháng-ngày, ví dụ 2026-03-26."),
    "bad_time": _("%(Label)s phải là thời điểm ISO 8601 có múi giờ, ví dụ 2026-03-26T07:30:00+07:00."),
    "bad_text": _("%(Label)s có ký tự điều khiển không đọc được. Hãy gõ lại rồi gửi."),
    "too_long": _("%(Label)s dài quá %(limit)s ký tự. Hãy viết ngắn lại."),
    "out_of_range": _("%(Label)s phải từ %(low)s đến %(high)s. Hãy sửa rồi gửi lại."),
    "bad_result": _("Không có kết quả này. Hãy chọn lại kết quả rồi gửi."),
    "bad_age_group": _("Không có nhóm tuổi này. Hãy chọn lại nhóm tuổi hoặc để trống."),
    "bad_channel": _("Không có hình thức này. Hãy chọn lại: tại điểm, tại nhà hoặc trực tuyến."),
    # --- sense ---
    "in_the_future": _("%(Label)s ở tương lai. Hãy chỉnh lại đồng hồ của máy rồi gửi lại."),
    "too_long_ago": _("%(Label)s trước năm 2000. Hãy chỉnh lại đồng hồ của máy rồi gửi lại."),
    "ends_before_start": _("Giờ đóng ca trước giờ mở ca. Hãy kiểm tra lại hai giờ này."),
    "session_too_long": _("Ca kéo dài quá %(hours)s giờ. Hãy kiểm tra lại giờ mở ca và đóng ca."),
    "personal_data": "%(why)s",
    "nothing_done": _("Số người là 0 thì phải có số lượng kết quả. Hãy nhập số người hoặc số lượng."),
    "same_visit_without_people": _("“Cùng người dân” thì số người phải từ 1. Hãy sửa số người."),
    "quantity_without_metric": _("Số lượng và chỉ số phải đi cùng nhau. Hãy nhập cả hai hoặc bỏ cả hai."),
    "bad_metric": _("Dịch vụ này không tính theo chỉ số “%(metric)s”. Hãy chọn chỉ số của dịch vụ."),
    # --- what the server knows; what is another's is said to be unknown ---
    "unknown_team": _(
        "Vào ngày %(day)s không có đội hình “%(code)s” mà bạn được ghi. Hãy kiểm tra mã và ngày, hoặc hỏi cán bộ Đoàn."
    ),
    "unknown_point": _("Vào ngày %(day)s không có điểm hỗ trợ “%(code)s”. Hãy chọn điểm khác hoặc để trống."),
    "unknown_session": _("Cổng chưa có ca hỗ trợ này. Hãy gửi ca trước hoặc cùng lúc với lượt."),
    "unknown_service": _("Không có dịch vụ “%(code)s”. Hãy tải lại danh mục dịch vụ rồi chọn lại."),
    "service_is_group": _("“%(code)s” là một nhóm dịch vụ. Hãy chọn một dịch vụ trong nhóm."),
    "service_not_valid_on_day": _(
        "Dịch vụ “%(service)s” không còn hoặc chưa có vào ngày %(day)s. Hãy chọn dịch vụ khác."
    ),
    "unknown_volunteer": _(
        "Vào ngày %(day)s đội hình và đơn vị không có tình nguyện viên “%(code)s”. "
        "Hãy kiểm tra mã hoặc hỏi cán bộ Đoàn."
    ),
    "already_present": _("Tình nguyện viên “%(code)s” đã được điểm danh trong ca này. Không cần gửi lại."),
    "unknown_target": _("Cổng không có mục cần hủy mà bạn được ghi. Hãy kiểm tra lại mục đã chọn."),
    "not_voidable": _("Không hủy được một lần hủy. Hãy ghi lại mục đã hủy nếu cần."),
    "not_storable": _("Cổng không lưu được mục này; các mục khác vẫn được lưu. Hãy báo cho cán bộ Đoàn phụ trách."),
    # --- the one error of a conflict ---
    "id_taken": _(
        "Cổng đang giữ một nội dung khác dưới mã này và không thay đổi gì. "
        "Hãy hủy mục cũ nếu cần, rồi ghi thành mục mới."
    ),
}


def error(code: str, name: str = "", /, **params) -> ItemError:
    """``name`` is the field at fault; "" the item as a whole."""
    label = str(LABELS.get(name, name))
    params |= {"label": label, "Label": label[:1].upper() + label[1:]}
    return ItemError(code, f"/{_escaped(name)}" if name else "", str(MESSAGES[code]) % params)


def conflict(held: str, sent: str) -> ItemError:
    return ItemError("id_taken", "/id", str(MESSAGES["id_taken"]), held=held, sent=sent)


def _escaped(name: str) -> str:
    """As RFC 6901 says."""
    return name.replace("~", "~0").replace("/", "~1")
