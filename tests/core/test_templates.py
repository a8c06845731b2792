"""What every template must keep: the strict policy of the page, and icons that exist."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# The admin's pages stand on a theme of their own, with its own icons and its own policy.
PORTAL = [path for path in TEMPLATES if not {"admin", "unfold"} & set(path.relative_to(ROOT / "templates").parts)]
ICON_USE = re.compile(r'components/_icon\.html"\s+with\s+name="([^"]+)"')
FORBIDDEN = {
    "an inline style": re.compile(r"<style|\sstyle=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+=", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE),
    "hx-on, which needs eval": re.compile(r"hx-on"),
    "an event filter, which needs eval": re.compile(r"hx-trigger=\"[^\"]*\["),
    "a resource from another host": re.compile(
        r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", re.IGNORECASE
    ),
}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PORTAL, ids=relative)
def test_template_keeps_the_content_security_policy(path):
    text = path.read_text()
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", PORTAL, ids=relative)
def test_template_uses_icons_that_are_in_the_sprite(path):
    known = set(json.loads((ROOT / "assets/icons.json").read_text()))
    assert set(ICON_USE.findall(path.read_text())) - known == set()


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<p style="color:red">', "an inline style"),
        ('<button class="x" onclick="go()">', "an inline handler"),
        ("<script>go()</script>", "an inline script"),
        ('<div hx-on:click="go()">', "hx-on, which needs eval"),
        ('<div hx-trigger="click[ctrlKey]">', "an event filter, which needs eval"),
        ('<script src="https://cdn.example/x.js"></script>', "a resource from another host"),
    ],
)
def test_the_rules_find_what_they_forbid(html, what):
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(html)] == [what]
