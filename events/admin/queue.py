"""The queue: who asked to come, with everything one needs to decide."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Case, Count, FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import services
from events.admin import deciding, decisions, entering, nearness, worries
from events.admin.request_page import RequestInFull, how_near, short_day
from events.exports import RequestResource
from events.models import Call, Conversation, Invitation, Registration
from events.models.attending import OPEN
from partners.admin.exports import Exported
from partners.admin.pages import RecordAdmin, list_address, short
from partners.admin.texts import ask_to_approve
from partners.models import Listing, Organisation
from pwp.journal.admin import moment
from pwp.outbox.admin import act_on_each


class StageFilter(admin.SimpleListFilter):
    """What is to be decided, unless somebody asks for more. Drafts show only when asked for."""

    title = gettext_lazy("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", gettext_lazy("All but drafts")), *Registration.State.choices]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        to_decide = next(choices) | {"display": _("To decide")}
        everybody = next(choices)
        if self.value() is None and changelist.query:
            to_decide["selected"], everybody["selected"] = False, True
        yield from (to_decide, everybody, *choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        if self.value() in Registration.State.values:
            return queryset.filter(state=self.value())
        if self.value() == "all" or (self.value() is None and request.GET.get("q")):  # a search leaves nobody out
            return queryset.exclude(state=Registration.State.DRAFT)
        return queryset.filter(state__in=OPEN)


class CallFilter(admin.SimpleListFilter):
    """Whom no letter reached, or who stays silent."""

    title = gettext_lazy("calls")
    parameter_name = "call"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("to_make", gettext_lazy("to be rung")), *Call.Why.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        open_calls = Call.objects.to_make().order_by()
        if self.value() in Call.Why.values:
            open_calls = open_calls.filter(why=self.value())
        return queryset.filter(pk__in=open_calls.values("registration")) if self.value() else queryset


class ConversationInline(admin.StackedInline):
    """What was said is added, and stays as it was written."""

    model = Conversation
    extra = 1
    max_num = 100
    fields = ["means", "held_on", "summary", "next_step"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Registration)
class RegistrationAdmin(RequestInFull, Exported, RecordAdmin):
    export_resource = RequestResource
    list_title = gettext_lazy("Requests and places")
    list_display = ["who", "body", "where", "authority", "wrote", "standing", "asked_on"]
    list_filter = [
        StageFilter,
        CallFilter,
        ("event", admin.RelatedOnlyFieldListFilter),
        "membership__organisation__sector",
        "membership__organisation__size",
        "membership__authority",
    ]
    list_per_page = 50
    ordering = ["event__held_on", "requested_at", "pk"]
    search_fields = [
        "person__name",
        "person__contact_email",
        "membership__organisation__name",
        "membership__organisation__postcode",
        "membership__organisation__work_place",
        "readable__text",
        "readable__pending_text",
    ]
    actions = ["approve_texts"]
    inlines = [ConversationInline]
    change_form_template = "admin/events/registration/change_form.html"
    change_list_template = "admin/events/registration/change_list.html"
    readonly_fields = [
        "person_link",
        "reached",
        "letter_language",
        "agreed",
        "organisation_link",
        "what_it_is",
        "looks_like",
        "place",
        "can_decide",
        "texts",
        "event_link",
        "standing",
        "dates",
        "history",
        "colleagues",
        "entered",
        "earlier_talks",
        "still_comes",
        "calls",
        "invitations",
        "journal",
        "concern",
        "letters",
        "typed",
    ]
    fieldsets = [
        (None, {"fields": ["event_link", "standing", "dates", "history", "entered", "still_comes", "staff_note"]}),
        (
            gettext_lazy("Organisation"),
            {"fields": ["organisation_link", "looks_like", "what_it_is", "place", "can_decide", "colleagues", "texts"]},
        ),
        (gettext_lazy("Person"), {"fields": ["person_link", "reached", "letter_language", "agreed"]}),
        (
            gettext_lazy("What happened"),
            {"fields": ["invitations", "calls", "earlier_talks", "letters", "journal", "concern"]},
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        listings = Prefetch(
            "membership__organisation__listings", Listing.objects.filter(restricted_at=None).order_by("side", "pk")
        )
        return (
            super()
            .get_queryset(request)
            .select_related("event", "person", "membership__organisation")
            .prefetch_related("event__areas", listings)
            .annotate(position=_position(), readable=_readable(), kept_until=_kept_until())
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        """The waiting list in the order in which places are offered."""
        waiting = request.GET.get(StageFilter.parameter_name) == Registration.State.WAITING
        return ["event__held_on", "waiting_since", "pk"] if waiting else self.ordering

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        if obj is not None and obj.membership is None:
            return [
                (None, {"fields": ["event_link", "standing", "dates", "staff_note"]}),
                (_("As typed"), {"fields": ["typed"]}),
            ]
        return super().get_fieldsets(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        to_decide = StageFilter.parameter_name not in request.GET and not request.GET.get("q")
        title = {"title": _("Requests to decide")} if to_decide else {}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A request is found once however many of its texts hold the word."""
        found, _several = super().get_search_results(request, queryset, search_term)
        return found, True

    # --- columns of the queue

    @admin.display(description=gettext_lazy("person"), ordering="person__name")
    def who(self, registration: Registration) -> str:
        return str(registration.person or _("somebody, not finished"))

    @admin.display(description=gettext_lazy("organisation"), ordering="membership__organisation__name")
    def body(self, registration: Registration) -> SafeString | str:
        if registration.membership is None:
            return "–"
        organisation = registration.organisation
        facts = [organisation.get_sector_display(), organisation.get_size_display()]
        return format_html("{}<br><small>{}</small>", organisation.name, ", ".join(filter(None, facts)))

    @admin.display(description=gettext_lazy("event, and how near"), ordering="event__held_on")
    def where(self, registration: Registration) -> SafeString | str:
        if registration.event is None:
            return "–"
        return format_html("{}<br><small>{}</small>", registration.event.name, how_near(registration))

    @admin.display(description=gettext_lazy("can decide"), ordering="membership__authority")
    def authority(self, registration: Registration) -> str:
        return registration.membership.get_authority_display() if registration.membership else "–"

    @admin.display(description=gettext_lazy("what they offer and need"))
    def wrote(self, registration: Registration) -> SafeString:
        return format_html(
            "<b>{}</b> {}<br><b>{}</b> {}",
            _("Offer:"),
            words_of(registration, Listing.Side.OFFER),
            _("Need:"),
            words_of(registration, Listing.Side.NEED),
        )

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, registration: Any) -> SafeString | str:
        state = registration.get_state_display()
        words = []
        if registration.state == Registration.State.WAITING:
            since = {"position": registration.position, "moment": moment(registration.waiting_since)}
            words.append(_("number %(position)d, since %(moment)s") % since)
        if registration.kept_until:
            words.append(_("a place is kept until %(day)s") % {"day": short_day(registration.kept_until)})
        return format_html("{}<br><small>{}</small>", state, ", ".join(words)) if words else state

    @admin.display(description=gettext_lazy("asked on"), ordering="requested_at")
    def asked_on(self, registration: Registration) -> str:
        return moment(registration.requested_at) or "–"

    # --- doing

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:
        """Only the note: whatever else moved in the meantime stays as it is."""
        obj.save(update_fields=["staff_note"])

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        said = formset.save(commit=False)
        act_on_each(
            request,
            said,
            lambda conversation: services.log_conversation(conversation, by=request.user),  # type: ignore[arg-type]
            done=lambda n: _("The conversation was added."),
        )

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        registration = kwargs.get("obj")
        if registration is not None and self.has_change_permission(request, registration):
            context["decisions"] = decisions.possible(registration)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Registration | None) -> Any:
        return self.inlines if obj is not None and obj.membership is not None else []

    def get_urls(self) -> list[Any]:
        decide = self.admin_site.admin_view(self.decide_view)
        enter = self.admin_site.admin_view(self.enter_view)
        near = self.admin_site.admin_view(self.nearness_view)
        concern = self.admin_site.admin_view(self.concern_view)
        return [
            path("decide/<slug:slug>/", decide, name="events_registration_decide"),
            path("enter/", enter, name="events_registration_enter"),
            path("<int:pk>/nearness/", near, name="events_registration_nearness"),
            path("<int:pk>/concern/", concern, name="events_registration_concern"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each decision that can be made for many, by the name of its page."""
        actions = super().get_actions(request)
        if not self.has_change_permission(request):
            return actions
        return {name: (act, name, label) for name, act, label in _decisions_for_many()} | actions

    def enter_view(self, request: HttpRequest) -> HttpResponse:
        return entering.enter(self, request)

    def concern_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return worries.report_view(self, request, pk)

    def nearness_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return nearness.nearness_view(self, request, pk)

    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        return deciding.decide(self, request, slug)

    def ask_about(
        self, request: HttpRequest, queryset: QuerySet[Registration], decision: decisions.Decision
    ) -> HttpResponse:
        rows = deciding.rows_to_decide(queryset.values_list("pk", flat=True))
        return deciding.ask(self, request, decision, rows)

    @admin.action(description=gettext_lazy("Their texts are fine: let others see them"), permissions=["change"])
    def approve_texts(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse:
        organisations = Organisation.objects.filter(
            pk__in=queryset.order_by().values("membership__organisation")
        ).prefetch_related("listings")
        return ask_to_approve(self, request, organisations, back_to=list_address(Registration))


def _decisions_for_many() -> Iterable[tuple[str, Callable[..., HttpResponse], Any]]:
    for decision in decisions.ALL:
        if decision.for_many:
            yield decision.slug.replace("-", "_"), _asking_about(decision), decision.label


def _asking_about(decision: decisions.Decision) -> Callable[..., HttpResponse]:
    """The action of the list that leads to this decision's page."""

    def act(model_admin: RegistrationAdmin, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse:
        return model_admin.ask_about(request, queryset, decision)

    return act


def _position() -> Case:
    """The place in the waiting list, counted from 1; nothing for the others."""
    ahead = Registration.objects.filter(event=OuterRef("event"), state=Registration.State.WAITING).filter(
        Q(waiting_since__lt=OuterRef("waiting_since"))
        | Q(waiting_since=OuterRef("waiting_since"), pk__lte=OuterRef("pk"))
    )
    counted = ahead.order_by().values("event").annotate(count=Count("pk")).values("count")
    return Case(When(state=Registration.State.WAITING, then=Subquery(counted)), default=None)


def _kept_until() -> Subquery:
    """Until when a place is kept for somebody who is not invited yet."""
    kept = Invitation.objects.filter(registration=OuterRef("pk"), state=Invitation.State.HELD)
    return Subquery(kept.filter(reply_by__gt=timezone.now()).order_by().values("reply_by")[:1])


def _readable() -> FilteredRelation:
    """The listings that a search may look into: not those under a concern."""
    listings = "membership__organisation__listings"
    return FilteredRelation(listings, condition=Q(**{f"{listings}__restricted_at": None}))


def words_of(registration: Registration, side: str) -> str:
    """The beginning of what they wrote on one side, all lines together."""
    if registration.membership is None:
        return short(str(registration.answers.get(side, "")))
    listings = registration.organisation.listings.all()
    return short(" / ".join(listing.latest_text for listing in listings if listing.side == side)) or "–"
