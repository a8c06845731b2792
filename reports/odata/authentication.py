"""How Excel and Power BI bring an API key: as the password of HTTP Basic, all that their sign-in windows can send."""

import base64
import binascii

from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions

from teams.authentication import TokenAuthentication

# The realm is what the sign-in window shows.
CHALLENGE = 'Basic realm="Xung Kich So", charset="UTF-8"'


class KeyAsPassword(authentication.BaseAuthentication):
    """``Authorization: Basic base64(anything:xks_…)``; the user name says nothing."""

    def authenticate(self, request):
        header = authentication.get_authorization_header(request).split()
        if not header or header[0].lower() != b"basic":
            return None
        try:
            _name, colon, key = base64.b64decode(header[1], validate=True).decode().partition(":")
        except (IndexError, binascii.Error, UnicodeDecodeError):
            colon = key = ""
        if len(header) != 2 or not colon:
            raise exceptions.AuthenticationFailed(_("Tiêu đề Authorization không đúng dạng “Basic <tên:khóa>”."))
        return TokenAuthentication().by_key(key)

    def authenticate_header(self, request) -> str:
        return CHALLENGE
