"""Every error under /api/ is a problem document (RFC 9457): same shape, stable code, the reader's language, no leak."""

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404
from django.urls import include, path
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from config import urls
from core.api import StrictParameters, invalid_parameter
from core.errors import DomainError, NotAllowed

SECRET = "postgres://secret@db/portal"
RAISED = {
    "domain": lambda: DomainError("Ca này đã khóa.", code="session_locked"),
    "domain-410": lambda: DomainError("Đã bỏ.", code="gone", status=410),
    "not-allowed": NotAllowed,
    "drf-403": exceptions.PermissionDenied,
    "django-403": PermissionDenied,
    "django-404": Http404,
    "bad-request": lambda: BadRequest(SECRET),
    "suspicious": lambda: SuspiciousOperation(SECRET),
    "throttled": lambda: exceptions.Throttled(wait=12.2),
    "model": lambda: ValidationError({"code": ValidationError("Mã đã có.", code="unique")}),
    "parameter": lambda: invalid_parameter("page", "Sai trang.", "out_of_range"),
    "crash": lambda: RuntimeError(SECRET),
}


class Line(serializers.Serializer):
    people = serializers.IntegerField(min_value=0)


class Body(serializers.Serializer):
    name = serializers.CharField(max_length=3)
    lines = Line(many=True)

    def validate(self, data):
        if data["name"] == "cả":
            raise serializers.ValidationError("Cả hai không hợp nhau.", code="clash")
        return data


class Raises(StrictParameters, APIView):
    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_classes = []

    def get(self, request, what=None):
        raise RAISED[what]()

    def post(self, request, what=None):
        if what in RAISED:
            raise RAISED[what]()
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


urlpatterns = [
    path("api/v1/raise/<str:what>/", Raises.as_view()),
    path("api/v1/body/", Raises.as_view()),
    path("", include(urls)),
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def api():
    client = APIClient()
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("domain", 409, "session_locked"),
        ("domain-410", 410, "gone"),
        ("not-allowed", 403, "not_allowed"),
        ("drf-403", 403, "not_allowed"),
        ("django-403", 403, "not_allowed"),
        ("django-404", 404, "not_found"),
        ("bad-request", 400, "parse_error"),
        ("suspicious", 400, "parse_error"),
        ("throttled", 429, "throttled"),
        ("model", 400, "invalid"),
        ("parameter", 400, "invalid_parameter"),
        ("crash", 500, "server_error"),
    ],
)
def test_problem_of_each_exception_has_shape_status_and_code(db, api, what, status, code):
    response = api.post(f"/api/v1/raise/{what}/", {}, format="json")
    body = response.json()
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail", "instance"} <= set(body)
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:xungkichso:problem:{code}")
    assert body["instance"] == f"/api/v1/raise/{what}/"
    assert SECRET not in response.text


def test_domain_error_shows_its_own_sentence(api):
    assert api.get("/api/v1/raise/domain/").json()["detail"] == "Ca này đã khóa."


def test_throttled_says_when_to_come_back(api):
    assert api.get("/api/v1/raise/throttled/").headers["Retry-After"] == "13"


def test_server_error_leaks_nothing_and_names_the_request(db, api):
    response = api.get("/api/v1/raise/crash/")
    assert response.json()["request_id"]
    assert "RuntimeError" not in response.text


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("/name", "required"), ("/lines", "required")]),
        ({"name": "bốn chữ", "lines": []}, [("/name", "max_length")]),
        ({"name": "a", "lines": [{"people": 1}, {"people": -1}]}, [("/lines/1/people", "min_value")]),
        ({"name": "cả", "lines": []}, [("", "clash")]),
        ([], [("", "invalid")]),
    ],
)
def test_faults_in_the_body_are_named_by_json_pointer(api, body, faults):
    response = api.post("/api/v1/body/", body, format="json")
    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == faults


def test_faults_in_the_query_are_named_by_parameter(api):
    problem = api.get("/api/v1/raise/domain/?pgae=2").json()
    assert problem["code"] == "invalid_parameter"
    assert [(error["parameter"], error["code"]) for error in problem["errors"]] == [("pgae", "unknown_parameter")]
    problem = api.post("/api/v1/raise/parameter/", {}, format="json").json()
    assert [error["parameter"] for error in problem["errors"]] == ["page"]


def test_model_validation_reaches_the_client_by_field(api):
    errors = api.post("/api/v1/raise/model/", {}, format="json").json()["errors"]
    assert errors == [{"code": "unique", "detail": "Mã đã có.", "pointer": "/code"}]


@pytest.mark.parametrize("body", [b"{", b"NaN", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"[" * 100_000, b""])
def test_body_that_is_not_json_is_a_parse_error(api, body):
    response = api.post("/api/v1/body/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] in {"parse_error", "invalid"}


def test_body_above_the_limit_is_413(api, settings):
    body = b'"' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"'
    response = api.post("/api/v1/body/", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "extra", "status", "code"),
    [
        ("get", "/api/v1/nowhere/", {}, 404, "not_found"),
        ("get", "/api/nowhere", {}, 404, "not_found"),
        ("delete", "/api/v1/body/", {}, 405, "method_not_allowed"),
        ("options", "/api/v1/body/", {}, 405, "method_not_allowed"),
        ("get", "/api/v1/raise/domain/", {"HTTP_ACCEPT": "image/png"}, 406, "not_acceptable"),
        ("get", "/api/v1/raise/domain/?format=exe", {}, 400, "invalid_parameter"),
        ("post", "/api/v1/body/", {"data": "a=1", "content_type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
def test_problem_where_no_view_answered(db, api, method, path, extra, status, code):
    response = getattr(api, method)(path, **extra)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_unknown_page_outside_the_api_is_html(db, client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("language", "title"), [("", "Không tìm thấy"), ("vi", "Không tìm thấy"), ("en-US,en;q=0.9", "Not found")]
)
def test_problem_speaks_the_language_of_the_caller_and_keeps_its_code(api, language, title):
    response = api.get("/api/v1/raise/django-404/", HTTP_ACCEPT_LANGUAGE=language)
    assert response.json()["title"] == title
    assert response.json()["code"] == "not_found"
    assert response.headers["Content-Language"] == (language[:2] or "vi")
