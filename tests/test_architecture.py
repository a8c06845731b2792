"""The shape of the code base, as far as a machine can keep it."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent
APPS = ("accounts", "campaigns", "config", "core", "demo", "desk", "reports", "services_help", "teams")
FOLDERS = (*APPS, "bench", "deploy", "scripts", "tests")
TEMPLATES = sorted([*BASE.glob("templates/**/*.html"), *BASE.glob("*/templates/**/*.html")])
PYTHON_FILES = sorted(file for folder in FOLDERS for file in (BASE / folder).rglob("*.py"))
BROWSER_FILES = sorted((BASE / "assets").rglob("*.js"))


def name_of(path: Path) -> str:
    return str(path.relative_to(BASE))


def lines_of(files: list[Path], pattern: str) -> list[str]:
    """Where a pattern stands, as `file:line`."""
    expression = re.compile(pattern, re.IGNORECASE)
    return [
        f"{name_of(file)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if expression.search(line)
    ]


# --- imports --------------------------------------------------------------------------------------------------------


def test_imports_go_one_way():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=BASE, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_psycopg_3_is_absent():
    """Django prefers it over psycopg2 once it can be imported, and without its C part it is seven times slower."""
    assert importlib.util.find_spec("psycopg") is None


# --- templates and browser code -------------------------------------------------------------------------------------

FORBIDDEN_IN_TEMPLATES = {
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")",
    "inline style element": r"<style\b",
    "style attribute": r"\sstyle\s*=",
    "event attribute": r"\son[a-z]+\s*=\s*[\"']",
    "javascript: address": r"javascript:",
    "file from another host": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']*\.(?:js|css|woff2?|png|svg)\b",
    "script or style sheet from another host": r"<(?:script|link)\b[^>]*(?:https?:)?//",
    "hx-on, which needs eval": r"\bhx-on\b|\bhx-on:",
    "hx-vals or hx-headers computed by eval": r"hx-(?:vals|headers)\s*=\s*[\"']\s*js:",
    "event filter of hx-trigger, which needs eval": r"hx-trigger\s*=\s*\"[^\"]*\w\[",
    # A form field's help text is the developer's own, and Django's list of password rules is HTML.
    "template text marked safe": r"(?<!help_text)\|\s*safe\b|\{%\s*autoescape off",
}


def test_templates_are_found():
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_templates_hold_nothing_that_the_content_security_policy_forbids(what):
    assert lines_of(TEMPLATES, FORBIDDEN_IN_TEMPLATES[what]) == []


@pytest.mark.parametrize(
    ("what", "sample"),
    [
        ("inline script", "<script>alert(1)</script>"),
        ("style attribute", '<p style="color:red">'),
        ("event attribute", "<a onclick='go()'>"),
        ("script or style sheet from another host", '<script src="https://cdn.example/x.js"></script>'),
        ("hx-on, which needs eval", '<a hx-on:click="x">'),
        ("event filter of hx-trigger, which needs eval", '<a hx-trigger="click[ctrlKey]">'),
    ],
)
def test_the_patterns_catch_what_they_are_for(what, sample):
    assert re.search(FORBIDDEN_IN_TEMPLATES[what], sample, re.IGNORECASE)


def test_browser_code_builds_no_code_from_text_and_calls_no_other_host():
    pattern = r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write|\.style\.\w+\s*=|https?://(?!www\.w3\.org)"
    assert lines_of(BROWSER_FILES, pattern) == []


# --- size and names -------------------------------------------------------------------------------------------------


def test_modules_stay_under_400_lines():
    small = [file for file in PYTHON_FILES if "migrations" not in file.parts and "tests" not in file.parts]
    assert [name_of(file) for file in small if len(file.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_test_files_stay_under_1000_lines():
    assert [
        name_of(file)
        for file in (BASE / "tests").rglob("*.py")
        if len(file.read_text(encoding="utf-8").splitlines()) > 1000
    ] == []


def test_nothing_is_left_to_do_in_the_code():
    marker = r"\b(?:TODO|FIXME|XXX)\b"
    assert lines_of([file for file in PYTHON_FILES if file != Path(__file__)] + TEMPLATES, marker) == []


# --- configuration and dependencies ---------------------------------------------------------------------------------


def keys_read() -> set[str]:
    pattern = re.compile(r"""(?:env(?:\.\w+)?\(|environ\.get\(|environ\[)\s*["']([A-Z][A-Z_]+)["']""")
    files = [*(BASE / "config").glob("*.py"), BASE / "deploy/gunicorn.conf.py", BASE / "scripts/run.py"]
    return {key for file in files for key in pattern.findall(file.read_text(encoding="utf-8"))}


def test_every_environment_key_is_in_the_example():
    example = (BASE / ".env.example").read_text(encoding="utf-8")
    documented = set(re.findall(r"^#?\s?([A-Z][A-Z_]+)=", example, re.MULTILINE))
    ours_alone = {"DJANGO_SETTINGS_MODULE", "READ_ENV_FILES"}  # not for operators
    assert keys_read() - documented - ours_alone == set()
    assert documented - keys_read() == set()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_direct_dependency_is_pinned_and_says_why(file):
    lines = (BASE / file).read_text(encoding="utf-8").splitlines()
    pinned = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+\s+# \S.{8,}")
    assert [line for line in lines if line and not line.startswith(("#", "-c ")) and not pinned.match(line)] == []


def test_locks_are_in_step_with_the_requirements():
    done = subprocess.run([sys.executable, "scripts/check.py", "locks"], cwd=BASE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_npm_lock_names_hashes_and_no_hosts():
    packages = json.loads((BASE / "package-lock.json").read_text())["packages"]
    libraries = [package for path, package in packages.items() if path]
    assert libraries
    assert all(package["integrity"].startswith("sha512-") for package in libraries)
    assert not any("resolved" in package for package in libraries)


def test_npm_packages_are_pinned_exactly():
    pins = json.loads((BASE / "package.json").read_text())["devDependencies"]
    assert [pin for pin in pins.values() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)] == []
