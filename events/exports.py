"""Requests as a table. Every column is documented in docs/exports.md."""

from typing import Any

from import_export import fields, resources

from events.locality import locality_of
from events.models import Registration
from partners.resources import Day, Yes


class RequestResource(resources.ModelResource):
    """Only ever written. Neither contact details nor what somebody needs to take part are in it."""

    event = fields.Field("event__slug", "event")
    person_code = fields.Field("person__code", "person_code")
    person = fields.Field("person__name", "person")
    organisation_code = fields.Field("membership__organisation__code", "organisation_code")
    organisation = fields.Field("membership__organisation__name", "organisation")
    sector = fields.Field("membership__organisation__sector", "sector")
    size = fields.Field("membership__organisation__size", "size")
    council = fields.Field("membership__organisation__council_name", "council")
    how_near = fields.Field(column_name="how_near")
    can_decide = fields.Field("membership__authority", "can_decide")
    asked_on = fields.Field("requested_at", "asked_on", widget=Day())
    waiting_since = fields.Field("waiting_since", "waiting_since", widget=Day())
    confirmed_on = fields.Field("confirmed_at", "confirmed_on", widget=Day())
    left_on = fields.Field("left_at", "left_on", widget=Day())
    walk_in = fields.Field("walk_in", "walk_in", widget=Yes())

    class Meta:
        model = Registration
        fields = (
            "code", "event", "state", "person_code", "person", "organisation_code", "organisation", "sector", "size",
            "council", "how_near", "can_decide", "asked_on", "waiting_since", "confirmed_on", "left_on", "agreed_with",
            "agreed_on", "walk_in",
        )  # fmt: skip
        export_order = fields

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        """Drafts are nobody's request yet."""
        requests = queryset.exclude(state=Registration.State.DRAFT)
        return requests.select_related("event", "person", "membership__organisation").prefetch_related("event__areas")

    def dehydrate_how_near(self, registration: Registration) -> str:
        return locality_of(registration).level.value
