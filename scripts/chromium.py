"""Where this machine's Chromium is: browser tests, pictures and set-up all ask here. Standard library only."""

import os
import shutil

# No sandbox of its own (it fails in containers and for root), no GPU, no talk with its maker.
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium, or None; the CHROMIUM variable wins over what is found."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
