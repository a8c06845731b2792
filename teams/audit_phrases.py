"""The tables of the trail's words: by the last word of an action, by whole actions, and the names of details."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from teams.permissions import Role, Scope


@dataclass(frozen=True)
class Words:
    label: Any
    colour: str  # success, info, warning, danger, default
    # Who did what to which kind of thing, of which name.
    sentence: Any


# By the last word of an action.
VERBS = {
    "added": Words(pgettext_lazy("audit", "Thêm"), "success", gettext_lazy("%(who)s đã thêm %(kind)s “%(what)s”.")),
    "changed": Words(pgettext_lazy("audit", "Sửa"), "info", gettext_lazy("%(who)s đã sửa %(kind)s “%(what)s”.")),
    "deleted": Words(pgettext_lazy("audit", "Xóa"), "danger", gettext_lazy("%(who)s đã xóa %(kind)s “%(what)s”.")),
    "imported": Words(
        pgettext_lazy("audit", "Nhập từ tệp"),
        "info",
        gettext_lazy("%(who)s đã nhập danh sách %(kind)s từ tệp “%(what)s”."),
    ),
    "exported": Words(
        pgettext_lazy("audit", "Xuất ra tệp"), "warning", gettext_lazy("%(who)s đã xuất %(kind)s ra tệp “%(what)s”.")
    ),
    "taken": Words(pgettext_lazy("audit", "Tải tệp"), "warning", gettext_lazy("%(who)s đã tải tệp “%(what)s”.")),
    "seen": Words(pgettext_lazy("audit", "Xem"), "default", gettext_lazy("%(who)s đã xem %(kind)s “%(what)s”.")),
    "voided": Words(pgettext_lazy("audit", "Hủy"), "danger", gettext_lazy("%(who)s đã hủy %(kind)s “%(what)s”.")),
    "placed": Words(
        pgettext_lazy("audit", "Đặt vào đơn vị cấp trên"),
        "warning",
        gettext_lazy("%(who)s đã đặt %(kind)s “%(what)s” vào đơn vị cấp trên."),
    ),
    "moved": Words(
        pgettext_lazy("audit", "Chuyển đơn vị"),
        "warning",
        gettext_lazy("%(who)s đã chuyển %(kind)s “%(what)s” sang đơn vị khác."),
    ),
    "appointed": Words(
        pgettext_lazy("audit", "Phân quyền"), "warning", gettext_lazy("%(who)s đã phân quyền: “%(what)s”.")
    ),
    "ended": Words(
        pgettext_lazy("audit", "Kết thúc phân quyền"),
        "warning",
        gettext_lazy("%(who)s đã kết thúc phân quyền “%(what)s”."),
    ),
    "withdrawn": Words(
        pgettext_lazy("audit", "Rút lại phân quyền"),
        "warning",
        gettext_lazy("%(who)s đã rút lại phân quyền “%(what)s”."),
    ),
    "issued": Words(pgettext_lazy("audit", "Cấp"), "success", gettext_lazy("%(who)s đã cấp %(kind)s “%(what)s”.")),
    "revoked": Words(
        pgettext_lazy("audit", "Thu hồi"), "danger", gettext_lazy("%(who)s đã thu hồi %(kind)s “%(what)s”.")
    ),
    "redeemed": Words(
        pgettext_lazy("audit", "Quét thẻ"), "info", gettext_lazy("%(who)s đã đăng nhập bằng thẻ “%(what)s”.")
    ),
    "cancelled": Words(
        pgettext_lazy("audit", "Hủy phân công"), "danger", gettext_lazy("%(who)s đã hủy phân công “%(what)s”.")
    ),
    "closed": Words(pgettext_lazy("audit", "Đóng ca"), "info", gettext_lazy("%(who)s đã đóng ca “%(what)s”.")),
    "set": Words(
        pgettext_lazy("audit", "Đặt mật khẩu"), "warning", gettext_lazy("%(who)s đã đặt mật khẩu cho “%(what)s”.")
    ),
    "loaded": Words(
        pgettext_lazy("audit", "Nạp dữ liệu nền"), "info", gettext_lazy("%(who)s đã nạp dữ liệu nền: “%(what)s”.")
    ),
    "removed": Words(pgettext_lazy("audit", "Gỡ"), "danger", gettext_lazy("%(who)s đã gỡ %(kind)s “%(what)s”.")),
    "stored": Words(pgettext_lazy("audit", "Gửi lên"), "info", gettext_lazy("%(who)s đã gửi %(kind)s “%(what)s”.")),
    "ordered": Words(
        pgettext_lazy("audit", "Giao việc"), "info", gettext_lazy("%(who)s đã giao máy chủ việc “%(what)s”.")
    ),
    "stopped": Words(pgettext_lazy("audit", "Dừng việc"), "warning", gettext_lazy("%(who)s đã dừng “%(what)s”.")),
    "repeated": Words(
        pgettext_lazy("audit", "Làm lại việc"), "info", gettext_lazy("%(who)s đã cho làm lại việc “%(what)s”.")
    ),
    "retried": Words(
        pgettext_lazy("audit", "Thử lại"), "info", gettext_lazy("%(who)s đã cho thử lại ngay: “%(what)s”.")
    ),
    "seeded": Words(
        pgettext_lazy("audit", "Nạp dữ liệu mẫu"), "info", gettext_lazy("%(who)s đã nạp dữ liệu mẫu vào “%(what)s”.")
    ),
    "keyed": Words(
        pgettext_lazy("audit", "Cấp thẻ cho máy mẫu"),
        "info",
        gettext_lazy("%(who)s đã cấp thẻ cho các máy mẫu của “%(what)s”."),
    ),
    "settled": Words(pgettext_lazy("audit", "Xử lý"), "success", gettext_lazy("%(who)s đã xử lý %(kind)s “%(what)s”.")),
    "approved": Words(pgettext_lazy("audit", "Duyệt"), "success", gettext_lazy("%(who)s đã duyệt ca “%(what)s”.")),
    "returned": Words(pgettext_lazy("audit", "Trả lại"), "warning", gettext_lazy("%(who)s đã trả lại ca “%(what)s”.")),
    "answered": Words(
        pgettext_lazy("audit", "Trả lời"), "info", gettext_lazy("%(who)s đã trả lời người duyệt về ca “%(what)s”.")
    ),
    "reopened": Words(
        pgettext_lazy("audit", "Mở lại"), "warning", gettext_lazy("%(who)s đã mở lại ca “%(what)s” để xem xét.")
    ),
    "adjusted": Words(
        pgettext_lazy("audit", "Điều chỉnh"), "warning", gettext_lazy("%(who)s đã điều chỉnh ca đã khóa “%(what)s”.")
    ),
    "locked": Words(pgettext_lazy("audit", "Khóa kỳ"), "warning", gettext_lazy("%(who)s đã khóa kỳ “%(what)s”.")),
    "lifted": Words(pgettext_lazy("audit", "Mở khóa kỳ"), "danger", gettext_lazy("%(who)s đã mở khóa kỳ “%(what)s”.")),
    "declined": Words(
        pgettext_lazy("audit", "Không nhận"), "warning", gettext_lazy("%(who)s đã không nhận %(kind)s “%(what)s”.")
    ),
    "held": Words(pgettext_lazy("audit", "Tạm giữ"), "warning", gettext_lazy("%(who)s đã tạm giữ dữ liệu “%(what)s”.")),
    "released": Words(
        pgettext_lazy("audit", "Thôi tạm giữ"), "warning", gettext_lazy("%(who)s đã thôi tạm giữ dữ liệu “%(what)s”.")
    ),
    "anonymised": Words(pgettext_lazy("audit", "Ẩn danh"), "danger", gettext_lazy("%(who)s đã ẩn danh một %(kind)s.")),
    "undone": Words(
        pgettext_lazy("audit", "Hoàn tác"), "warning", gettext_lazy("%(who)s đã hoàn tác %(kind)s “%(what)s”.")
    ),
    "uploaded": Words(
        pgettext_lazy("audit", "Tải tệp lên"), "info", gettext_lazy("%(who)s đã tải lên tệp “%(what)s” để nhập.")
    ),
    "retired": Words(
        pgettext_lazy("audit", "Thôi dùng"), "warning", gettext_lazy("%(who)s đã thôi dùng %(kind)s “%(what)s”.")
    ),
    "published": Words(
        pgettext_lazy("audit", "Phát hành"), "success", gettext_lazy("%(who)s đã phát hành %(kind)s “%(what)s”.")
    ),
    "decided": Words(
        pgettext_lazy("audit", "Quyết định"), "warning", gettext_lazy("%(who)s đã quyết định về %(kind)s “%(what)s”.")
    ),
    "discarded": Words(
        pgettext_lazy("audit", "Bỏ bản soạn"), "warning", gettext_lazy("%(who)s đã bỏ %(kind)s “%(what)s”.")
    ),
    "executed": Words(
        pgettext_lazy("audit", "Thực hiện"), "danger", gettext_lazy("%(who)s đã thực hiện %(kind)s “%(what)s”.")
    ),
    "made": Words(pgettext_lazy("audit", "Lập"), "success", gettext_lazy("%(who)s đã lập %(kind)s “%(what)s”.")),
    "previewed": Words(
        pgettext_lazy("audit", "Chạy thử"), "info", gettext_lazy("%(who)s đã chạy thử %(kind)s “%(what)s”.")
    ),
    "opened": Words(pgettext_lazy("audit", "Mở"), "success", gettext_lazy("%(who)s đã mở %(kind)s “%(what)s”.")),
    "renamed": Words(
        pgettext_lazy("audit", "Đổi tên"), "warning", gettext_lazy("%(who)s đã đổi tên %(kind)s “%(what)s”.")
    ),
    "deactivated": Words(
        pgettext_lazy("audit", "Khóa tài khoản"),
        "danger",
        gettext_lazy("%(who)s đã khóa tài khoản “%(what)s” và thu mọi quyền truy cập."),
    ),
    "reactivated": Words(
        pgettext_lazy("audit", "Mở tài khoản"), "warning", gettext_lazy("%(who)s đã mở lại tài khoản “%(what)s”.")
    ),
}
# Where the last word says too little, or something else.
ACTIONS = {
    "services_help.session_fell_back": Words(
        pgettext_lazy("audit", "Trở lại tạm tính"),
        "warning",
        gettext_lazy("Ca “%(what)s” có thay đổi sau khi duyệt nên trở lại tạm tính (%(who)s gửi)."),
    ),
    "services_help.session_planned": Words(
        pgettext_lazy("audit", "Tính vào chiến dịch"),
        "info",
        gettext_lazy("Ca “%(what)s” được tính vào chiến dịch theo kế hoạch mà %(who)s lập sau khi ca đã gửi."),
    ),
    "services_help.campaign_services_set": Words(
        pgettext_lazy("audit", "Chọn dịch vụ"), "info", gettext_lazy("%(who)s đã chọn dịch vụ cho “%(what)s”.")
    ),
    "teams.volunteer_data_exported": Words(
        pgettext_lazy("audit", "Xuất dữ liệu một người"),
        "warning",
        gettext_lazy("%(who)s đã xuất mọi dữ liệu của tình nguyện viên “%(what)s”."),
    ),
    "core.auditevent_exported": Words(
        pgettext_lazy("audit", "Xuất nhật ký"), "warning", gettext_lazy("%(who)s đã xuất nhật ký: “%(what)s”.")
    ),
    "core.auditevent_seen": Words(
        pgettext_lazy("audit", "Xem nhật ký"), "default", gettext_lazy("%(who)s đã xem nhật ký kiểm tra.")
    ),
    "core.retentionrule_changed": Words(
        pgettext_lazy("audit", "Sửa thời hạn lưu giữ"),
        "warning",
        gettext_lazy("%(who)s đã sửa thời hạn lưu giữ của “%(what)s”."),
    ),
    "tallies.verify_ordered": Words(
        pgettext_lazy("audit", "Giao đối soát"), "info", gettext_lazy("%(who)s đã giao đối soát số liệu: “%(what)s”.")
    ),
    "tallies.rebuild_ordered": Words(
        pgettext_lazy("audit", "Giao tính lại"), "info", gettext_lazy("%(who)s đã giao tính lại số liệu: “%(what)s”.")
    ),
    "accounts.signed_in": Words(pgettext_lazy("audit", "Đăng nhập"), "default", gettext_lazy("%(who)s đã đăng nhập.")),
    "accounts.signed_out": Words(pgettext_lazy("audit", "Đăng xuất"), "default", gettext_lazy("%(who)s đã đăng xuất.")),
    "accounts.sign_in_refused": Words(
        pgettext_lazy("audit", "Đăng nhập bị từ chối"),
        "warning",
        gettext_lazy("Có người đăng nhập vào tài khoản “%(what)s” nhưng bị từ chối."),
    ),
    "accounts.code_refused": Words(
        pgettext_lazy("audit", "Mã xác thực sai"),
        "warning",
        gettext_lazy("Có người nhập sai mã xác thực của tài khoản “%(what)s”."),
    ),
    "accounts.recovery_code_used": Words(
        pgettext_lazy("audit", "Dùng mã khôi phục"),
        "warning",
        gettext_lazy("%(who)s đã đăng nhập bằng một mã khôi phục."),
    ),
    "accounts.recovery_codes_made": Words(
        pgettext_lazy("audit", "Tạo mã khôi phục"), "info", gettext_lazy("%(who)s đã tạo bộ mã khôi phục mới.")
    ),
    "accounts.factor_added": Words(
        pgettext_lazy("audit", "Thêm lớp xác thực"),
        "success",
        gettext_lazy("%(who)s đã thêm một lớp xác thực cho tài khoản của mình."),
    ),
    "accounts.factor_removed": Words(
        pgettext_lazy("audit", "Gỡ lớp xác thực"),
        "danger",
        gettext_lazy("%(who)s đã gỡ một lớp xác thực của tài khoản mình."),
    ),
    "accounts.second_factor_reset": Words(
        pgettext_lazy("audit", "Đặt lại xác thực hai lớp"),
        "danger",
        gettext_lazy("%(who)s đã đặt lại xác thực hai lớp của “%(what)s”."),
    ),
    "accounts.password_changed": Words(
        pgettext_lazy("audit", "Đổi mật khẩu"), "warning", gettext_lazy("%(who)s đã đổi mật khẩu của mình.")
    ),
    "accounts.session_ended": Words(
        pgettext_lazy("audit", "Kết thúc phiên"),
        "warning",
        gettext_lazy("%(who)s đã kết thúc một phiên đăng nhập của “%(what)s”."),
    ),
    "accounts.sessions_ended": Words(
        pgettext_lazy("audit", "Kết thúc các phiên"),
        "warning",
        gettext_lazy("%(who)s đã kết thúc các phiên đăng nhập của “%(what)s”."),
    ),
    "teams.unit_ended": Words(
        pgettext_lazy("audit", "Kết thúc đơn vị"), "danger", gettext_lazy("%(who)s đã kết thúc đơn vị “%(what)s”.")
    ),
    "teams.importrun_taken": Words(
        pgettext_lazy("audit", "Tải các dòng lỗi"),
        "warning",
        gettext_lazy("%(who)s đã tải về các dòng lỗi của tệp “%(what)s”."),
    ),
    "teams.importrun_forgotten": Words(
        pgettext_lazy("audit", "Xóa tệp nhập"),
        "warning",
        gettext_lazy("%(who)s đã xóa tệp “%(what)s” khi ẩn danh một người trong danh sách."),
    ),
    "teams.reorganisation_approved": Words(
        pgettext_lazy("audit", "Duyệt sắp xếp"), "warning", gettext_lazy("%(who)s đã duyệt phương án “%(what)s”.")
    ),
    "teams.reorganisation_reopened": Words(
        pgettext_lazy("audit", "Mở lại phương án"),
        "warning",
        gettext_lazy("%(who)s đã mở lại phương án “%(what)s” để sửa."),
    ),
    "teams.reorganisation_steps_added": Words(
        pgettext_lazy("audit", "Thêm bước"), "info", gettext_lazy("%(who)s đã thêm bước vào phương án “%(what)s”.")
    ),
    "teams.reorganisation_step_removed": Words(
        pgettext_lazy("audit", "Bỏ bước"), "info", gettext_lazy("%(who)s đã bỏ một bước của phương án “%(what)s”.")
    ),
    "reports.report_published": Words(
        pgettext_lazy("audit", "Phát hành báo cáo"), "success", gettext_lazy("%(who)s đã phát hành báo cáo “%(what)s”.")
    ),
    "reports.template_retired": Words(
        pgettext_lazy("audit", "Thôi dùng mẫu"), "warning", gettext_lazy("%(who)s đã thôi dùng mẫu “%(what)s”.")
    ),
    "reports.report_file_taken": Words(
        pgettext_lazy("audit", "Tải báo cáo"), "info", gettext_lazy("%(who)s đã tải tệp của báo cáo “%(what)s”.")
    ),
}
OTHER = Words(
    pgettext_lazy("audit", "Việc khác"), "default", gettext_lazy("%(who)s đã làm một việc với %(kind)s “%(what)s”.")
)
WORDS = {
    "reason": gettext_lazy("lý do"),
    "before": gettext_lazy("trước đó"),
    "parent": gettext_lazy("đơn vị cấp trên"),
    "unit": gettext_lazy("đơn vị"),
    "team": gettext_lazy("đội hình"),
    "teams": gettext_lazy("đội hình"),
    "since": gettext_lazy("từ ngày"),
    "until": gettext_lazy("đến ngày"),
    "rows": gettext_lazy("số dòng"),
    "bytes": gettext_lazy("dung lượng (byte)"),
    "file": gettext_lazy("tệp"),
    "format": gettext_lazy("định dạng"),
    "role": gettext_lazy("vai trò"),
    "scopes": gettext_lazy("phạm vi quyền"),
    "on": gettext_lazy("trên"),
    "expires_at": gettext_lazy("hết hạn"),
    "valid_from": gettext_lazy("từ ngày"),
    "valid_to": gettext_lazy("đến hết ngày"),
    "new_password": gettext_lazy("mật khẩu"),
    "session": gettext_lazy("ca hỗ trợ"),
    "sessions": gettext_lazy("số ca"),
    "codes": gettext_lazy("mã"),
    "left_out": gettext_lazy("dòng lỗi để lại"),
    "added": gettext_lazy("thêm"),
    "removed": gettext_lazy("bỏ"),
    "text": gettext_lazy("nội dung"),
    "device": gettext_lazy("thiết bị"),
    "late": gettext_lazy("đến muộn"),
    "lines": gettext_lazy("các mục"),
    "areas": gettext_lazy("số đơn vị hành chính"),
    "source": gettext_lazy("nguồn"),
    "first": gettext_lazy("từ ngày"),
    "last": gettext_lazy("đến ngày"),
    "measure": gettext_lazy("chỉ tiêu"),
    "how": gettext_lazy("cách đặt"),
    "is_public": gettext_lazy("để công bố"),
    "sha256": gettext_lazy("mã kiểm của tệp"),
    "size": gettext_lazy("dung lượng (byte)"),
    "filters": gettext_lazy("bộ lọc"),
    "page": gettext_lazy("trang"),
    "key": gettext_lazy("khóa API"),
    "topic": gettext_lazy("loại việc"),
    "count": gettext_lazy("số lượng"),
    "as": gettext_lazy("thay cho"),
    "unreviewed": gettext_lazy("số ca chưa duyệt"),
    "reorganisation": gettext_lazy("số của phương án"),
    "relation": gettext_lazy("quan hệ"),
    "digest": gettext_lazy("mã kiểm"),
    "note": gettext_lazy("ghi chú"),
    "into": gettext_lazy("vào"),
    "effective_on": gettext_lazy("có hiệu lực từ"),
    "methods": gettext_lazy("bằng cách"),
    "left": gettext_lazy("còn lại"),
    "keep_issued": gettext_lazy("giữ thẻ và khóa đã cấp"),
    "fields": gettext_lazy("các mục"),
    "undone": gettext_lazy("hoàn tác"),
}
# What stands in details as a code.
VALUES: dict[Any, Any] = {
    **{role.value: role.label for role in Role},
    **{scope.value: scope.label for scope in Scope},
    "session": gettext_lazy("ca hỗ trợ"),
    "log": gettext_lazy("lượt hỗ trợ"),
    "attendance": gettext_lazy("điểm danh"),
    "void": gettext_lazy("lời hủy"),
    "added": gettext_lazy("nhận thêm"),
    "closed": gettext_lazy("đóng ca"),
    "voided": gettext_lazy("hủy"),
    "password": gettext_lazy("mật khẩu"),
    "mfa": gettext_lazy("xác thực hai lớp"),
    "totp": gettext_lazy("mã trên ứng dụng"),
    "webauthn": gettext_lazy("khóa bảo mật"),
    "recovery_codes": gettext_lazy("mã khôi phục"),
    "one": gettext_lazy("từng đơn vị"),
    "copy": gettext_lazy("chép từ chiến dịch khác"),
    "formula": gettext_lazy("theo công thức"),
    "import": gettext_lazy("từ tệp"),
    "part": gettext_lazy("một phần"),
    "whole": gettext_lazy("toàn bộ"),
    "appointment_ended": gettext_lazy("không còn phân quyền nào của chủ khóa ở nơi khóa mở"),
    "xlsx": "Excel",
    "csv": "CSV",
}
