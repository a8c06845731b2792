"""How allauth behaves here: no self-registration, accounts are made by staff, and what it says is Vietnamese."""

import base64
import hashlib
import io

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts import trail
from accounts.confirming import is_confirmed
from accounts.second_factor import FACTORS


class PortalAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False

    def authentication_failed(self, request, **credentials) -> None:
        trail.sign_in_refused(credentials.get("username"))

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """A sign-in a short while ago confirms as well as being asked once more."""
        return not is_confirmed(context.request)

    def get_reauthentication_methods(self, user) -> list[dict]:
        """With a second factor, by the factor: the password may be what was stolen. First what the person has."""
        if not user.is_authenticated:
            return []
        held = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        methods = []
        if held & {Authenticator.Type.TOTP}:
            methods.append(_method("mfa_reauthenticate", gettext("Dùng mã trong ứng dụng hoặc mã dự phòng")))
        if held & {Authenticator.Type.WEBAUTHN}:
            methods.append(_method("mfa_reauthenticate_webauthn", gettext("Dùng khóa truy cập (passkey)")))
            if not methods[:-1]:
                methods.append(_method("mfa_reauthenticate", gettext("Dùng mã dự phòng")))
        if not held & set(FACTORS) and user.has_usable_password():
            methods.append(_method("account_reauthenticate", gettext("Dùng mật khẩu")))
        return methods


def _method(name: str, description: str) -> dict:
    return {"id": name, "description": description, "url": reverse(name)}


class PortalMFAAdapter(DefaultMFAAdapter):
    error_messages = {
        "add_email_blocked": gettext_lazy("Tài khoản có lớp bảo vệ thứ hai không đổi thư điện tử ở đây."),
        "cannot_delete_authenticator": gettext_lazy(
            "Vai trò của bạn cần lớp bảo vệ thứ hai. Hãy thêm một cách khác trước, rồi gỡ cách này."
        ),
        "cannot_generate_recovery_codes": gettext_lazy("Hãy bật ứng dụng tạo mã hoặc khóa truy cập trước."),
        "incorrect_code": gettext_lazy("Mã không đúng hoặc đã dùng. Hãy đợi mã mới hiện ra rồi nhập lại."),
        "unverified_email": gettext_lazy("Thư điện tử của tài khoản chưa được xác nhận."),
    }

    def get_totp_label(self, user) -> str:
        return user.username

    def _get_site_name(self) -> str:
        return "Xung Kích Số"

    def get_totp_issuer(self) -> str:
        return self._get_site_name()

    def build_totp_svg(self, url: str) -> str:
        drawn = io.BytesIO()
        segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=2, scale=4, xmldecl=False, light="#fff")
        return drawn.getvalue().decode()

    def generate_authenticator_name(self, user, type) -> str:
        held = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Khóa truy cập %(number)d") % {"number": held + 1}

    def can_delete_authenticator(self, authenticator) -> bool:
        """Staff never stand without: the last one goes once another is there."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        if authenticator.type not in FACTORS or others.exists():
            return True
        return not (settings.MFA_REQUIRED and authenticator.user.needs_second_factor)

    # --- at rest ------------------------------------------------------------------------------------------------------
    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> MultiFernet:
    """By the server's key, which is not in the database: a copy of the tables makes no codes."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.blake2b(key.encode(), digest_size=32, person=b"xks.mfa.secret").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
