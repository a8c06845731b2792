"""The forms of the second factor: allauth's, stricter where it matters and worded for our pages."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# As long as an app's code can be right: its own half minute, one before and one after, for clocks that differ.
CODE_LIVES = 120
LONGEST_NAME = 60
NOT_TAKEN = _("Cổng không nhận khóa truy cập này. Hãy thử lại, hoặc dùng cách khác.")


def _as_typed(field) -> None:
    """A keyboard of digits, and what the phone itself has to offer; no words inside the box."""
    field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off"}
    field.max_length = 20
    field.widget.attrs["maxlength"] = "20"


class _OnceOnly:
    """allauth remembers a used code for thirty seconds; with a minute's tolerance it could be used again after that."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_typed(self.fields["code"])

    def clean_code(self) -> str:
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not remember(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


def remember(user, code: str) -> bool:
    """Whether this code of the app is used for the first time."""
    return cache.add(f"totp:{user.pk}:{normalize_user_code(code)}", 1, CODE_LIVES)


class CodeForm(_OnceOnly, AuthenticateForm):
    pass


class CodeAgainForm(_OnceOnly, ReauthenticateForm):
    pass


class AppForm(ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_typed(self.fields["code"])

    def clean_code(self) -> str:
        code = super().clean_code()
        remember(self.user, code)
        return code


@contextmanager
def told_kindly() -> Iterator[None]:
    """What a browser sends is taken apart by libraries, which stumble over odd input in many ways; none of them opens
    anything, and none is a fault of the portal."""
    try:
        yield
    except ValidationError as refusal:
        if refusal.code != "incorrect_code":
            raise
        raise ValidationError(NOT_TAKEN, code="passkey_refused") from refusal
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        raise ValidationError(NOT_TAKEN, code="passkey_refused") from error


class _Shown:
    def clean_credential(self):
        with told_kindly():
            return super().clean_credential()


class PasskeyShown(_Shown, AuthenticateWebAuthnForm):
    pass


class PasskeyShownAgain(_Shown, ReauthenticateWebAuthnForm):
    pass


class PasskeyAtTheDoor(_Shown, LoginWebAuthnForm):
    pass


class PasskeyForm(AddWebAuthnForm):
    """Every passkey of ours opens the portal alone, so each asks for the finger, the face or the PIN."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.fields["name"].max_length = LONGEST_NAME
        self.fields["name"].widget.attrs["maxlength"] = str(LONGEST_NAME)

    def clean_name(self) -> str:
        return super().clean_name().strip()[:LONGEST_NAME]

    def clean(self) -> dict:
        # What ``AddWebAuthnForm`` looks for, to have the server insist as well.
        self.cleaned_data["passwordless"] = True
        with told_kindly():
            return super().clean()
