"""The REST interface's own pages in a browser: served from here, under the portal's CSP."""

import pytest

PATH = "/api/v1/docs/"


@pytest.mark.django_db(transaction=True)
def test_docs_draw_every_group_of_operations(laptop):
    page = laptop.open(PATH)
    page.locator(".opblock-tag").first.wait_for()
    groups = page.locator(".opblock-tag a").all_text_contents()
    assert groups == [
        "stats",
        "sync",
        "units",
        "teams",
        "campaigns",
        "campaign-days",
        "support-points",
        "services",
        "sessions",
        "targets",
        "past-figures",
    ]


@pytest.mark.django_db(transaction=True)
def test_docs_open_an_operation_with_its_parameters(laptop):
    page = laptop.open(PATH)
    page.locator("#operations-units-units_list").click()
    page.get_by_text("Tìm, không phân biệt dấu.").first.wait_for()
    assert (
        page.locator("#operations-units-units_list .opblock-summary-description")
        .text_content()
        .startswith("Các đơn vị")
    )


@pytest.mark.django_db(transaction=True)
def test_docs_fit_a_phone(phone):
    phone.open(PATH).locator(".opblock-tag").first.wait_for()
    assert phone.wider_than_screen() == []
