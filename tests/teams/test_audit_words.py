"""Every action that is written anywhere has its words, and every right too: no code on a Vietnamese screen."""

import ast
import re
from pathlib import Path

import pytest

from core.models import AuditEvent
from teams.audit_details import detail_lines, in_words, names_in
from teams.audit_phrases import ACTIONS, OTHER, VERBS
from teams.audit_words import kind_of, sentence_of, verb_of, words_of
from teams.imports.base import FileResource
from teams.imports.lists import all_lists
from teams.permissions import Right
from teams.right_words import RIGHT_WORDS
from tests import factories

BASE = Path(__file__).resolve().parent.parent.parent
OWN = ("accounts", "campaigns", "core", "demo", "desk", "reports", "services_help", "teams")
ACTION = re.compile(r"^[a-z_]+\.[a-z]+(_[a-z]+)+$")
WRITES = re.compile(r"record|_told|_write|entries|append")
# Verbs that a name in braces stands for, where an action is put together.
PUT_TOGETHER = {"verb": ("added", "changed", "cancelled", "deleted", "imported", "exported"), "kind": None}


def written_actions() -> set[str]:
    """Constants that look like an action, in calls and tuples of what writes the trail; and the ends of those that are
    put together (``f"…_{verb}"`` has the verbs of ``VERBS`` by its callers' own literals)."""
    found: set[str] = set()
    for app in OWN:
        for file in (BASE / app).rglob("*.py"):
            if "migrations" in file.parts or file.name in ("urls.py", "looks.py"):
                continue
            text = file.read_text(encoding="utf-8")
            if "audit" in text or "record" in text:
                found |= {node.value for node in ast.walk(ast.parse(text)) if _is_action(node)}
                found |= set(_ends(text))
    return found


def _is_action(node) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(ACTION.match(node.value))


def _ends(text: str):
    """``f"teams.{name}_voided"``: any action with this end."""
    for area, end in re.findall(r'f"([a-z_]+)\.\{[^}]+\}(_[a-z_]+)"', text):
        yield f"{area}.x{end}"


NOT_ACTIONS = {"services_help.sync_urls", "reports.api_urls"}


def test_every_action_has_its_words():
    actions = written_actions() - NOT_ACTIONS
    assert {"teams.team_moved", "services_help.session_approved", "core.retentionrule_held"} <= actions
    columns = {action for action in actions if action.endswith(("_id", "_key", "_to", "_from", "_at", "_on", "_by"))}
    assert sorted(action for action in actions - columns if words_of(action) is OTHER) == []


def test_every_right_has_its_words():
    assert set(RIGHT_WORDS) == set(Right)


@pytest.mark.parametrize("words", [*VERBS.values(), *ACTIONS.values(), OTHER], ids=lambda words: str(words.label))
def test_every_sentence_takes_what_it_is_given(words):
    said = words.sentence % {"who": "An", "kind": "đội hình", "what": "Tổ Mẫu"}
    assert said.endswith((".", ")."))
    assert "%" not in said
    assert words.colour in ("success", "info", "warning", "danger", "default")


def test_a_sentence_tells_who_did_what_to_which_thing():
    event = AuditEvent(
        actor_label="Lê An", action="teams.team_moved", target_type="teams.team", target_label="Tổ Tân Túc"
    )
    assert sentence_of(event) == "Lê An đã chuyển đội hình “Tổ Tân Túc” sang đơn vị khác."
    event.action = "teams.team_danced"
    assert sentence_of(event) == "Lê An đã làm một việc với đội hình “Tổ Tân Túc”."


def test_details_are_told_by_the_names_of_columns_before_and_after():
    event = AuditEvent(
        action="teams.team_changed",
        target_type="teams.team",
        data={
            "changes": {"name": ["Cũ", "Mới"], "password": "***"},
            "rows": [{"row": "teammember", "added": "Lê An · Tổ"}],
            "reason": "Đổi tên",
            "filters": {"q": "x"},
            "is_public": True,
            "expires_at": "2026-01-02T03:04:05+07:00",
            "valid_from": "2026-01-02",
            "codes": ["A", None],
        },
    )
    assert list(detail_lines(event)) == [
        ("Tên đội hình", "Cũ → Mới"),
        ("Chi tiết khác", "– → ***"),
        ("Thêm", "Lê An · Tổ"),
        ("Lý do", "Đổi tên"),
        ("Để công bố", "Có"),
        ("Hết hạn", "03:04:05 02/01/2026"),
        ("Từ ngày", "02/01/2026"),
        ("Mã", "A, –"),
    ]


@pytest.mark.django_db
def test_rows_and_choices_that_changed_are_told_by_name(django_assert_num_queries):
    first, second = factories.unit(name="Đoàn xã A"), factories.unit(name="Đoàn xã B")
    changes = {"unit": [first.pk, second.pk], "role": ["viewer", "unit_staff"], "team": [None, 999999]}
    events = [AuditEvent(target_type="teams.appointment", data={"changes": changes}) for _number in range(3)]
    with django_assert_num_queries(2):
        names = names_in(events)
    assert list(detail_lines(events[0], names)) == [
        ("Đơn vị", "Đoàn xã A → Đoàn xã B"),
        ("Vai trò", "Người xem → Cán bộ Đoàn đơn vị"),
        ("Đội hình", "– → 999999"),
    ]


def test_no_code_shows_in_details():
    told = {"lines": [["voided", "log", "9ea9"]], "into": [{"code": "PX-1", "relation": "part"}], "teams.Team": 5}
    event = AuditEvent(target_type="services_help.session", data=told | {"some_thing": "x", "scopes": ["stats:read"]})
    assert list(detail_lines(event)) == [
        ("Các mục", "hủy, lượt hỗ trợ, 9ea9"),
        ("Vào", "PX-1, một phần"),
        ("Đội hình", "5"),
        ("Chi tiết khác", "x"),
        ("Phạm vi quyền", "Đọc số liệu thống kê"),
    ]


def test_what_a_file_changed_is_told_by_the_headers_of_the_file():
    all_lists()  # each of them is known from now on
    headers = {
        cell.column_name for resource in _resources() if resource._meta.fields for cell in resource.cells().values()
    }
    assert {"Tên đội hình", "Họ và tên", "Chỉ tiêu"} <= headers
    event = AuditEvent(target_type="teams.team", data={"changes": {header: ["Cũ", "Mới"] for header in headers}})
    assert dict(detail_lines(event)) == dict.fromkeys(headers, "Cũ → Mới")


def _resources(of: type[FileResource] = FileResource):
    for resource in of.__subclasses__():
        yield resource
        yield from _resources(resource)


def test_a_kind_that_is_gone_and_a_file_have_a_name():
    assert kind_of("gone.model") == kind_of("") == "Tệp"
    assert list(detail_lines(AuditEvent(target_type="", data={"rows": 3}))) == [("Số dòng", "3")]
    assert in_words("") == "–"
    assert verb_of("demo.seeded") == "seeded"
