"""Organisations, people and listings as tables. Every column is documented in docs/exports.md."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets

from partners.exporting import plain
from partners.models import Audience, Consent, Kind, Listing, Organisation, Person, Theme, new_code
from partners.services import place_organisation


class Slugs(widgets.ManyToManyWidget):
    """Words of the vocabulary as their slugs: "ageing, young-people". An unknown one is refused by name."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, field="slug", separator=", ")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        wanted = [slug.strip() for slug in str(value or "").split(",") if slug.strip()]
        found = list(self.model.objects.filter(slug__in=wanted))
        if unknown := sorted(set(wanted) - {term.slug for term in found}):
            raise ValueError(_("Not in the vocabulary: %(slugs)s.") % {"slugs": ", ".join(unknown)})
        return self.model.objects.filter(pk__in=[term.pk for term in found])

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return ", ".join(sorted(term.slug for term in value.all())) if value else ""  # a new row has none yet


class Yes(widgets.BooleanWidget):
    TRUE_VALUES = ["yes", "1", 1, True, "true", "TRUE", "True"]
    FALSE_VALUES = ["no", "0", 0, False, "false", "FALSE", "False"]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else ("yes" if value else "no")


class Day(widgets.Widget):
    """The local day of an instant. Only ever written."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{localtime(value):%Y-%m-%d}" if value else ""


class Changed(resources.Diff):
    """The columns that a row changes: (column, before, after), which the page shows in its own way."""

    def __init__(self, resource: resources.Resource, instance: Any, new: bool) -> None:
        super().__init__(resource, instance, new)
        self.columns = resource.get_diff_headers()

    def as_html(self) -> list[tuple[str, str, str]]:
        rows = zip(self.columns, self.left, self.right, strict=True)
        texts = ((column, "" if self.new else str(before or ""), str(after or "")) for column, before, after in rows)
        return [(column, before, after) for column, before, after in texts if before != after]


class OrganisationResource(resources.ModelResource):
    """`code` says which organisation a row is; without one it is a new organisation."""

    gives_grants = fields.Field("gives_grants", "gives_grants", widget=Yes())
    open_to_contact = fields.Field("open_to_contact", "open_to_contact", widget=Yes())
    part_of = fields.Field("parent", "part_of", widget=widgets.ForeignKeyWidget(Organisation, "code"))
    description = fields.Field("description", "description")
    themes = fields.Field("themes", "themes", widget=Slugs(Theme))
    audiences = fields.Field("audiences", "audiences", widget=Slugs(Audience))
    list = fields.Field("identifier_scheme", "list")
    list_number = fields.Field("identifier", "list_number")
    council = fields.Field("council_name", "council", readonly=True)
    how_sure = fields.Field("certainty", "how_sure", readonly=True)
    since = fields.Field("created_at", "since", readonly=True, widget=Day())

    class Meta:
        model = Organisation
        import_id_fields = ("code",)
        fields = (
            "code", "name", "sector", "type", "size", "work_place", "postcode", "reach_km", "most_introductions",
            "council", "how_sure", "website", "charity_number", "gives_grants", "open_to_contact", "part_of",
            "description", "language", "themes", "audiences", "list", "list_number", "since",
        )  # fmt: skip
        export_order = fields
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True

    def get_diff_class(self) -> type[resources.Diff]:
        return Changed

    def get_queryset(self) -> QuerySet[Organisation]:
        return Organisation.objects.select_related("parent").prefetch_related("themes", "audiences")

    def filter_export(self, queryset: QuerySet[Organisation], **kwargs: Any) -> QuerySet[Organisation]:
        return queryset.select_related("parent").prefetch_related("themes", "audiences")

    def dehydrate_description(self, organisation: Organisation) -> str:
        return organisation.shown_description

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for column in row:
            row[column] = plain(row[column])
        code = row.get("code", "")
        if code and not Organisation.objects.filter(code=code).exists():
            raise ValidationError(
                {"code": _("No organisation has the code %(code)s. Leave it empty for a new one.") % {"code": code}}
            )

    def import_field(self, field: Any, instance: Organisation, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        if field.attribute == "description" and instance.restricted_at:
            return  # the table does not hold the words that a concern is about
        super().import_field(field, instance, row, is_m2m, **kwargs)

    def before_save_instance(self, instance: Organisation, row: Any, **kwargs: Any) -> None:
        instance.code = instance.code or new_code()
        place_organisation(instance)


class PersonResource(resources.ModelResource):
    """Only ever written. Who may be written to about what is in the columns `agrees_…`: yes, no, or never asked."""

    organisations = fields.Field(column_name="organisations")
    organisation_codes = fields.Field(column_name="organisation_codes")
    signed_in = fields.Field("user_id", "signed_in", widget=Yes())
    since = fields.Field("created_at", "since", widget=Day())

    class Meta:
        model = Person
        fields = (
            "code", "name", "pronunciation", "contact_email", "phone", "language", "communication",
            "organisations", "organisation_codes", "signed_in", "since",
        )  # fmt: skip
        export_order = fields

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for purpose in Consent.Purpose.values:
            field = fields.Field(column_name=f"agrees_{purpose}", dehydrate_method=_Agrees(purpose))
            self.fields[f"agrees_{purpose}"] = field

    def get_export_order(self) -> list[str]:
        return [*self.Meta.fields, *(f"agrees_{purpose}" for purpose in Consent.Purpose.values)]

    def filter_export(self, queryset: QuerySet[Person], **kwargs: Any) -> QuerySet[Person]:
        return queryset.prefetch_related("memberships__organisation", "consents")

    def dehydrate_organisations(self, person: Person) -> str:
        return "; ".join(f"{hat.organisation.name} ({hat.role})" for hat in person.memberships.all())

    def dehydrate_organisation_codes(self, person: Person) -> str:
        return ", ".join(hat.organisation.code for hat in person.memberships.all())


class _Agrees:
    """The latest word of a person on one purpose."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose

    def __call__(self, person: Person) -> str:
        latest = next((one for one in person.consents.all() if one.purpose == self.purpose), None)  # newest first
        return "" if latest is None else ("yes" if latest.given else "no")


class ListingResource(resources.ModelResource):
    """Only ever written: the words others may see. What waits, was hidden, or is under a concern is not in it."""

    organisation_code = fields.Field("organisation__code", "organisation_code")
    organisation = fields.Field("organisation__name", "organisation")
    sector = fields.Field("organisation__sector", "sector")
    kinds = fields.Field("kinds", "kinds", widget=Slugs(Kind))
    themes = fields.Field("themes", "themes", widget=Slugs(Theme))
    audiences = fields.Field("audiences", "audiences", widget=Slugs(Audience))
    costs_covered = fields.Field("cost_covered", "costs_covered", widget=Yes())
    changed_on = fields.Field("updated_at", "changed_on", widget=Day())

    class Meta:
        model = Listing
        fields = (
            "code", "organisation_code", "organisation", "sector", "side", "text", "language", "kinds", "when",
            "how_much", "costs_covered", "themes", "audiences", "changed_on",
        )  # fmt: skip
        export_order = fields

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        words = queryset.exclude(text="").filter(restricted_at=None).select_related("organisation")
        return words.prefetch_related("kinds", "themes", "audiences")
