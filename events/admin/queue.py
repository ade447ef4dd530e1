"""The queue: who asked to come, with everything one needs to decide; and one request in full."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import services
from events.admin import decisions
from events.admin.invitations import invitations_of
from events.locality import locality
from events.models import Conversation, Registration
from events.models.attending import OPEN
from partners.admin.pages import RecordAdmin, link_to, list_address, short
from partners.admin.people import consents_of, reach
from partners.admin.texts import ask_to_approve, in_full
from partners.models import Listing, Organisation
from pwp.journal.admin import journal_of, moment, table
from pwp.outbox.admin import act_on_each, letters_to


class StageFilter(admin.SimpleListFilter):
    """What is to be decided, unless somebody asks for more. Drafts show only when asked for."""

    title = gettext_lazy("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", gettext_lazy("All but drafts")), *Registration.State.choices]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield next(choices) | {"display": _("To decide")}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        if self.value() in Registration.State.values:
            return queryset.filter(state=self.value())
        if self.value() == "all" or (self.value() is None and request.GET.get("q")):  # a search leaves nobody out
            return queryset.exclude(state=Registration.State.DRAFT)
        return queryset.filter(state__in=OPEN)


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
class RegistrationAdmin(RecordAdmin):
    list_title = gettext_lazy("Requests and places")
    list_display = ["who", "body", "where", "authority", "wrote", "standing", "asked_on"]
    list_filter = [
        StageFilter,
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
        "membership__organisation__listings__text",
        "membership__organisation__listings__pending_text",
    ]
    actions = ["invite", "keep_waiting", "not_this_time", "approve_texts"]
    inlines = [ConversationInline]
    change_form_template = "admin/events/registration/change_form.html"
    readonly_fields = [
        "person_link",
        "reached",
        "letter_language",
        "agreed",
        "organisation_link",
        "what_it_is",
        "place",
        "can_decide",
        "texts",
        "event_link",
        "standing",
        "dates",
        "invitations",
        "journal",
        "letters",
        "typed",
    ]
    fieldsets = [
        (None, {"fields": ["event_link", "standing", "dates", "staff_note"]}),
        (gettext_lazy("Organisation"), {"fields": ["organisation_link", "what_it_is", "place", "can_decide", "texts"]}),
        (gettext_lazy("Person"), {"fields": ["person_link", "reached", "letter_language", "agreed"]}),
        (gettext_lazy("What happened"), {"fields": ["invitations", "letters", "journal"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        listings = Prefetch("membership__organisation__listings", Listing.objects.order_by("side", "pk"))
        return (
            super()
            .get_queryset(request)
            .select_related("event", "person", "membership__organisation")
            .prefetch_related("event__areas", listings)
        )

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        if obj is not None and obj.membership is None:
            return [
                (None, {"fields": ["event_link", "standing", "dates", "staff_note"]}),
                (_("As typed"), {"fields": ["typed"]}),
            ]
        return super().get_fieldsets(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {} if StageFilter.parameter_name in request.GET else {"title": _("Requests to decide")}
        return super().changelist_view(request, title | (extra_context or {}))

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
        return format_html("{}<br><small>{}</small>", registration.event.name, nearness(registration))

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
    def standing(self, registration: Registration) -> SafeString | str:
        state = registration.get_state_display()
        if registration.waiting_since is None:
            return state
        return format_html(
            "{}<br><small>{}</small>", state, _("since %(moment)s") % {"moment": moment(registration.waiting_since)}
        )

    @admin.display(description=gettext_lazy("asked on"), ordering="requested_at")
    def asked_on(self, registration: Registration) -> str:
        return moment(registration.requested_at) or "–"

    # --- one request in full

    @admin.display(description=gettext_lazy("event"))
    def event_link(self, registration: Registration) -> SafeString | str:
        return link_to(registration.event)

    @admin.display(description=gettext_lazy("person"))
    def person_link(self, registration: Registration) -> SafeString | str:
        return link_to(registration.person)

    @admin.display(description=gettext_lazy("how to reach them"))
    def reached(self, registration: Registration) -> SafeString | str:
        return reach(registration.person) if registration.person else "–"

    @admin.display(description=gettext_lazy("language for letters"))
    def letter_language(self, registration: Registration) -> str:
        return registration.person.get_language_display() if registration.person else "–"

    @admin.display(description=gettext_lazy("what they agree to"))
    def agreed(self, registration: Registration) -> SafeString | str:
        return consents_of(registration.person) if registration.person else "–"

    @admin.display(description=gettext_lazy("organisation"))
    def organisation_link(self, registration: Registration) -> SafeString | str:
        return link_to(registration.organisation)

    @admin.display(description=gettext_lazy("what it is"))
    def what_it_is(self, registration: Registration) -> str:
        organisation = registration.organisation
        facts = [organisation.get_sector_display(), organisation.get_type_display(), organisation.get_size_display()]
        about = [*organisation.themes.all(), *organisation.audiences.all()]
        return ", ".join(str(fact) for fact in [*facts, *about] if fact)

    @admin.display(description=gettext_lazy("where most of the work happens"))
    def place(self, registration: Registration) -> str:
        organisation = registration.organisation
        typed = [f"“{words}”" for words in (organisation.work_place, organisation.postcode) if words]
        return ": ".join(filter(None, [", ".join(typed), nearness(registration)]))

    @admin.display(description=gettext_lazy("can decide"))
    def can_decide(self, registration: Registration) -> str:
        membership = registration.membership
        if membership is None:
            return "–"
        facts = [membership.get_authority_display(), membership.get_role_display(), membership.decider]
        return ", ".join(str(fact) for fact in facts if fact)

    @admin.display(description=gettext_lazy("what they wrote"))
    def texts(self, registration: Registration) -> SafeString | str:
        return table(
            [_("What"), _("As they typed it"), _("Kinds"), _("Others see"), _("Returned because")],
            [
                [
                    listing.get_side_display(),
                    in_full(
                        " · ".join(filter(None, [listing.latest_text, listing.latest_when, listing.latest_how_much]))
                    ),
                    ", ".join(str(kind) for kind in listing.kinds.all()),
                    _("the same") if listing.text and not listing.pending_text else in_full(listing.text),
                    listing.hidden_reason,
                ]
                for listing in registration.organisation.listings.prefetch_related("kinds")
            ],
            empty=_("Nothing yet."),
        )

    @admin.display(description=gettext_lazy("dates"))
    def dates(self, registration: Registration) -> str:
        known = {
            _("started"): registration.started_at,
            _("asked"): registration.requested_at,
            _("confirmed"): registration.confirmed_at,
            _("left"): registration.left_at,
            _("thanked"): registration.thanked_at,
        }
        return ", ".join(f"{what} {moment(at)}" for what, at in known.items() if at)

    @admin.display(description=gettext_lazy("invitations"))
    def invitations(self, registration: Registration) -> SafeString | str:
        return invitations_of(registration)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, registration: Registration) -> SafeString | str:
        return journal_of(registration)

    @admin.display(description=gettext_lazy("letters to this person"))
    def letters(self, registration: Registration) -> SafeString | str:
        return letters_to(registration.person.code) if registration.person else "–"

    @admin.display(description=gettext_lazy("as typed so far"))
    def typed(self, registration: Registration) -> SafeString | str:
        rows = [[name, value] for name, value in registration.answers.items() if value not in ("", False, None)]
        return table([_("Question"), _("Answer")], rows, empty=_("Nothing yet."))

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
        return [path("decide/<slug:slug>/", decide, name="events_registration_decide"), *super().get_urls()]

    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        return decisions.decide(self, request, slug)

    def _ask(
        self, request: HttpRequest, queryset: QuerySet[Registration], decision: decisions.Decision
    ) -> HttpResponse:
        rows = decisions.rows_to_decide(queryset.values_list("pk", flat=True))
        return decisions.ask(self, request, decision, rows)

    @admin.action(description=decisions.INVITE.label, permissions=["change"])
    def invite(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse:
        return self._ask(request, queryset, decisions.INVITE)

    @admin.action(description=decisions.KEEP_WAITING.label, permissions=["change"])
    def keep_waiting(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse:
        return self._ask(request, queryset, decisions.KEEP_WAITING)

    @admin.action(description=decisions.NOT_THIS_TIME.label, permissions=["change"])
    def not_this_time(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse:
        return self._ask(request, queryset, decisions.NOT_THIS_TIME)

    @admin.action(description=gettext_lazy("Their texts are fine: let others see them"), permissions=["change"])
    def approve_texts(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse:
        organisations = Organisation.objects.filter(
            pk__in=queryset.order_by().values("membership__organisation")
        ).prefetch_related("listings")
        return ask_to_approve(self, request, organisations, back_to=list_address(Registration))


def nearness(registration: Registration) -> str:
    """Local, near or far, the council and the distance; asks nothing of the database in lists."""
    if registration.event is None or registration.membership is None:
        return ""
    return locality(registration.organisation, registration.event).staff_words


def words_of(registration: Registration, side: str) -> str:
    """The beginning of what they wrote on one side, all lines together."""
    if registration.membership is None:
        return short(str(registration.answers.get(side, "")))
    listings = registration.organisation.listings.all()
    return short(" / ".join(listing.latest_text for listing in listings if listing.side == side)) or "–"
