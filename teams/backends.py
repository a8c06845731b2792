"""Answers Django's permission names (asked by the admin) from the table of rights."""

from django.contrib.auth.backends import BaseBackend

from teams.access import access_of_user
from teams.permissions import MODEL_RIGHTS, Right


class RightsBackend(BaseBackend):
    def has_perm(self, user_obj, perm: str, obj=None) -> bool:
        """``app.view_model`` and its like, or a right by its own name (``admin.enter``)."""
        right = _right_for(perm)
        if right is None or not user_obj.is_active:
            return False
        # One set of appointments a request: the admin asks dozens of times for one page.
        access = getattr(user_obj, "_rights_access", None)
        if access is None:
            access = user_obj._rights_access = access_of_user(user_obj)
        return access.has(right)


def _right_for(perm: str) -> Right | None:
    if perm in Right:
        return Right(perm)
    app_label, _, codename = perm.partition(".")
    verb, _, model = codename.partition("_")
    view, write = MODEL_RIGHTS.get(f"{app_label}.{model}", (None, None))
    return view if verb == "view" else write
