"""Settings of signing in: allauth's, and what our own second factor asks. Read by config/settings.py."""

ACCOUNT_ADAPTER = "accounts.adapter.PortalAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "accounts.adapter.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Clocks of phones differ; a code is used once all the same (accounts.forms).
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.AppForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
    "authenticate_webauthn": "accounts.forms.PasskeyShown",
    "reauthenticate_webauthn": "accounts.forms.PasskeyShownAgain",
    "login_webauthn": "accounts.forms.PasskeyAtTheDoor",
}
# Functions of the apps that end what an account holds and has handed out, when it is closed (accounts.closing).
ACCESS_ENDERS = ["teams.leaving.end_accesses", "campaigns.feeds.end_accesses"]

# Public files that no cookie changes, so that each may be kept for all: the session is not even looked at.
SAME_FOR_EVERYBODY = {"/field/", "/field/sw.js", "/field/manifest.webmanifest"}
# Sensitive pages by their names: what gives access or personal data away, or takes it from somebody. They ask first
# whether it is still the same person who sits there (accounts.confirming).
CONFIRMED_VIEWS = {
    "account_change_password",
    "account_set_password",
    "admin:accounts_user_add",
    "admin:accounts_user_change",
    "admin:teams_apitoken_add",
    "admin:teams_apitoken_revoke",
    "admin:teams_appointment_add",
    "admin:teams_appointment_end_now",
    "access:factor_reset",
    "access:token_revoke",
    "office:person_export",
    "office:person_forget",
    "office:retention_rule",
}
# Only what is sent: pages that are read far more often than they change anything, and a key that has to die in a hurry.
CONFIRMED_WHEN_SENT = {
    "admin:accounts_user_change",
    "admin:teams_apitoken_revoke",
    "access:token_revoke",
    "office:person_export",
    "office:person_forget",
    "office:retention_rule",
}
