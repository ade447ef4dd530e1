"""What people need to take part: for the officer and for who sees to it; nobody else learns that there is anything."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import services
from events.helping import needs_read_by
from events.models import Arrangement, Event
from partners.admin.pages import RecordAdmin
from partners.models import User


class ArrangedFilter(admin.SimpleListFilter):
    title = gettext_lazy("arranged")
    parameter_name = "arranged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("not yet")), ("yes", gettext_lazy("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Arrangement]) -> QuerySet[Arrangement]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(arranged_on__isnull=self.value() == "no")


@admin.register(Arrangement)
class ArrangementAdmin(RecordAdmin):
    """No export and no search: this is read by two roles, row by row, and is gone thirty days after the event."""

    list_title = gettext_lazy("What people need to take part")
    list_display = ["who", "event", "kind", "words", "owner", "arranged_on", "granted", "note", "sheet"]
    list_filter = [ArrangedFilter, "kind", ("registration__event", admin.RelatedOnlyFieldListFilter)]
    list_per_page = 50
    fields = ["who", "event", "kind", "words", "owner", "arranged_on", "note"]
    readonly_fields = ["who", "event", "kind", "words"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Arrangement]:
        wanted = Arrangement.objects.wanted().order_by()
        rows = needs_read_by(request.user).filter(pk__in=wanted.values("pk"))
        return rows.select_related("registration__person", "registration__event", "owner").order_by(
            "registration__event__held_on", "created_at", "pk"
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # the task that clears them writes the line that says so

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._only_two_roles(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._only_two_roles(request)
        return super().changeform_view(request, *args, **kwargs)

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._only_two_roles(request)
        return super().history_view(request, *args, **kwargs)

    def _only_two_roles(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise Http404

    def get_fields(self, request: HttpRequest, obj: Arrangement | None = None) -> Any:
        """Help with costs is a yes or a no, with a letter; everything else is arranged on a day."""
        if obj is None or obj.kind != Arrangement.Kind.COST:
            return self.fields
        return ["who", "event", "kind", "words", "granted", "note", "arranged_on"]

    def get_readonly_fields(self, request: HttpRequest, obj: Arrangement | None = None) -> Any:
        costs = obj is not None and obj.kind == Arrangement.Kind.COST
        return [*self.readonly_fields, "arranged_on"] if costs else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "granted" in form.base_fields:
            note = _("They get a letter an hour later, with your words below; until then you may change it.")
            form.base_fields["granted"].help_text = note
            form.base_fields["note"].label = _("Your words to them")
        return form

    def save_model(self, request: HttpRequest, obj: Arrangement, form: Any, change: bool) -> None:
        if obj.kind != Arrangement.Kind.COST:
            super().save_model(request, obj, form, change)
        elif obj.granted is None:  # not decided yet, or not any more
            obj.arranged_on = None
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            services.decide_costs(obj, granted=obj.granted, words=obj.note, by=request.user)  # type: ignore[arg-type]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's own log would keep who it was about after the row is gone."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("person"), ordering="registration__person__name")
    def who(self, arrangement: Arrangement) -> str:
        return str(arrangement.registration.person)

    @admin.display(description=gettext_lazy("for the caterer"))
    def sheet(self, arrangement: Arrangement) -> SafeString | str:
        if arrangement.kind != Arrangement.Kind.DIET:
            return "–"
        address = reverse("admin:events_event_caterer", args=[arrangement.registration.event_id])
        return format_html('<a href="{}">{}</a>', address, _("counts, no names"))

    @admin.display(description=gettext_lazy("event"), ordering="registration__event__held_on")
    def event(self, arrangement: Arrangement) -> Event | None:
        return arrangement.registration.event
