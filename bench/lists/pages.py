"""What is asked: each list and page, by whom."""

from dataclasses import dataclass

STAFF, WARDS, LEADER = "bench-staff", "bench-wards", "bench-leader"


@dataclass(frozen=True)
class Page:
    name: str
    # With the names of what the databases differ in: {session}, {campaign_day}, …
    path: str
    reader: str = STAFF


def by_both(pages: list[Page]) -> list[Page]:
    """By Thành Đoàn, for whom nothing is narrowed, and by the staff of many wards."""
    return [each for page in pages for each in (page, Page(f"{page.name} (phường)", page.path, WARDS))]


_REVIEW = [
    Page("chờ duyệt", "/review/"),
    Page("có dấu hiệu", "/review/?tab=flagged"),
    Page("quá hạn", "/review/?tab=overdue"),
    Page("đội đã trả lời", "/review/?tab=answered"),
    Page("đã duyệt", "/review/?tab=approved"),
]
_DESK = [
    Page("bảng điều hành", "/dashboard/?day={day}"),
    Page("ca mới nhất", "/dashboard/w/sessions/?day={day}"),
    Page("số này từ đâu", "/dashboard/explain/?measure=people&at_day={day}"),
    Page("chiến dịch", "/plan/"),
    Page("ngày hoạt động", "/plan/days/{campaign_day}/"),
    Page("bảng kéo thả của ngày", "/plan/days/{campaign_day}/board/"),
    Page("phân công nhiều đội", "/plan/days/{campaign_day}/deploy/"),
    Page("một chiến dịch", "/plan/campaigns/{campaign}/"),
    Page("điểm hỗ trợ", "/plan/points/"),
    Page("lịch theo dõi", "/plan/calendars/"),
    Page("thẻ thiết bị", "/passes/"),
    Page("việc chạy nền", "/jobs/"),
]
_CITY = [
    Page("khóa kỳ", "/review/locks/"),
    Page("mục đến muộn", "/review/late/"),
    Page("điều chỉnh", "/review/adjustments/"),
    Page("in thẻ của ngày", "/handout/day/{campaign_day}/"),
    Page("phát thẻ, in áp phích", "/handout/"),
]
_SESSION = [
    Page("duyệt ca đông người", "/review/{session}/"),
    Page("quản trị: ca đông người", "/admin/services_help/session/{session}/change/"),
    Page("số này từ đâu: ca đông người", "/dashboard/explain/{session}/?measure=people&at_day={day}"),
    Page("điện thoại: ca đông người", "/field/web/ca/{session}/", LEADER),
    Page("điện thoại: lượt đã ghi", "/field/web/ca/{session}/luot/", LEADER),
    Page("điện thoại: điểm danh", "/field/web/ca/{session}/diem-danh/", LEADER),
    Page("điện thoại: ngày của đội", "/field/web/?day={day}", LEADER),
    Page("điện thoại: bộ dữ liệu", "/field/api/kit/?team={team_code}", LEADER),
    Page("điện thoại của cán bộ", "/field/web/?day={day}"),
    Page("quản trị: đội đông người", "/admin/teams/team/{team}/change/"),
]
_ADMIN = [
    Page("quản trị: hôm nay", "/admin/"),
    Page("quản trị: ca", "/admin/services_help/session/"),
    Page("quản trị: tìm ca", "/admin/services_help/session/?q=diem"),
    Page("quản trị: phân công", "/admin/campaigns/deployment/"),
    Page("quản trị: chiến dịch", "/admin/campaigns/campaign/"),
    Page("quản trị: ngày hoạt động", "/admin/campaigns/campaignday/"),
    Page("quản trị: điểm hỗ trợ", "/admin/campaigns/supportpoint/"),
    Page("quản trị: chỉ tiêu", "/admin/campaigns/target/"),
    Page("quản trị: đội hình", "/admin/teams/team/"),
    Page("quản trị: tình nguyện viên", "/admin/teams/volunteer/"),
    Page("quản trị: tìm tình nguyện viên", "/admin/teams/volunteer/?q=nguyen+van+7"),
    Page("quản trị: phân quyền", "/admin/teams/appointment/"),
    Page("quản trị: tài khoản", "/admin/accounts/user/"),
    Page("quản trị: thiết bị", "/admin/services_help/devicereport/"),
    Page(
        "gợi ý: tình nguyện viên",
        "/admin/autocomplete/?term=nguyen&app_label=teams&model_name=teammember&field_name=volunteer",
    ),
]
_ADMIN_CITY = [
    Page("quản trị: nhật ký", "/admin/core/auditevent/"),
    Page("quản trị: tìm trong nhật ký", "/admin/core/auditevent/?q=to+001"),
    Page("quản trị: khóa API", "/admin/teams/apitoken/"),
]
_REST = [
    Page(f"REST: {name}", f"/api/v1/{name}/?page_size=100")
    for name in ("teams", "campaigns", "campaign-days", "support-points", "targets", "sessions")
]
SMALL_AND_LARGE = [*by_both(_REVIEW + _DESK + _ADMIN + _REST), *_CITY, *_ADMIN_CITY, *_SESSION]

_LOGS = "/admin/services_help/assistancelog/"
BIG_TABLES = by_both(
    [
        Page("lượt", _LOGS),
        Page("lượt, trang 20", f"{_LOGS}?p=20"),
        Page("lượt của một ngày", f"{_LOGS}?session__day_from=26/03/2025&session__day_to=26/03/2025"),
        Page("lượt của một dịch vụ", f"{_LOGS}?service={{service}}"),
        Page("lượt chuyển tuyến", f"{_LOGS}?result=referred"),
        Page("lượt của một đơn vị", f"{_LOGS}?under={{unit}}"),
        Page("lượt đã hủy", f"{_LOGS}?voided=yes"),
        Page("lượt còn hiệu lực", f"{_LOGS}?voided=no"),
        Page("tìm lượt theo đội", f"{_LOGS}?q=to+300"),
        Page("lượt xếp theo giờ", f"{_LOGS}?o=1"),
        Page("một lượt", f"{_LOGS}{{log}}/change/"),
        Page("điểm danh", "/admin/services_help/attendance/"),
        Page("ca", "/admin/services_help/session/"),
        Page("các lần hủy", "/admin/services_help/void/"),
    ]
)
