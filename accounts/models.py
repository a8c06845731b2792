"""Who signs in. What they may do stands in teams.permissions, never here."""

from django.contrib import auth
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.constraints import one_of
from core.fields import DerivedTextField

# Who holds one of these sees other people's work: staff. By the names that the table of rights answers.
STAFF_PERMISSIONS = ("admin.enter", "dashboard.view")


class UserKind(models.TextChoices):
    PERSON = "person", _("Người dùng")
    # A phone signed in by a QR device pass: an account of its own, so that every log has a known author.
    DEVICE = "device", _("Thiết bị")
    # The owner of API tokens.
    CLIENT = "client", _("Hệ thống khác")


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields) -> "User":
        return self.create_user(username, password, is_superuser=True, **fields)


class User(AbstractBaseUser):
    username = models.CharField(
        _("tên đăng nhập"),
        max_length=80,
        unique=True,
        validators=[ASCIIUsernameValidator()],
        error_messages={"unique": _("Tên đăng nhập này đã có người dùng.")},
    )
    full_name = models.CharField(_("họ và tên"), max_length=150)
    email = models.EmailField(_("thư điện tử"), blank=True)
    kind = models.CharField(_("loại tài khoản"), max_length=10, choices=UserKind, default=UserKind.PERSON)
    is_active = models.BooleanField(
        _("đang hoạt động"), default=True, help_text=_("Bỏ chọn để khóa tài khoản; lịch sử vẫn được giữ.")
    )
    is_superuser = models.BooleanField(
        _("quản trị kỹ thuật"), default=False, help_text=_("Có mọi quyền; chỉ dành cho người vận hành hệ thống.")
    )
    date_joined = models.DateTimeField(_("ngày tạo"), default=timezone.now, editable=False)
    # Part of the mark that every session carries: a step, and all sessions have ended, also those nobody can list.
    access_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Whoever made an account sees it before it is appointed anywhere.
    created_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", editable=False)
    search_key = DerivedTextField("username", "full_name")

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("tài khoản")
        verbose_name_plural = _("tài khoản")
        ordering = ["username"]
        constraints = [one_of("user_kind", "kind", UserKind.values)]

    def __str__(self) -> str:
        return self.full_name or self.username

    def _get_session_auth_hash(self, secret=None) -> str:
        before = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # the stubs know only the public one
        if not self.access_epoch:
            return before
        marked = f"{self.access_epoch}:{before}"
        return salted_hmac("accounts.session", marked, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[-1] if self.full_name else self.username

    @property
    def is_staff(self) -> bool:
        """May enter the admin at all; the admin asks this name."""
        return self.is_active and (self.is_superuser or self.has_perm("admin.enter"))

    @property
    def needs_second_factor(self) -> bool:
        """A password alone does not open what this person may do. Asked each time: appointments begin and end."""
        return self.is_superuser or any(self.has_perm(perm) for perm in STAFF_PERMISSIONS)

    def has_perm(self, perm: str, obj=None) -> bool:
        if not self.is_active:
            return False
        return self.is_superuser or any(
            backend.has_perm(self, perm, obj) for backend in auth.get_backends() if hasattr(backend, "has_perm")
        )

    def has_perms(self, perms, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
