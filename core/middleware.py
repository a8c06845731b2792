"""Request-wide rules."""

import re

import structlog
from django.conf import settings
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware
from rest_framework.throttling import BaseThrottle


class ContentSecurityPolicy(ContentSecurityPolicyMiddleware):
    """Strict everywhere; the admin theme and the API docs get the one concession that each needs."""

    RELAXED = (("/admin/", "SECURE_CSP_ADMIN"), ("/api/v1/docs/", "SECURE_CSP_API_DOCS"))

    def process_response(self, request, response):
        for prefix, name in self.RELAXED:
            if request.path.startswith(prefix) and not hasattr(response, "_csp_config"):
                response._csp_config = getattr(settings, name)
        return super().process_response(request, response)


class ChosenLanguage:
    """Vietnamese, unless the reader chose English by the switch; on the API, Accept-Language decides.

    Django's own LocaleMiddleware would show English to everyone whose cheap phone came with an English browser.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        language = self.language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    @staticmethod
    def language_of(request) -> str:
        known = dict(settings.LANGUAGES)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if request.path.startswith(("/api/", "/field/api/")):
            asked = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip().lower()[:2]
            chosen = asked or chosen
        return chosen if chosen in known else settings.LANGUAGE_CODE


class RequestLog(RequestMiddleware):
    """Logs each request by its path, but never the code of a device pass or the key of a calendar: who reads logs must
    not be able to use it."""

    SECRET_IN_PATH = re.compile(r"(?<=/pass/|/ical/)[^/?]+")

    @classmethod
    def format_request(cls, request) -> str:
        return cls.SECRET_IN_PATH.sub("…", RequestMiddleware.format_request(request))

    @classmethod
    def bind_ip(cls, request) -> None:
        """The address that throttles count by: one that a caller may write into a header himself proves nothing."""
        structlog.contextvars.bind_contextvars(ip=BaseThrottle().get_ident(request))

    @staticmethod
    def bind_user_id(request) -> None:
        """Without a session nobody has to be looked for; after the view it is whom the token stands for."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES or type(request.user) is not SimpleLazyObject:
            RequestMiddleware.bind_user_id(request)
        else:
            structlog.contextvars.bind_contextvars(user_id=None)
