"""What every page of the staff's admin has in common: the reader's scope, audit rows, refusals in words.

All rows come through ``rows_for`` of the model's own admin: lists, forms, autocompletes, the choices of foreign keys
and exports therefore agree on who sees what. What a member of staff may change is asked again for the very object.
"""

import datetime as dt

from django import forms
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline

from core import audit
from core.dated import today
from core.errors import DomainError
from core.models import Revision
from core.paging import EstimatingPaginator
from core.vietnamese import fold
from teams.access import access_of
from teams.permissions import MODEL_RIGHTS, Right

SECRET_FIELDS = {"password"}
# Related rows that a search names one by one.
MOST_NAMED = 200


class ScopedForm(forms.ModelForm):
    # What the service answered to this same form a moment ago, see ``ScopedModelAdmin.changeform_view``.
    refusal: Exception | None = None

    def clean(self):
        cleaned = super().clean()
        if self.refusal:
            raise forms.ValidationError(str(self.refusal))
        return cleaned


class Suggesting:
    """Django's own breaks on a value that is no key at all; a page answers a forged form with the form."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [each for each in value if str(each).isdigit()], attr)


class SuggestingMany(Suggesting, AutocompleteSelectMultiple):
    pass


class LoadedSelect(Suggesting, AutocompleteSelect):
    """Shows what an inline's row already refers to without asking the database again, once a row."""

    loaded: models.Model | None = None

    def optgroups(self, name, value, attr=None):
        if self.loaded is None or [str(self.loaded.pk)] != [str(each) for each in value]:
            return super().optgroups(name, value, attr)
        empty = [] if self.is_required else [self.create_option(name, "", "", selected=False, index=0)]
        label = self.choices.field.label_from_instance(self.loaded)
        return [(None, [*empty, self.create_option(name, self.loaded.pk, label, selected=True, index=len(empty))], 0)]


