"""Organisations, and the texts of theirs that wait to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportMixin
from import_export.tmp_storages import CacheStorage

from partners.admin import concerns, duplicates, texts
from partners.admin.exports import Exported
from partners.admin.pages import (
    TICKED,
    HatsOfRecord,
    NamedFields,
    RecordAdmin,
    link_to,
    list_address,
    require_change,
    short,
)
from partners.exporting import SafeCSV, SafeXLSX
from partners.hints import hints
from partners.models import Listing, Membership, Organisation
from partners.resources import ListingResource, OrganisationResource
from partners.services import place_organisation
from pwp.journal.admin import moment, table


class TextsWaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("texts to check")
    parameter_name = "texts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", gettext_lazy("waiting")),
            ("description", gettext_lazy("the description waits")),
            ("none", gettext_lazy("nothing waits")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> QuerySet[Organisation]:
        if self.value() in ("waiting", "none"):
            return queryset.filter(has_texts_waiting=self.value() == "waiting")
        described = Organisation.objects.descriptions_to_check()
        return queryset.filter(pk__in=described.values("pk")) if self.value() == "description" else queryset


class ListingInline(admin.TabularInline):
    """To look at; changing one happens on its own page, approving through the action."""

    model = Listing
    extra = 0
    template = "admin/partners/tabular.html"
    show_change_link = True
    fields = readonly_fields = ["side", "text", "pending_words", "language", "kind_names", "hidden_reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        """Without those under a concern: their words are on the concern's page and nowhere else."""
        return super().get_queryset(request).filter(restricted_at=None).prefetch_related("kinds")

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
class OrganisationAdmin(ImportMixin, Exported, HatsOfRecord, RecordAdmin):
    formfield_overrides = TICKED
    export_resource = OrganisationResource
    resource_classes = [OrganisationResource]
    import_formats = [SafeCSV, SafeXLSX]
    import_template_name = "admin/partners/organisation_import.html"
    import_export_change_list_template = None  # our own list names its buttons itself
    tmp_storage_class = CacheStorage  # the table is seen by whichever process confirms it, and leaves no file behind
    list_display = ["name", "sector", "type", "size", "council", "waiting"]
    list_filter = ["sector", "size", ("council_code", admin.EmptyFieldListFilter), TextsWaitingFilter]
    search_fields = ["name", "postcode", "work_place", "council_name", "charity_number", "identifier"]
    raw_id_fields = ["parent"]
    readonly_fields = [
        "looks_like",
        "branches",
        "about_the_words",
        "journal",
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
        (
            None,
            {"fields": ["name", ("sector", "type", "size"), "parent", "branches", ("website", "charity_number")]},
        ),
        (gettext_lazy("Looks like one we know"), {"fields": ["looks_like"]}),
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
            {
                "fields": [
                    "description",
                    "pending_description",
                    "about_the_words",
                    "language",
                    "themes",
                    "audiences",
                ]
            },
        ),
        (gettext_lazy("Contact and money"), {"fields": [("open_to_contact", "most_introductions"), "gives_grants"]}),
        (
            gettext_lazy("Where the record comes from"),
            {"classes": ["collapse"], "fields": [("identifier_scheme", "identifier"), "created_at", "journal"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        listings = Listing.objects.to_check().filter(organisation=OuterRef("pk"))
        described = ~Q(pending_description="") & Q(description_hidden_reason="", restricted_at=None)
        return super().get_queryset(request).annotate(has_texts_waiting=Q(Exists(listings)) | described)

    def get_fieldsets(self, request: HttpRequest, obj: Organisation | None = None) -> Any:
        """A description under a concern is on the concern's page and nowhere else; a new record is like none yet."""
        hidden = {"description", "pending_description"} if obj and obj.restricted_at else set()
        if obj is None:
            hidden = {"looks_like", "branches", "about_the_words", "journal"}
        fieldsets = [
            (title, options | {"fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]
        return [(title, options) for title, options in fieldsets if options["fields"]]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def tools(self, request: HttpRequest) -> list[tuple[str, str, bool]]:
        ways = [(_("Possible duplicates"), self.address_of("duplicates"), False)]
        if self.has_import_permission(request):
            ways.append((_("Import a table"), self.address_of("import"), False))
        return [*ways, *super().tools(request)] if self.has_change_permission(request) else []

    @admin.display(description=gettext_lazy("looks like"))
    def looks_like(self, organisation: Organisation) -> SafeString | str:
        return duplicates.looks_like(organisation)

    @admin.display(description=gettext_lazy("its parts"))
    def branches(self, organisation: Organisation) -> SafeString | str:
        links = ((link_to(branch),) for branch in organisation.branches.all())
        return format_html_join(", ", "{}", links) or "–"

    @admin.display(description=gettext_lazy("these words"))
    def about_the_words(self, organisation: Organisation) -> SafeString | str:
        ways = [concerns.report_link(organisation)]
        for deed, text in ((texts.RETURN, organisation.pending_description), (texts.HIDE, organisation.description)):
            if text and organisation.restricted_at is None:
                address = reverse("admin:partners_organisation_describe", args=[organisation.pk, deed.slug])
                ways.append(format_html('<a href="{}">{}</a>', address, deed.title))
        return format_html_join(" · ", "{}", ((way,) for way in ways))

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, organisation: Organisation) -> SafeString | str:
        return texts.history_of(organisation)

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
        pages: list[tuple[str, Any, str]] = [
            ("approve/", self.approve_view, "approve"),
            ("duplicates/", self.duplicates_view, "duplicates"),
            ("<int:first>/merge/<int:second>/", self.merge_view, "merge"),
            ("<int:first>/different/<int:second>/", self.different_view, "different"),
            ("<int:first>/part-of/<int:second>/", self.part_view, "part"),
            ("<int:pk>/concern/", self.concern_view, "concern"),
            ("<int:pk>/description/<slug:slug>/", self.describe_view, "describe"),
        ]
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"partners_organisation_{name}")
            for route, view, name in pages
        ]
        return [*ours, *super().get_urls()]

    def approve_view(self, request: HttpRequest) -> HttpResponse:
        require_change(self, request)
        return texts.approve_seen(request)

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        return duplicates.duplicates_view(self, request)

    def merge_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        return duplicates.merge_view(self, request, first, second)

    def different_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        return duplicates.different_view(self, request, first, second)

    def part_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        return duplicates.part_view(self, request, first, second)

    def concern_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return concerns.report_view(self, request, get_object_or_404(Organisation, pk=pk), None)

    def describe_view(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        require_change(self, request)
        if slug not in (texts.RETURN.slug, texts.HIDE.slug):
            raise Http404
        organisation = get_object_or_404(Organisation, pk=pk, restricted_at=None)
        return texts.decide_description(self, request, organisation, texts.DEEDS[slug])


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
class ListingAdmin(Exported, RecordAdmin):
    formfield_overrides = TICKED
    export_resource = ListingResource
    list_title = gettext_lazy("Texts to check")
    list_display = ["of", "side", "old", "new", "kind_names", "written"]
    list_filter = [ToCheckFilter, "side", "language", "organisation__sector"]
    list_select_related = ["organisation"]
    list_per_page = 50
    search_fields = ["organisation__name", "text", "pending_text"]
    ordering = ["updated_at", "pk"]
    autocomplete_fields = ["organisation"]
    actions = ["approve", "send_back", "hide"]
    readonly_fields = ["pointing_to", "concern", "journal"]
    fieldsets = [
        (None, {"fields": ["organisation", ("side", "language")]}),
        (
            gettext_lazy("Words"),
            {"fields": ["text", "pending_text", ("pending_when", "pending_how_much"), "hidden_reason", "concern"]},
        ),
        (gettext_lazy("What it is about"), {"fields": ["pointing_to", "kinds", "themes", "audiences"]}),
        (gettext_lazy("Terms"), {"fields": [("when", "how_much"), "cost_covered", "review_on"]}),
        (gettext_lazy("What happened"), {"fields": ["journal"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        """Without those under a concern: their words are on the concern's page and nowhere else."""
        return super().get_queryset(request).filter(restricted_at=None).prefetch_related("kinds")

    @admin.display(description=gettext_lazy("what the words point to"))
    def pointing_to(self, listing: Listing) -> SafeString | str:
        """Guesses for staff to tick below where they are right."""
        sides = dict(Listing.Side.choices)
        return table(
            [_("What"), _("Which"), _("How sure"), _("The words say")],
            [
                [hint.term._meta.verbose_name, hint.term, f"{hint.sureness:.0%}", sides.get(hint.side, "–")]
                for hint in hints(listing.latest_text, language=listing.language)
            ],
            empty=_("The words point to nothing in our lists. Tick what fits."),
        )

    @admin.display(description=gettext_lazy("concern"))
    def concern(self, listing: Listing) -> SafeString | str:
        return concerns.report_link(listing) if listing.pk else "–"

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, listing: Listing) -> SafeString | str:
        return texts.history_of(listing) if listing.pk else "–"

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
        return texts.ask_about_listings(self, request, list(queryset), texts.APPROVE)

    @admin.action(description=gettext_lazy("Return them (write why)"), permissions=["change"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse:
        return texts.ask_about_listings(self, request, list(queryset), texts.RETURN)

    @admin.action(description=gettext_lazy("Hide them: hostile or advertising (write why)"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse:
        return texts.ask_about_listings(self, request, list(queryset), texts.HIDE)

    def get_urls(self) -> list[Any]:
        decide, concern = self.admin_site.admin_view(self.decide_view), self.admin_site.admin_view(self.concern_view)
        deeds = [path(f"{slug}/", decide, {"slug": slug}, name=f"partners_listing_{slug}") for slug in texts.DEEDS]
        return [*deeds, path("<int:pk>/concern/", concern, name="partners_listing_concern"), *super().get_urls()]

    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        require_change(self, request)
        return texts.decide_listings(self, request, texts.DEEDS[slug])

    def concern_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        listing = get_object_or_404(Listing.objects.select_related("organisation"), pk=pk)
        return concerns.report_view(self, request, listing.organisation, listing)
