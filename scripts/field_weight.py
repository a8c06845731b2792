"""What a first visit to the field app costs over the wire before it is usable: at most 25 kB in at most 6 requests.

Counted from the built files and the shell as it is served; what only a running portal knows (headers, the kit of a
team) is allowed for as measured in Chromium. Icons, the later part and the worker come after the first screen.
"""

import os
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import brotli
import django

MOST_BYTES, MOST_REQUESTS = 25_000, 6
FIRST = ["css/field_app.css", "field/app.js"]
# Response headers of a page and of a file; the kit of a leader with one team and its headers, compressed.
PAGE_HEADERS, FILE_HEADERS, KIT = 830, 450, 4_320


def weigh() -> dict[str, int]:
    django.setup()
    from services_help.field.shell import release  # noqa: PLC0415 - Django is set up one line before

    shell = len(brotli.compress(release().html)) + PAGE_HEADERS
    files = {name: len(brotli.compress((BASE / "dist" / name).read_bytes())) + FILE_HEADERS for name in FIRST}
    return {"/field/": shell, **files, "/field/api/kit/": KIT}


def main() -> int:
    parts = weigh()
    total = sum(parts.values())
    for name, size in parts.items():
        print(f"{size:>8} B  {name}")
    print(f"{total:>8} B  in {len(parts)} requests (at most {MOST_BYTES} B in {MOST_REQUESTS})")
    return total > MOST_BYTES or len(parts) > MOST_REQUESTS


if __name__ == "__main__":
    sys.exit(main())
