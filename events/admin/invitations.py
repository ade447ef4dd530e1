"""Invitations and what became of them: one list with every fate, also of those that nobody answered."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, TextChoices, Value, When
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Invitation, Registration
from partners.admin.pages import link_to
from pwp.journal.admin import ReadOnlyAdmin, moment, table
from pwp.outbox.admin import delivery_words
from pwp.outbox.models import Message

I = Invitation.State  # noqa: E741
M = Message.State


class Fate(TextChoices):
    """Exactly one of these is true of every invitation at any moment."""

    HELD = "held", gettext_lazy("held, nothing sent")
    NO_LETTER = "no_letter", gettext_lazy("no letter: please call")
    QUEUED = "queued", gettext_lazy("letter waits to leave")
    HANDED_OVER = "handed_over", gettext_lazy("handed over")
    BOUNCED = "bounced", gettext_lazy("did not arrive")
    OPENED = "opened", gettext_lazy("opened, not answered")
    ACCEPTED = "accepted", gettext_lazy("accepted")
    DECLINED = "declined", gettext_lazy("declined")
    BY_PHONE = "by_phone", gettext_lazy("answered by phone")
    EXPIRED = "expired", gettext_lazy("not answered in time")
    WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")


def with_delivery(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Adds `letter_state` and `letter_bounced_at` of each invitation's letter, in the same query."""
    step = Case(When(kind=Invitation.Kind.OFFER, then=Value(":offer:")), default=Value(":sent:"))
    # whose invitation it is stands in the key: joined here, because the subquery cannot look so far
    key = Concat(Value("invitation:"), F("code"), step, F("registration__person__code"))
    letter = Message.objects.filter(key=OuterRef("letter_key")).order_by()
    return invitations.annotate(letter_key=key).annotate(
        letter_state=Subquery(letter.values("state")[:1]),
        letter_bounced_at=Subquery(letter.values("bounced_at")[:1]),
    )


def with_fate(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Adds `fate`. Whoever signed in after it was made has seen it on their page, so that counts as opened."""
    sent = Q(state=I.SENT)
    opened = Q(opened_at__isnull=False) | Q(registration__person__user__last_login__gt=F("created_at"))
    lost = Q(letter_bounced_at__isnull=False) | Q(letter_state=M.FAILED)
    return with_delivery(invitations).annotate(
        fate=Case(
            When(state=I.HELD, then=Value(Fate.HELD)),
            When(state=I.EXPIRED, then=Value(Fate.EXPIRED)),
            When(state=I.WITHDRAWN, then=Value(Fate.WITHDRAWN)),
            When(answered_via__in=(Invitation.Via.PHONE, Invitation.Via.STAFF), then=Value(Fate.BY_PHONE)),
            When(state=I.ACCEPTED, then=Value(Fate.ACCEPTED)),
            When(state=I.DECLINED, then=Value(Fate.DECLINED)),
            When(sent & opened, then=Value(Fate.OPENED)),
            When(sent & lost, then=Value(Fate.BOUNCED)),
            When(sent & Q(letter_state=M.SENT), then=Value(Fate.HANDED_OVER)),
            When(sent & Q(letter_state__in=(M.QUEUED, M.SENDING)), then=Value(Fate.QUEUED)),
            default=Value(Fate.NO_LETTER),
        )
    )


def fates_of(invitations: QuerySet[Invitation]) -> dict[str, int]:
    """How many there are of each fate, in one query."""
    counted = with_fate(invitations).order_by().values_list("fate").annotate(Count("pk"))
    return dict(counted)


def invitations_of(registration: Registration) -> SafeString | str:
    """Every sending to one person, newest first."""
    invitations: Iterable[Any] = with_fate(registration.invitations.all())
    return table(
        [_("Made"), _("What it is"), _("Fate"), _("Answer by"), _("Letter"), _("Answered")],
        [
            [
                moment(invitation.created_at),
                invitation.get_kind_display(),
                Fate(invitation.fate).label,
                moment(invitation.reply_by),
                _delivery(invitation),
                f"{moment(invitation.answered_at)} {invitation.get_answered_via_display()}".strip(),
            ]
            for invitation in invitations
        ],
        empty=_("Not invited yet."),
    )


def _delivery(invitation: Any) -> str:
    """What became of its letter; a place that is only kept has none."""
    if invitation.state == I.HELD:
        return "–"
    return delivery_words(invitation.letter_state, invitation.letter_bounced_at)


class FateFilter(admin.SimpleListFilter):
    """Every fate with its count at the chosen event, those that ran out included."""

    title = gettext_lazy("fate")
    parameter_name = "fate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        event = request.GET.get("registration__event__id__exact", "")
        rows = Invitation.objects.all()
        if event.isdecimal() and len(event) < 19:
            rows = rows.filter(registration__event=int(event))
        counts = fates_of(rows)
        return [(fate.value, f"{fate.label} ({counts.get(fate, 0)})") for fate in Fate]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        return queryset.filter(fate=self.value()) if self.value() in Fate.values else queryset


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["person", "event", "kind", "fate", "answer_by", "answered", "delivery"]
    list_filter = [FateFilter, ("registration__event", admin.RelatedOnlyFieldListFilter), "kind", "answered_via"]
    list_per_page = 50
    search_fields = ["registration__person__name", "registration__person__contact_email"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "request",
        "kind",
        "fate",
        "created_at",
        "reply_by",
        "opened_at",
        "answered_via",
        "answered_at",
        "delivery",
    ]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        rows = super().get_queryset(request).select_related("registration__person", "registration__event")
        return with_fate(rows)

    @admin.display(description=gettext_lazy("person"), ordering="registration__person__name")
    def person(self, invitation: Invitation) -> str:
        return str(invitation.registration.person)

    @admin.display(description=gettext_lazy("request"))
    def request(self, invitation: Invitation) -> SafeString | str:
        return link_to(invitation.registration)

    @admin.display(description=gettext_lazy("event"), ordering="registration__event__held_on")
    def event(self, invitation: Invitation) -> str:
        return str(invitation.registration.event)

    @admin.display(description=gettext_lazy("fate"), ordering="fate")
    def fate(self, invitation: Any) -> str:
        return str(Fate(invitation.fate).label)

    @admin.display(description=gettext_lazy("answer by"), ordering="reply_by")
    def answer_by(self, invitation: Invitation) -> str:
        return moment(invitation.reply_by)

    @admin.display(description=gettext_lazy("answered"), ordering="answered_at")
    def answered(self, invitation: Invitation) -> str:
        return moment(invitation.answered_at)

    @admin.display(description=gettext_lazy("letter"), ordering=F("letter_state").asc(nulls_first=True))
    def delivery(self, invitation: Any) -> str:
        return _delivery(invitation)
