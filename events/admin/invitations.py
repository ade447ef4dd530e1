"""Invitations and what became of their letters."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Invitation, Registration
from pwp.journal.admin import ReadOnlyAdmin, moment, table
from pwp.outbox.admin import delivery_words
from pwp.outbox.models import Message


def with_delivery(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Adds `letter_state` and `letter_bounced_at` of each invitation's letter, in the same query."""
    key = Concat(Value("invitation:"), OuterRef("code"), Value(":sent:"), OuterRef("registration__person__code"))
    letter = Message.objects.filter(key=key).order_by()
    return invitations.annotate(
        letter_state=Subquery(letter.values("state")[:1]),
        letter_bounced_at=Subquery(letter.values("bounced_at")[:1]),
    )


def invitations_of(registration: Registration) -> SafeString | str:
    """Every sending to one person, newest first."""
    invitations: Iterable[Any] = with_delivery(registration.invitations.all())
    return table(
        [_("Made"), _("State"), _("Answer by"), _("Letter"), _("Answered")],
        [
            [
                moment(invitation.created_at),
                invitation.get_state_display(),
                moment(invitation.reply_by),
                delivery_words(invitation.letter_state, invitation.letter_bounced_at),
                f"{moment(invitation.answered_at)} {invitation.get_answered_via_display()}".strip(),
            ]
            for invitation in invitations
        ],
        empty=_("Not invited yet."),
    )


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["person", "event", "state", "reply_by", "answered_via", "answered_at", "delivery"]
    list_filter = ["state", ("registration__event", admin.RelatedOnlyFieldListFilter), "answered_via"]
    search_fields = ["registration__person__name", "registration__person__contact_email"]
    ordering = ["-created_at", "-pk"]
    fields = ["registration", "state", "created_at", "reply_by", "answered_via", "answered_at", "delivery"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        rows = super().get_queryset(request).select_related("registration__person", "registration__event")
        return with_delivery(rows)

    @admin.display(description=gettext_lazy("person"), ordering="registration__person__name")
    def person(self, invitation: Invitation) -> str:
        return str(invitation.registration.person)

    @admin.display(description=gettext_lazy("event"), ordering="registration__event__held_on")
    def event(self, invitation: Invitation) -> str:
        return str(invitation.registration.event)

    @admin.display(description=gettext_lazy("letter"), ordering=F("letter_state").asc(nulls_first=True))
    def delivery(self, invitation: Any) -> str:
        return delivery_words(invitation.letter_state, invitation.letter_bounced_at)
