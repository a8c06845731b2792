"""The words at the head of the OpenAPI document."""

DESCRIPTION = """
Cổng Xung Kích Số của Thành Đoàn TP. Hồ Chí Minh: số liệu, tiếp nhận lượt hỗ trợ, và các danh mục mà chúng dựa vào.
*The portal of the Ho Chi Minh City Youth Union: statistics, the intake of assistance logs, and the resources behind them.*

- **Đăng nhập.** `Authorization: Bearer xks_…` (khóa có phạm vi quyền, đơn vị và hạn dùng), hoặc phiên đăng nhập của trình duyệt.
  *A token with scopes, a unit and an expiry, or the browser's session.*
- **Lỗi.** Luôn là `application/problem+json` (RFC 9457) với `code` ổn định; câu chữ theo `Accept-Language` (vi, en).
  *Errors are problem details with a stable `code`.*
- **Phạm vi.** Chỉ thấy những gì được cấp quyền; của người khác là 404. *What is not granted is 404.*
- **Ngày.** ISO 8601; giờ có độ lệch `+07:00`. Mã đơn vị, đội hình, điểm hỗ trợ được hiểu theo ngày (`on`).
  *ISO dates; times carry an offset; codes are resolved as of a day.*
- **ETag.** Gửi lại bằng `If-None-Match`: 304 khi chưa có gì đổi. *Send it back: 304 while nothing has changed.*
- **Giới hạn.** Quá nhanh: 429 với `Retry-After`. *Too fast: 429 with `Retry-After`.*
""".strip()

TAGS = [
    {"name": "stats", "description": "Số liệu thống kê. Statistics."},
    {"name": "sync", "description": "Tiếp nhận lượt hỗ trợ, mỗi mục đúng một lần. The exactly-once intake."},
    {"name": "units", "description": "Đơn vị Đoàn, cây có thời gian. The dated tree of units."},
    {"name": "teams", "description": "Đội hình tình nguyện. Volunteer teams."},
    {"name": "campaigns", "description": "Chiến dịch, chương trình. Campaigns and programmes."},
    {"name": "campaign-days", "description": "Ngày hoạt động của chiến dịch. Days of campaigns."},
    {"name": "support-points", "description": "Điểm hỗ trợ người dân. Where citizens find help."},
    {"name": "services", "description": "Danh mục dịch vụ và chỉ số. The service catalogue."},
    {"name": "sessions", "description": "Ca hỗ trợ đã tiếp nhận. Sessions as they were sent."},
    {"name": "targets", "description": "Chỉ tiêu giao cho đơn vị. Targets of units."},
    {"name": "past-figures", "description": "Số liệu các năm trước, nhập từ tệp. Figures of past years, from files."},
]
