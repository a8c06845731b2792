"""Citizens are counts: what looks like an identifier is refused, with an explanation; ordinary notes pass."""

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from core.privacy import PersonalDataRefused, personal_data_in, refuse_personal_data

ORDINARY = [
    "",
    "Đông người, đã phát số thứ tự từ 07:30 đến 11:30",
    "Ngày 26/03/2023 hỗ trợ 120 người, 45 hồ sơ",
    "2023-03-26: 190.962 lượt, đạt 37,5 %",
    "KH số 392-KH/TWĐTN-CTTTN ngày 1/7/2025",
    "Wifi yếu, mạng 4G chập chờn",
]
IDENTIFIERS = {
    "CCCD 079203001234": "id_number",
    "cmnd 024 123 456": "id_number",
    "079.203.001.234": "id_number",
    "Gọi lại 0908123456": "phone",
    "0908 123 456": "phone",
    "(+84) 908-123-456": "phone",
    "bàn 028 3822 1234": "phone",
    "số ０９０８１２３４５６": "phone",
    "thư ong.a@example.vn": "email",
    "phòng 12 0908123456": "phone",
}


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_note_passes(text):
    assert personal_data_in(text) is None
    refuse_personal_data(text)


@pytest.mark.parametrize(("text", "kind"), IDENTIFIERS.items())
def test_identifier_is_found(text, kind):
    assert personal_data_in(text) == kind


@pytest.mark.parametrize("text", IDENTIFIERS)
def test_refusal_explains_in_vietnamese_what_to_do(text):
    with pytest.raises(PersonalDataRefused, match="hãy xóa"):
        refuse_personal_data(text)


@given(
    digits=st.from_regex(r"\A(\d{9}|\d{12})\Z"),
    before=st.sampled_from(["", "số ", "CCCD: ", "a"]),
    separator=st.sampled_from(["", " ", ".", "-"]),
)
def test_no_9_or_12_digit_number_slips_through_by_grouping(digits, before, separator):
    grouped = separator.join(digits[i : i + 3] for i in range(0, len(digits), 3))
    assert personal_data_in(f"{before}{grouped} nhé") is not None


def test_no_table_has_a_column_for_who_a_citizen_was():
    """Names and addresses stand only where they are of accounts, volunteers, places and organisations."""
    words = {"phone", "address", "cccd", "citizen", "id_number", "birth", "email", "full_name"}
    found = {
        f"{model._meta.label}.{field.name}"
        for app in ("core", "accounts", "teams", "campaigns", "services_help", "reports", "desk")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if field.concrete and any(word in field.name for word in words)
    }
    assert found == {
        "accounts.User.email",
        "accounts.User.full_name",
        "campaigns.SupportPoint.address",
        # The office that a report goes to.
        "reports.ReportDraft.addressee",
        "services_help.Service.for_citizens",
        "teams.Volunteer.full_name",
    }
