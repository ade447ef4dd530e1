"""Organisations, and the texts of theirs that wait to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin import texts
from partners.admin.pages import NamedFields, RecordAdmin, list_address, require_change, short
from partners.models import Listing, Membership, Organisation
from partners.services import place_organisation
from pwp.journal.admin import moment


class TextsWaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("texts to check")
    parameter_name = "texts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", gettext_lazy("waiting")), ("none", gettext_lazy("nothing waits"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> QuerySet[Organisation]:
        if self.value() in ("waiting", "none"):
            return queryset.filter(has_texts_waiting=self.value() == "waiting")
        return queryset


class ListingInline(admin.TabularInline):
    """To look at; changing one happens on its own page, approving through the action."""

    model = Listing
    extra = 0
    show_change_link = True
    fields = readonly_fields = ["side", "text", "pending_words", "language", "kind_names", "hidden_reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).prefetch_related("kinds")

    @admin.display(description=gettext_lazy("kinds"))
    def kind_names(self, listing: Listing) -> str:
        return ", ".join(str(kind) for kind in listing.kinds.all())

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class SpokespersonInline(NamedFields):
    model = Membership
    autocomplete_fields = ["person"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("person", "organisation")


@admin.register(Organisation)
class OrganisationAdmin(RecordAdmin):
    list_display = ["name", "sector", "type", "size", "council", "waiting"]
    list_filter = ["sector", "size", ("council_code", admin.EmptyFieldListFilter), TextsWaitingFilter]
    search_fields = ["name", "postcode", "work_place", "council_name", "charity_number", "identifier"]
    autocomplete_fields = ["parent"]
    filter_horizontal = ["themes", "audiences"]
    readonly_fields = [
        "council_name",
        "council_code",
        "certainty",
        "council_share",
        "easting",
        "northing",
        "identifier_scheme",
        "identifier",
        "created_at",
    ]
    inlines = [ListingInline, SpokespersonInline]
    actions = ["approve_texts"]
    fieldsets = [
        (None, {"fields": ["name", ("sector", "type", "size"), "parent", ("website", "charity_number")]}),
        (
            gettext_lazy("Where"),
            {
                "fields": [
                    ("work_place", "postcode", "reach_km"),
                    ("council_name", "council_code"),
                    ("certainty", "council_share"),
                    ("easting", "northing"),
                ],
                "description": gettext_lazy("Council and distance are worked out again when place or postcode change."),
            },
        ),
        (
            gettext_lazy("What they do"),
            {"fields": ["description", "pending_description", "language", "themes", "audiences"]},
        ),
        (gettext_lazy("Contact and money"), {"fields": [("open_to_contact", "most_introductions"), "gives_grants"]}),
        (
            gettext_lazy("Where the record comes from"),
            {"classes": ["collapse"], "fields": [("identifier_scheme", "identifier"), "created_at"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        listings = Listing.objects.to_check().filter(organisation=OuterRef("pk"))
        return (
            super().get_queryset(request).annotate(has_texts_waiting=Q(Exists(listings)) | ~Q(pending_description=""))
        )

    @admin.display(description=gettext_lazy("council"), ordering="council_name")
    def council(self, organisation: Organisation) -> str:
        return organisation.council_name or _("not known")

    @admin.display(description=gettext_lazy("text to check"), boolean=True, ordering="has_texts_waiting")
    def waiting(self, organisation: Any) -> bool | None:
        return organisation.has_texts_waiting

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        if not change or {"work_place", "postcode"} & set(form.changed_data):
            place_organisation(obj)
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Their texts are fine: let others see them"), permissions=["change"])
    def approve_texts(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> HttpResponse:
        chosen = queryset.prefetch_related("listings")
        return texts.ask_to_approve(self, request, chosen, back_to=list_address(Organisation))

    def get_urls(self) -> list[Any]:
        approve = self.admin_site.admin_view(self.approve_view)
        return [path("approve/", approve, name="partners_organisation_approve"), *super().get_urls()]

    def approve_view(self, request: HttpRequest) -> HttpResponse:
        require_change(self, request)
        return texts.approve_seen(request)


class ToCheckFilter(admin.SimpleListFilter):
    """Shows what waits for staff unless told otherwise."""

    title = gettext_lazy("which texts")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("returned", gettext_lazy("Returned, waiting for their people")),
            ("approved", gettext_lazy("Others see them")),
            ("all", gettext_lazy("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield next(choices) | {"display": _("To check")}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        if self.value() == "all":
            return queryset
        if self.value() == "approved":
            return queryset.exclude(text="")
        waiting = queryset.exclude(pending_text="")
        return waiting.exclude(hidden_reason="") if self.value() == "returned" else waiting.filter(hidden_reason="")


@admin.register(Listing)
class ListingAdmin(RecordAdmin):
    list_title = gettext_lazy("Texts to check")
    list_display = ["of", "side", "old", "new", "kind_names", "written"]
    list_filter = [ToCheckFilter, "side", "language", "organisation__sector"]
    list_select_related = ["organisation"]
    list_per_page = 50
    search_fields = ["organisation__name", "text", "pending_text"]
    ordering = ["updated_at", "pk"]
    autocomplete_fields = ["organisation"]
    filter_horizontal = ["kinds", "themes", "audiences"]
    actions = ["approve", "send_back"]
    fieldsets = [
        (None, {"fields": ["organisation", ("side", "language")]}),
        (
            gettext_lazy("Words"),
            {"fields": ["text", "pending_text", ("pending_when", "pending_how_much"), "hidden_reason"]},
        ),
        (gettext_lazy("What it is about"), {"fields": ["kinds", "themes", "audiences"]}),
        (gettext_lazy("Terms"), {"fields": [("when", "how_much"), "cost_covered", "review_on"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).prefetch_related("kinds")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("organisation"), ordering="organisation__name")
    def of(self, listing: Listing) -> str:
        return listing.organisation.name

    @admin.display(description=gettext_lazy("others see"))
    def old(self, listing: Listing) -> SafeString | str:
        return texts.in_full(listing.text)

    @admin.display(description=gettext_lazy("new, to be checked"))
    def new(self, listing: Listing) -> SafeString | str:
        return texts.in_full(listing.pending_words) if listing.pending_text else "–"

    @admin.display(description=gettext_lazy("changed"), ordering="updated_at")
    def written(self, listing: Listing) -> str:
        return moment(listing.updated_at)

    @admin.display(description=gettext_lazy("kinds"))
    def kind_names(self, listing: Listing) -> str:
        return short(", ".join(str(kind) for kind in listing.kinds.all()))

    @admin.action(description=gettext_lazy("Fine: let others see them"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse:
        return texts.ask_about_listings(self, request, list(queryset), returning=False)

    @admin.action(description=gettext_lazy("Return them (write why)"), permissions=["change"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse:
        return texts.ask_about_listings(self, request, list(queryset), returning=True)

    def get_urls(self) -> list[Any]:
        approve, send_back = self.admin_site.admin_view(self.approve_view), self.admin_site.admin_view(self.return_view)
        return [
            path("approve/", approve, name="partners_listing_approve"),
            path("return/", send_back, name="partners_listing_return"),
            *super().get_urls(),
        ]

    def approve_view(self, request: HttpRequest) -> HttpResponse:
        require_change(self, request)
        return texts.decide_listings(self, request, returning=False)

    def return_view(self, request: HttpRequest) -> HttpResponse:
        require_change(self, request)
        return texts.decide_listings(self, request, returning=True)
