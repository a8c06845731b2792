"""Pages of the second factor: what a person has, adding, taking off, and the recovery codes, shown once.

The ceremonies are allauth's. Ours is what goes with them: the audit row in the same transaction, the other sessions
that end, and codes that no page ever shows a second time.
"""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as code_flows
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.internal import flows as app_flows
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.internal import flows as passkey_flows
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.second_factor import FACTORS, METHOD, forget_proof, is_enrolled
from accounts.sessions import end_all_sessions
from core import audit


@never_cache
@require_safe
def factors(request):
    """What the person has, and what there is to add. Who has one and has not shown it in this session does so first."""
    if request.held_back is not None and is_enrolled(request.user):
        return redirect(get_account_adapter().get_reauthentication_methods(request.user)[0]["url"])
    held = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    codes = next((each for each in held if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": next((each for each in held if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in held if each.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "is_enrolled": any(each.type in FACTORS for each in held),
        "is_held_back": request.held_back is not None,
        "is_required": settings.MFA_REQUIRED and request.user.needs_second_factor,
    }
    return render(request, "accounts/factors.html", context)


def _added(request, authenticator: Authenticator) -> None:
    """In the transaction that adds it. This session has shown it; those that have not shall not outlive the first."""
    user = request.user
    record_authentication(request, user, METHOD, id=authenticator.pk, type=authenticator.type)
    kinds = list(Authenticator.objects.filter(user=user, type__in=FACTORS).values_list("type", flat=True))
    audit.record("accounts.factor_added", by=user, target=user, kind=authenticator.type)
    if len(kinds) == 1:
        end_all_sessions(user=user, by=user, but=request)


def _after_adding(request, codes: Authenticator | None):
    if codes is None:
        return redirect("mfa_index")
    return _show_codes(request, codes)


def _show_codes(request, codes: Authenticator):
    """The answer of the very form that made them. There is no address that shows them again."""
    context = {"codes": codes.wrap().get_unused_codes()}
    answer = render(request, "accounts/recovery_codes.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@method_decorator(never_cache, name="dispatch")
class AddApp(ActivateTOTPView):
    template_name = "accounts/factor_app.html"

    def form_valid(self, form):
        with transaction.atomic():
            authenticator, codes = app_flows.activate_totp(self.request, form)
            _added(self.request, authenticator)
        return _after_adding(self.request, codes)


@method_decorator(never_cache, name="dispatch")
class AddPasskey(AddWebAuthnView):
    template_name = "accounts/factor_passkey.html"

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        context["js_data"] = {"creation_options": passkeys.begin_registration(self.request.user, passwordless=True)}
        return context

    def form_valid(self, form):
        data = form.cleaned_data
        with transaction.atomic():
            authenticator, codes = passkey_flows.add_authenticator(
                self.request, name=data["name"], credential=data["credential"]
            )
            _added(self.request, authenticator)
        return _after_adding(self.request, codes)


def _removed(request, kind: str) -> None:
    audit.record("accounts.factor_removed", by=request.user, target=request.user, kind=kind)
    if not is_enrolled(request.user):
        forget_proof(request)
        end_all_sessions(user=request.user, by=request.user, but=request)


@method_decorator(never_cache, name="dispatch")
class RemoveApp(DeactivateTOTPView):
    template_name = "accounts/factor_remove.html"

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(**kwargs) | {"what": _("Ứng dụng tạo mã")}

    def form_valid(self, form):
        with transaction.atomic():
            app_flows.deactivate_totp(self.request, self.authenticator)
            _removed(self.request, Authenticator.Type.TOTP)
        return redirect("mfa_index")


@method_decorator(never_cache, name="dispatch")
class RemovePasskey(RemoveWebAuthnView):
    template_name = "accounts/factor_remove.html"
    # Where it leads on to; allauth's own list is not among our pages.
    success_url = "/"

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(**kwargs) | {"what": str(self.object)}

    def form_valid(self, form):
        authenticator = self.get_object()
        if not get_adapter().can_delete_authenticator(authenticator):
            messages.error(self.request, get_adapter().error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(reverse("mfa_index"))
        with transaction.atomic():
            passkey_flows.remove_authenticator(self.request, authenticator)
            _removed(self.request, Authenticator.Type.WEBAUTHN)
        return redirect("mfa_index")


@method_decorator(never_cache, name="dispatch")
class NewCodes(GenerateRecoveryCodesView):
    template_name = "accounts/recovery_codes_new.html"

    def form_valid(self, form):
        with transaction.atomic():
            codes = code_flows.generate_recovery_codes(self.request)
            audit.record("accounts.recovery_codes_made", by=self.request.user, target=self.request.user)
        return _show_codes(self.request, codes)
