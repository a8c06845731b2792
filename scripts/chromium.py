"""Where this machine's Chromium is: browser tests, pictures and set-up all ask here. Standard library only."""

import os
import shutil

# No sandbox of its own (it fails in containers and for root), no GPU, no talk with its maker.
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The same engine without what draws a window: pages alone are done in two thirds of the time.
SHELL = "chromium-headless-shell"


def find_chromium() -> str | None:
    """The path of a Chromium, or None; the CHROMIUM variable wins over what is found."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def find_shell() -> str | None:
    """For pages that need no more of a browser than its engine; a whole Chromium where the shell is not installed."""
    return os.environ.get("CHROMIUM") or shutil.which(SHELL) or find_chromium()
