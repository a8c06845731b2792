"""The portal's own settings, plus the plain endpoint that it is measured against, and no throttles."""

import os

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
REST_FRAMEWORK = REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])}  # noqa: F405
# Two databases are served side by side from one Redis: neither may show what the other has drawn.
CACHES = {"default": CACHES["default"] | {"KEY_PREFIX": os.environ["DATABASE_URL"].rpartition("/")[2]}}  # noqa: F405
