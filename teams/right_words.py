"""What each right means, in words, for the page that shows who may do what. A test holds that none is without."""

from django.utils.translation import gettext_lazy as _

from teams.permissions import Right

# Group by group, in the order in which a reader looks for them.
RIGHT_GROUPS = [
    (_("Tổ chức"), {
        Right.ORG_VIEW: _("Xem đơn vị, đội hình, tình nguyện viên"),
        Right.ORG_MANAGE: _("Thêm, sửa đội hình và tình nguyện viên"),
        Right.ORG_REORGANISE: _("Chuyển, tách, nhập đơn vị và đội hình"),
        Right.APPOINT: _("Tạo tài khoản, phân quyền"),
        Right.PASS_ISSUE: _("In và thu hồi thẻ thiết bị"),
        Right.TOKEN_MANAGE: _("Cấp và thu hồi khóa API"),
    }),
    (_("Kế hoạch"), {
        Right.CAMPAIGN_VIEW: _("Xem chiến dịch, ngày hoạt động, điểm hỗ trợ"),
        Right.CAMPAIGN_MANAGE: _("Lập chiến dịch, giao chỉ tiêu"),
        Right.DEPLOY: _("Phân công đội hình, lập điểm hỗ trợ"),
        Right.CATALOGUE_MANAGE: _("Sửa danh mục dịch vụ, chỉ số, địa bàn"),
    }),
    (_("Ca và số liệu"), {
        Right.SESSION_VIEW: _("Xem ca và lượt hỗ trợ"),
        Right.LOG_RECORD: _("Ghi lượt hỗ trợ"),
        Right.LOG_VOID: _("Hủy lượt người khác đã ghi, kèm lý do"),
        Right.REVIEW: _("Duyệt ca, trả lại ca"),
        Right.PERIOD_LOCK: _("Khóa kỳ, mở khóa kỳ"),
        Right.ADJUST: _("Điều chỉnh số liệu đã khóa"),
        Right.STATS_VIEW: _("Xem số liệu thống kê"),
        Right.STATS_PUBLISHED: _("Xem số liệu đã công bố"),
        Right.DASHBOARD_VIEW: _("Xem bảng điều hành"),
        Right.EXPORT: _("Xuất dữ liệu ra tệp"),
        Right.REPORT_ISSUE: _("Soạn, phát hành báo cáo chính thức"),
    }),
    (_("Quản trị"), {
        Right.ADMIN_ENTER: _("Vào trang quản trị"),
        Right.RULES_MANAGE: _("Sửa quy tắc tìm ca có dấu hiệu lạ"),
        Right.TALLIES_PROVE: _("Đối soát, tính lại số liệu"),
        Right.AUDIT_VIEW: _("Xem nhật ký: ai sửa, xem, xuất gì"),
        Right.RETENTION_MANAGE: _("Đặt thời hạn lưu giữ, tạm giữ dữ liệu"),
        Right.SYSTEM_WATCH: _("Xem việc của máy chủ, cho thử lại"),
    }),
]  # fmt: skip
RIGHT_WORDS = {right: words for _group, rights in RIGHT_GROUPS for right, words in rights.items()}
