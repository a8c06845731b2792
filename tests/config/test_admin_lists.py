"""Every list of the admin: the reader's rows and no other's, found blind to accents, in the same few queries."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.admin_rows import FIXED, SCOPED, SHARED, admin_name

pytestmark = pytest.mark.django_db
# What is stored and what is typed differ in accents, in the place of the tone, in i/y and in đ/d.
NAME, TYPED = "Hoà Quí Đông", "hòa quy dong"
# Queries of each list, at one row as at three: the user, twice his appointments, the rows, what the page shows besides;
# of the longest for each of the three words one in each table that it may stand in.
SCOPED_QUERIES = [
    ("teams.unit", 7),
    ("teams.team", 7),
    ("teams.volunteer", 7),
    ("teams.appointment", 7),
    ("teams.devicepass", 7),
    ("accounts.user", 6),
    ("campaigns.campaign", 9),
    ("campaigns.campaignday", 7),
    ("campaigns.supportpoint", 8),
    ("campaigns.deployment", 7),
    ("campaigns.target", 9),
    ("services_help.campaignservice", 6),
    ("services_help.session", 17),
    ("services_help.assistancelog", 14),
    ("services_help.attendance", 14),
    ("services_help.void", 7),
    ("services_help.devicereport", 7),
    ("core.auditevent", 7),  # one of them for the kinds to choose from
]
SHARED_QUERIES = [
    ("teams.adminarea", 5),
    ("teams.areasuccession", 5),
    ("campaigns.programmegoal", 6),
    ("services_help.service", 6),
    ("services_help.metric", 6),
    ("services_help.reviewpolicy", 5),
    ("teams.apitoken", 7),
]


FIXED_QUERIES = [("desk.outlierrule", 6)]


def list_url(model: str) -> str:
    return reverse(f"{admin_name(model)}_changelist")


def test_every_model_of_the_admin_has_its_list_here():
    assert sorted(model for model, _queries in SCOPED_QUERIES + SHARED_QUERIES + FIXED_QUERIES) == sorted(
        model._meta.label_lower for model in admin.site._registry
    )


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("model", "queries"), SCOPED_QUERIES)
def test_list_holds_own_rows_in_constant_queries(
    client, world, django_assert_num_queries, no_writes, model, queries, count
):
    own = {SCOPED[model](world.tan_tuc, f"{NAME} {number}").pk for number in range(count)}
    SCOPED[model](world.bank, f"{NAME} của ngân hàng")
    client.force_login(world.unit_staff)
    with django_assert_num_queries(queries), no_writes():
        response = client.get(list_url(model), {"q": TYPED})
    assert {row.pk for row in response.context["cl"].result_list} == own
    assert "của ngân hàng" not in response.text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("model", "queries"), SHARED_QUERIES)
def test_shared_list_finds_rows_in_constant_queries(
    client, world, django_assert_num_queries, no_writes, model, queries, count
):
    found = {SHARED[model](world.city, f"{NAME} {number}").pk for number in range(count)}
    SHARED[model](world.city, "Tên khác")
    client.force_login(world.city_staff)
    with django_assert_num_queries(queries), no_writes():
        response = client.get(list_url(model), {"q": TYPED})
    assert {row.pk for row in response.context["cl"].result_list} == found


@pytest.mark.parametrize(("model", "queries"), FIXED_QUERIES)
def test_list_of_what_the_portal_brings_holds_all_in_few_queries(
    client, world, django_assert_num_queries, no_writes, model, queries
):
    rows = type(FIXED[model](world.city, NAME)).objects.all()
    client.force_login(world.city_staff)
    with django_assert_num_queries(queries), no_writes():
        response = client.get(list_url(model))
    assert set(response.context["cl"].result_list) == set(rows)


@pytest.mark.parametrize("model", SCOPED)
def test_list_of_thanh_doan_holds_all(client, world, model):
    rows = {SCOPED[model](place, NAME).pk for place in (world.tan_tuc, world.bank, world.city)}
    client.force_login(world.city_staff)
    response = client.get(list_url(model), {"q": TYPED})
    assert {row.pk for row in response.context["cl"].result_list} == rows


@pytest.mark.parametrize("model", SCOPED)
def test_list_without_a_search_reads_no_search_keys(client, world, django_assert_max_num_queries, model):
    SCOPED[model](world.tan_tuc, NAME)
    client.force_login(world.unit_staff)
    with django_assert_max_num_queries(20) as asked:
        client.get(list_url(model))
    assert [query["sql"] for query in asked if " LIKE " in query["sql"]] == []
