"""The programme and its events."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events import helping, services
from events.admin import changes, cloning, day
from events.models import Event, EventArea, Invitation, Programme, Registration, SectorPlaces
from events.models.attending import COMING, OPEN
from partners import geography
from partners.admin.pages import NamedFields, RecordAdmin
from partners.models import User
from pwp.journal.admin import table


class AreaInline(NamedFields):
    model = EventArea
    fields = ["council_code", "name_en", "name_cy", "nearness"]


class SectorPlacesInline(NamedFields):
    model = SectorPlaces
    fields = ["sector", "wanted", "held"]


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ["name_en", "day", "venue_en", "capacity", "confirmed", "promised", "asked", "programme"]
    list_filter = ["programme"]
    list_select_related = ["programme"]
    search_fields = ["name_en", "name_cy", "slug"]
    readonly_fields = ["easting", "northing", "known", "live_balance"]
    inlines = [SectorPlacesInline, AreaInline]
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
        (_("Places"), {"fields": [("capacity", "over_invite"), ("reply_days", "near_km"), "live_balance", "known"]}),
        (_("The day"), {"fields": [("joining_notes_en", "joining_notes_cy"), "helpers"]}),
    ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only those who have one of the two roles can be helpers."""
        if db_field.name == "helpers":
            kwargs["widget"] = forms.CheckboxSelectMultiple
            kwargs["queryset"] = User.objects.filter(groups__name__in=helping.ROLES, is_staff=True).distinct()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        """Day, time and venue change on a page of their own as soon as somebody relies on them."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, *services.FACTS] if obj is not None and _relied_on(obj) else fields

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

    @admin.display(description=_("date"), ordering="held_on")
    def day(self, event: Event) -> str:
        day = date_format(event.held_on)
        return gettext("%(day)s, cancelled") % {"day": day} if event.cancelled_at else day

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

    @admin.display(description=_("the mix, now"))
    def live_balance(self, event: Event) -> SafeString | str:
        if event.pk is None:
            return "–"
        return table(
            [_("Sector"), _("Hoped for"), _("Held"), _("Confirmed"), _("Invited"), _("Waiting"), _("Free for them")],
            [[b.label, b.wanted, b.held, b.confirmed, b.invited, b.waiting, b.free] for b in services.balance(event)],
            empty=gettext("Nobody yet."),
        )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/announce/", view(partial(changes.announce, self)), name="events_event_announce"),
            path("<int:pk>/cancel/", view(partial(changes.cancel, self)), name="events_event_cancel"),
            path("<int:pk>/clone/", view(partial(cloning.clone_event, self)), name="events_event_clone"),
            *day.urls(self),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        if obj.venue_postcode and (obj.easting is None or "venue_postcode" in form.changed_data):
            place = geography.locate(obj.venue_postcode)
            obj.easting, obj.northing = place.easting, place.northing
        if change and {*services.FACTS} & {*form.changed_data}:
            obj.calendar_sequence += 1  # calendars take the new file for the newer one
        super().save_model(request, obj, form, change)


def _relied_on(event: Event) -> bool:
    """Whether somebody has a place or an invitation for a day that lies ahead."""
    people = event.registrations.filter(state__in=(Registration.State.INVITED, *COMING))
    return event.held_on >= timezone.localdate() and event.cancelled_at is None and people.exists()


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
    change_form_template = "admin/events/programme/change_form.html"
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
                    ("cover_name", "cover_phone", "cover_email"),
                    ("away_from", "away_until"),
                ],
                "description": _("Every page and every letter follows a change here."),
            },
        ),
        (
            _("Safeguarding"),
            {
                "fields": [("safeguarding_name", "safeguarding_email", "safeguarding_phone")],
                "description": _("They hear of every concern at once."),
            },
        ),
        (
            _("When today's page speaks up"),
            {"fields": ["answer_within_days", "offer_days", "quiet_pair_days", "mix_warning_days", "mix_most_percent"]},
        ),
    ]

    def get_urls(self) -> list[Any]:
        clone = self.admin_site.admin_view(partial(cloning.clone_programme, self))
        return [path("<int:pk>/clone/", clone, name="events_programme_clone"), *super().get_urls()]
