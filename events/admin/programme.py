"""The programme and its events."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, EventArea, Invitation, Programme, Registration
from events.models.attending import COMING, OPEN
from partners import geography
from partners.admin.pages import NamedFields, RecordAdmin


class AreaInline(NamedFields):
    model = EventArea
    fields = ["council_code", "name_en", "name_cy", "nearness"]


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ["name_en", "held_on", "venue_en", "capacity", "confirmed", "promised", "asked", "programme"]
    list_filter = ["programme"]
    list_select_related = ["programme"]
    search_fields = ["name_en", "name_cy", "slug"]
    readonly_fields = ["easting", "northing", "known"]
    inlines = [AreaInline]
    view_on_site = True
    change_form_template = "admin/events/event/change_form.html"
    fieldsets = [
        (None, {"fields": ["programme", ("name_en", "name_cy"), "slug", ("summary_en", "summary_cy")]}),
        (
            _("When and where"),
            {
                "fields": [
                    ("held_on", "starts_at", "ends_at"),
                    ("venue_en", "venue_cy"),
                    "venue_postcode",
                    ("easting", "northing"),
                ]
            },
        ),
        (_("Places"), {"fields": [("capacity", "over_invite"), ("reply_days", "near_km"), "known"]}),
    ]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Event | None = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name_en"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        held = (
            Invitation.objects.holding_a_place(timezone.now())
            .filter(registration__event=OuterRef("pk"))
            .order_by()
            .values("registration__event")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(
                confirmed_count=_counted(COMING),
                asked_count=_counted(OPEN),
                promised_count=Coalesce(Subquery(held), 0),
            )
        )

    @admin.display(description=_("confirmed"), ordering="confirmed_count")
    def confirmed(self, event: Any) -> int:
        return event.confirmed_count  # type: ignore[no-any-return]

    @admin.display(description=_("promised"), ordering="promised_count")
    def promised(self, event: Any) -> int:
        return event.promised_count  # type: ignore[no-any-return]

    @admin.display(description=_("to decide"), ordering="asked_count")
    def asked(self, event: Any) -> int:
        return event.asked_count  # type: ignore[no-any-return]

    @admin.display(description=_("organisations known in this area"))
    def known(self, event: Event) -> int:
        return event.known_organisations.count() if event.pk else 0

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        if obj.venue_postcode and (obj.easting is None or "venue_postcode" in form.changed_data):
            place = geography.locate(obj.venue_postcode)
            obj.easting, obj.northing = place.easting, place.northing
        if change and MOVED & set(form.changed_data):
            obj.calendar_sequence += 1  # calendars take the new file for the newer one
        super().save_model(request, obj, form, change)


MOVED = {"held_on", "starts_at", "ends_at", "venue_en", "venue_cy", "venue_postcode"}


def _counted(states: tuple[str, ...]) -> Any:
    rows = (
        Registration.objects.filter(event=OuterRef("pk"), state__in=states)
        .order_by()
        .values("event")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(rows), 0)


@admin.register(Programme)
class ProgrammeAdmin(RecordAdmin):
    list_display = ["name_en", "state", "starts_on", "ends_on", "officer_name", "officer_phone"]
    fieldsets = [
        (None, {"fields": [("name_en", "name_cy"), "slug", ("summary_en", "summary_cy")]}),
        (_("When"), {"fields": [("starts_on", "ends_on"), "state"]}),
        (
            _("Who people call"),
            {
                "fields": [
                    ("officer_name", "officer_phone", "officer_email"),
                    ("officer_hours_en", "officer_hours_cy"),
                    ("cover_name", "cover_phone"),
                ],
                "description": _("Every page and every letter follows a change here."),
            },
        ),
    ]