class ScopedFields:
    """Choices of foreign keys are the rows that the reader may see, or may write to where the row is placed by them."""

    # Foreign keys that say whose the row is: only what the caller may write to can be chosen.
    scope_fields: tuple[str, ...] = ("unit", "team")

    @property
    def write_right(self) -> Right | None:
        return MODEL_RIGHTS[self.opts.label_lower][1]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if "queryset" not in kwargs:
            target = self.admin_site.get_model_admin(db_field.remote_field.model)
            right = self.write_right if db_field.name in self.scope_fields else None
            kwargs["queryset"] = target.rows_for(request, right)
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = LoadedSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = SuggestingMany(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """Nothing is chosen beforehand, unless the model says what is usual."""
        if "choices" not in kwargs and not db_field.has_default():
            kwargs["choices"] = db_field.get_choices(include_blank=True, blank_choice=[("", _("Hãy chọn"))])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Pop-up windows for related objects: three icons a field that nobody at a counter asked for.
            widget = field.widget
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field


class ScopedModelAdmin(ScopedFields, ModelAdmin):
    form = ScopedForm
    # Shared by all who may enter (areas, the catalogue): not narrowed by the tree.
    is_shared = False
    # History hangs on nearly everything here; rows are closed, not deleted. True: PROTECT still has the last word.
    may_delete = False
    # The revision that moves with a change of this model (ETags of the API and the pages).
    revision: str | None = None
    list_per_page = 50
    paginator = EstimatingPaginator
    list_filter_submit = True
    show_full_result_count = False
    # Columns of a small table, searched in memory: it has no search key of its own.
    folded_fields: tuple[str, ...] = ()
    # A list of millions looks for related rows before its own, by a query a word: the rows of few teams are then found
    # by an index, and a word that nobody has is not looked for in each row.
    names_what_it_finds = False
    list_fullwidth = True
    actions = None

    # --- which rows ---------------------------------------------------------------------------------------------------
    def rows_for(self, request: HttpRequest, right: Right | None = None) -> models.QuerySet:
        rows = self.model._default_manager.all()
        return rows if self.is_shared else rows.visible_to(access_of(request), right)

    def get_queryset(self, request):
        rows = self.rows_for(request)
        rows = rows.for_list() if hasattr(rows, "for_list") else rows
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_search_results(self, request, queryset, search_term):
        """Blind to accents and to Hòa/Hoà, i/y, đ/d; every word must be found, in any order."""
        words = fold(search_term).split()
        if words and self.folded_fields:
            rows = queryset.values_list("pk", *self.folded_fields)
            found_in = [pk for pk, *texts in rows if all(word in fold(" ".join(texts)) for word in words)]
            return queryset.filter(pk__in=found_in), False
        for word in words:
            found = models.Q()
            for path in self.search_fields:
                found |= self._holding(request, path, word)
            queryset = queryset.filter(found)
        return queryset, False

    def _holding(self, request, path: str, word: str) -> models.Q:
        """Of a related row: found in its own table first, which is read once and not for every row of a long list."""
        relation, _sep, column = path.rpartition("__")
        if not relation:
            return models.Q(**{f"{path}__contains": word})
        found = self.related_rows(request, relation).filter(**{f"{column}__contains": word}).order_by()
        if self.names_what_it_finds:
            named = list(found.values_list("pk", flat=True)[: MOST_NAMED + 1])
            if len(named) <= MOST_NAMED:
                return models.Q(**{f"{relation}__in": named})
        return models.Q(**{f"{relation}__in": found.values("pk")})

    def related_rows(self, request, relation: str) -> models.QuerySet:
        """Those that a search may find: of a long list whose rows are narrowed, only what they can refer to."""
        return get_fields_from_path(self.model, relation)[-1].related_model._default_manager.all()

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404(_("Không có trang này, hoặc bạn không được xem."))

    # --- may the caller -----------------------------------------------------------------------------------------------
    def may_write(self, request, obj) -> bool:
        """Asked of the object, once a request: the admin wonders a dozen times for one page."""
        known = request.__dict__.setdefault("_may_write", {})
        key = (self.opts.label, obj.pk)
        if key not in known:
            known[key] = self.covers(request, obj)
        return known[key]

    def covers(self, request, obj) -> bool:
        return self.rows_for(request, self.write_right).filter(pk=obj.pk).exists()

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or self.may_write(request, obj))

    def has_delete_permission(self, request, obj=None):
        if not (self.may_delete and super().has_delete_permission(request, obj)):
            return False
        return obj is None or self.may_write(request, obj)

    # --- refusals of services -----------------------------------------------------------------------------------------
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        extra_context = {**(extra_context or {}), "show_history": access_of(request).has(Right.AUDIT_VIEW)}
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            request.refusal = error
        except IntegrityError:
            request.refusal = DomainError(
                _("Không lưu được vì trùng hoặc mâu thuẫn với dữ liệu đã có. Hãy kiểm tra mã và ngày hiệu lực.")
            )
        # The transaction is undone; the same form again, with what was typed and the reason above it.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    # --- trail --------------------------------------------------------------------------------------------------------
    def scope_unit(self, obj) -> int | None:
        """The unit whose staff may read of a change of ``obj``."""
        return unit_of(obj)

    def construct_change_message(self, request, form, formsets, add=False):
        return {**changes_of(form), **inline_changes_of(formsets)}

    def log_addition(self, request, obj, message):
        self.record(request, obj, "added", message)

    def log_change(self, request, obj, message):
        if message:
            self.record(request, obj, "changed", message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self.record(request, obj, "deleted", {})

    def record(self, request, obj, verb: str, changes: dict) -> None:
        audit.record(
            f"{self.opts.app_label}.{self.opts.model_name}_{verb}",
            by=request.user,
            target=obj,
            scope_unit=self.scope_unit(obj),
            **changes,
        )
        if self.revision:
            Revision.bump(self.revision)

    def history_view(self, request, object_id, extra_context=None):
        """The audit trail is the history; there is no second one."""
        if not access_of(request).has(Right.AUDIT_VIEW):
            raise PermissionDenied
        if self.get_object(request, object_id) is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        trail = reverse("admin:core_auditevent_changelist")
        return redirect(f"{trail}?target_type={self.opts.label_lower}&target_id={object_id}")


class ReadOnlyAdmin(ScopedModelAdmin):
    """What was logged: looked at here, taken back by a void, never edited."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class InlineForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, LoadedSelect):
                widget.loaded = self.instance._state.fields_cache.get(name)


class ScopedInline(ScopedFields, TabularInline):
    form = InlineForm
    extra = 0
    tab = True
    show_change_link = False

    def _may(self, request, parent) -> bool:
        if parent is None:
            return True
        return self.admin_site.get_model_admin(self.parent_model).may_write(request, parent)

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and self._may(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._may(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._may(request, obj)


class HistoryInline(ScopedInline):
    """Dated rows that services write: shown, not edited."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


# --- what changed, as JSON ------------------------------------------------------------------------------------------
def changes_of(form) -> dict:
    """``{field: [before, after]}`` of what the form changed; secrets by name only."""
    changes = {}
    for name in form.changed_data:
        if any(secret in name for secret in SECRET_FIELDS):
            changes[name] = "***"
        else:
            changes[name] = [_plain(form.initial.get(name)), _plain(form.cleaned_data.get(name))]
    return {"changes": changes} if changes else {}


def inline_changes_of(formsets) -> dict:
    rows = []
    for formset in formsets or ():
        name = formset.model._meta.model_name
        rows += [{"row": name, "added": str(obj)} for obj in formset.new_objects]
        rows += [{"row": name, "changed": str(obj), "fields": fields} for obj, fields in formset.changed_objects]
        rows += [{"row": name, "deleted": str(obj)} for obj in formset.deleted_objects]
    return {"rows": rows} if rows else {}


def _plain(value):
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, models.QuerySet)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def unit_of(obj) -> int | None:
    for name in ("unit_id", "owner_id"):
        if getattr(obj, name, None):
            return getattr(obj, name)
    if getattr(obj, "team_id", None):
        obj = obj.team
    if hasattr(obj, "home_on"):
        home = obj.home_on(today())
        return home.pk if home else None
    return unit_of(obj.campaign) if getattr(obj, "campaign_id", None) else None
