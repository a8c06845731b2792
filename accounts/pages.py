"""allauth's pages of the password and of confirming, with what a change of password means here."""

from allauth.account import views as allauth_views
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect

from accounts.sessions import end_all_sessions, note_arrival
from core import audit


class _EndsOtherSessions:
    """Whoever knew the old password is out, on every other machine, in the transaction of the change."""

    def form_valid(self, form):
        with transaction.atomic():
            answer = super().form_valid(form)
            user = self.request.user
            audit.record("accounts.password_changed", by=user, target=user)
            # The session has a new key by now, and a row of its own under it.
            note_arrival(self.request)
            end_all_sessions(user=user, by=user, but=self.request)
        return answer


class ChangePassword(_EndsOtherSessions, allauth_views.PasswordChangeView):
    pass


class SetPassword(_EndsOtherSessions, allauth_views.PasswordSetView):
    pass


class ConfirmByPasskey(ReauthenticateWebAuthnView):
    def form_invalid(self, form):
        """Here again: allauth would lead to the sign-in page, where a person who is signed in has no business."""
        for message in form.errors.get("credential", []):
            messages.error(self.request, message)
        return redirect(self.request.get_full_path())
