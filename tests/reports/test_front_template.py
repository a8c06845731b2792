"""The front page as a citizen reads it: true with data, and true with none."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils.translation import override

NOTHING = {
    "today": dt.date(2023, 3, 26),
    "q": "",
    "areas": [],
    "points": [],
    "campaigns": [],
    "figures": [],
    "freshness": {"as_of": None, "state_label": ""},
    "has_data": False,
}
POINT = {
    "name": "Bệnh viện <Nhân dân 115>",
    "kind_label": "Bệnh viện",
    "area_name": "Quận 10",
    "address": "527 Sư Vạn Hạnh",
    "hours": "7:30–11:30, 13:00–17:00",
    "teams": ["Tổ Một", "Tổ Hai"],
    "services": ["Thanh toán viện phí"],
    "lat": Decimal("10.776900"),
    "lon": Decimal("106.666400"),
}


@pytest.fixture
def front(rf):
    def read(language="vi", **context) -> str:
        request = rf.get("/")
        request.user = AnonymousUser()
        with override(language):
            return render_to_string("public/front.html", NOTHING | context, request=request)

    return read


def test_front_without_any_data_says_what_will_stand_here_and_where_help_is_now(front):
    page = front()
    assert "Hôm nay chưa có điểm hỗ trợ nào được xếp lịch" in page
    assert "Số liệu sẽ có từ lượt hỗ trợ đầu tiên" in page
    assert "Cổng Dịch vụ công quốc gia" in page
    assert 'class="value' not in page  # no wall of zeros


def test_front_without_a_match_offers_all_points_and_other_help(front):
    page = front(q="<xyz>")
    assert "Không tìm thấy điểm nào khớp hôm nay" in page
    assert "Xem tất cả các điểm" in page
    assert "Cần giúp ngay?" in page
    assert "“&lt;xyz&gt;”" in page
    assert "<xyz>" not in page


def test_front_shows_a_point_with_hours_teams_services_and_escaped_name(front):
    page = front(points=[POINT])
    assert "Bệnh viện &lt;Nhân dân 115&gt;" in page
    assert "7:30–11:30, 13:00–17:00" in page
    assert "527 Sư Vạn Hạnh, Quận 10" in page
    assert "Tổ Một, Tổ Hai" in page
    assert '<li class="chip">Thanh toán viện phí</li>' in page
    assert "Cần giúp ngay?" not in page


@pytest.mark.parametrize("language", ["vi", "en"])
def test_front_writes_coordinates_with_a_point_in_every_language(front, language):
    assert "query=10.776900,106.666400" in front(language, points=[POINT])


def test_front_offers_no_directions_to_a_point_without_coordinates(front):
    assert "maps" not in front(points=[POINT | {"lat": None, "lon": None}])


def test_front_shows_figures_with_definition_time_and_state(front):
    as_of = dt.datetime(2023, 3, 26, 17, 5, tzinfo=dt.UTC)
    figures = [
        {"label": "Lượt người", "value": 55123, "definition": "Một người một lần đến.", "icon": "users"},
        {"label": "Côn Đảo", "value": "dưới 5", "definition": "", "icon": ""},
    ]
    page = front(has_data=True, figures=figures, freshness={"as_of": as_of, "state_label": "tạm tính"})
    assert '<dd class="value">55.123</dd>' in page
    assert '<dd class="value words">dưới 5</dd>' in page
    assert "Một người một lần đến." in page
    assert "00:05, 27/03/2023" in page  # the clocks of the city
    assert "tạm tính" in page


def test_front_shows_a_campaign_with_progress_told_as_it_is(front):
    campaign = {
        "name": "Tháng Thanh niên",
        "theme": "",
        "period": "26/02–31/03/2023",
        "status_label": "Đã kết thúc",
        "goals": ["Chính quyền số"],
        "figures": [{"label": "lượt người", "value": "dưới 5", "definition": "x"}],
        "progress": [{"label": "Hồ sơ", "value": 22000, "goal": 20000, "percent": 110}],
    }
    page = front(campaigns=[campaign])
    assert "<li>Chính quyền số</li>" in page
    assert "<dd>dưới 5</dd>" in page
    assert "22.000</strong> / 20.000 · 110\N{NO-BREAK SPACE}%" in page


def test_front_states_the_three_promises_and_the_way_in_for_teams(front):
    page = front()
    for promise in ("Không làm thay", "Không hỏi mật khẩu, mã OTP", "Không chụp giấy tờ của bạn"):
        assert promise in page
    assert "Bạn là đội trưởng hay cán bộ Đoàn?" in page
