"""Finds the texts to translate, in the portal and in the libraries whose screens we show. Needs babel (development)."""

import io
import sysconfig
from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

BASE = Path(__file__).resolve().parent.parent
SITE = Path(sysconfig.get_path("purelib"))
APPS = ("accounts", "campaigns", "config", "core", "demo", "desk", "reports", "services_help", "teams", "templates")
LIBRARIES = (
    "allauth",
    "django",
    "django_filters",
    "drf_spectacular",
    "import_export",
    "rest_framework",
    "unfold",
)
# A catalogue of an app that is not installed is never read, however well it would translate.
INSTALLED_CONTRIB = ("admin", "auth", "contenttypes", "humanize", "messages", "sessions", "staticfiles")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


class Key(NamedTuple):
    context: str | None
    msgid: str


@dataclass
class Text:
    plural: str | None = None
    files: set[str] = field(default_factory=set)


def key_of(entry: polib.POEntry) -> Key:
    return Key(entry.msgctxt, entry.msgid)


def calls(file: Path) -> list[tuple[Key, str | None]]:
    """(key, plural) of every gettext call in a Python file or a template."""
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        # What is left of the page is a soup of X; without its indentation it reads as Python.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(file)).splitlines())
    found = []
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        singular, plural = message if isinstance(message, tuple) else (message, None)
        if singular:
            found.append((Key(context, singular), plural))
    return found


def collect(roots: list[Path], relative_to: Path) -> dict[Key, Text]:
    texts: dict[Key, Text] = defaultdict(Text)
    for root in roots:
        for file in sorted(root.rglob("*")):
            wanted = file.suffix == ".py" or (file.suffix in {".html", ".txt"} and "templates" in file.parts)
            if not wanted or "migrations" in file.parts or "node_modules" in file.parts:
                continue
            for key, plural in calls(file):
                texts[key].files.add(str(file.relative_to(relative_to)))
                texts[key].plural = texts[key].plural or plural
    return dict(texts)


def project_texts() -> dict[Key, Text]:
    return collect([BASE / app for app in APPS], BASE)


# --- libraries ------------------------------------------------------------------------------------------------------


def not_shown() -> list[tuple[str, str]]:
    """(path pattern, text pattern) of what no screen of ours can show; each line of the file gives its reason."""
    patterns = []
    for line in (BASE / "locale" / "vi" / "not_shown.txt").read_text(encoding="utf-8").splitlines():
        rule = line.split("#", 1)[0].strip()
        if rule:
            path, _, text = rule.partition(" :: ")
            patterns.append((path.strip(), text.strip() or "*"))
    return patterns


def own_vietnamese() -> dict[Key, bool]:
    """What the libraries' own Vietnamese catalogues cover, and whether also in the plural."""
    covered: dict[Key, bool] = defaultdict(bool)
    for library in LIBRARIES:
        for catalogue in (SITE / library).rglob("locale/vi/LC_MESSAGES/django.po"):
            app = catalogue.relative_to(SITE).parts
            if app[:2] == ("django", "contrib") and app[2] not in INSTALLED_CONTRIB:
                continue
            for entry in polib.pofile(str(catalogue)):
                if entry.translated():
                    covered[key_of(entry)] |= bool(entry.msgid_plural)
    return dict(covered)


def library_texts() -> dict[Key, Text]:
    """What a screen of ours can show and no library says in Vietnamese: locale/vi must."""
    patterns, covered = not_shown(), own_vietnamese()
    texts = collect([SITE / library for library in LIBRARIES], SITE)
    wanted = {}
    for key, text in texts.items():
        shown = {
            file
            for file in text.files
            if not any(fnmatch(file, path) and fnmatch(key.msgid, pattern) for path, pattern in patterns)
        }
        # A catalogue that knows the text as one of its own says nothing where it is counted: that is looked up apart.
        if shown and (key not in covered or (text.plural and not covered[key])):
            wanted[key] = Text(text.plural, shown)
    return wanted
