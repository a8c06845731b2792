"""What the REST interface says of itself: valid OpenAPI 3.1, in words for people, true of the router."""

import io
import re

import pytest
from django.core.management import call_command
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from config.openapi import TAGS

PUBLIC = {"/api/v1/schema/", "/api/v1/docs/"}
# Describes itself, by its own $metadata, in its own form of errors.
ODATA = "/api/v1/odata"
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯàáảãạầấẩẫậằắẳẵặèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]")
ENGLISH = re.compile(r"[A-Z][a-z]+[^.]*[a-z0-9)]\.$")


@pytest.fixture(scope="module")
def document() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(document) -> list[tuple[str, dict]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_document_is_made_without_a_warning():
    out, warnings = io.StringIO(), io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out, stderr=warnings)
    assert warnings.getvalue() == ""
    assert out.getvalue().startswith("openapi: 3.1.1\n")


def test_served_document_is_valid_openapi_31_and_open_to_all(db):
    response = APIClient().get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    served = response.json()
    assert served["openapi"] == "3.1.1"
    validate(served)


def test_docs_are_open_to_all_and_bring_everything_from_here(db, client):
    html = client.get("/api/v1/docs/").text
    sources = re.findall(r"""(?:src|href)="([^"]+)\"""", html)
    assert [source for source in sources if source.startswith(("http:", "https:", "//"))] == []
    assert "<script>" not in html


def test_every_address_under_api_is_described(document):
    """What is not in the document is not in the contract, and schemathesis cannot find it."""
    [api] = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/"]
    routed = {"/api/v1/" + plain(route) for route in routes(api)}
    assert {path for path in routed - PUBLIC if not path.startswith(ODATA)} == set(document["paths"])


def routes(resolver, prefix: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        found += routes(entry, path) if hasattr(entry, "url_patterns") else [path]
    return found


def plain(route: str) -> str:
    """``^units/(?P<code>[^/]{1,60})/$`` as the document writes it: ``units/{code}/``."""
    return re.sub(r"\(\?P<(\w+)>.*?\)(?=/)", r"{\1}", route).strip("^$").replace("^", "")


def test_every_operation_is_summed_up_in_both_languages(document):
    faulty = [
        name
        for name, operation in operations(document)
        if not (VIETNAMESE.search(operation.get("summary", "")) and ENGLISH.search(operation.get("summary", "")))
    ]
    assert faulty == []


def test_every_operation_has_a_tag_that_is_explained(document):
    explained = {tag["name"] for tag in TAGS}
    assert {tag for _name, operation in operations(document) for tag in operation["tags"]} == explained


def test_every_parameter_is_explained(document):
    silent = [
        f"{name} {parameter['name']}"
        for name, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["in"] != "path" and not parameter.get("description")
    ]
    assert silent == []


def test_every_operation_asks_for_a_token_or_a_session(document):
    open_ones = [
        name for name, operation in operations(document) if operation["security"] != [{"token": []}, {"session": []}]
    ]
    assert open_ones == []
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}


def test_every_operation_declares_the_problems_it_can_answer(document):
    for name, operation in operations(document):
        statuses = {int(status) for status in operation["responses"]}
        expected = {400, 401, 403, 406, 429, 500}
        expected |= {404} if "{" in name else set()
        expected |= {409, 413, 415} if name.startswith(("POST", "PUT", "PATCH")) else set()
        assert expected - statuses == set(), name


def test_every_problem_is_a_problem_document(document):
    shapes = {
        (media, content["schema"]["$ref"])
        for _name, operation in operations(document)
        for status, response in operation["responses"].items()
        if int(status) >= 400
        for media, content in response["content"].items()
    }
    assert shapes == {("application/problem+json", "#/components/schemas/Problem")}


def test_operation_ids_are_unique_and_fit_for_generated_code(document):
    names = [operation["operationId"] for _name, operation in operations(document)]
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
