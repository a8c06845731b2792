"""What every page knows."""

from django.conf import settings
from django.utils.module_loading import import_string


def portal(request):
    """``portal.nav``: the doors open to this user; ``portal.languages``; ``portal.demo``."""
    return {
        "portal": {
            "nav": import_string("config.navigation.pages")(request),
            "languages": settings.LANGUAGES,
            "demo": settings.DEMO,
        }
    }
