from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Tài khoản"

    def ready(self) -> None:
        # After allauth.usersessions, which stands before us among the apps: its row is there when ours are called.
        from allauth.account.signals import user_logged_in  # noqa: PLC0415 - needs loaded models
        from allauth.mfa import signals  # noqa: PLC0415 - needs loaded models
        from django.contrib.auth.signals import user_logged_out  # noqa: PLC0415 - needs loaded models

        from accounts import trail  # noqa: PLC0415 - needs loaded models

        user_logged_in.connect(trail.on_signed_in)
        user_logged_out.connect(trail.on_signed_out)
        signals.authentication_failed.connect(trail.on_code_refused)
        signals.authenticator_used.connect(trail.on_factor_used)
