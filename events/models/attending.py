"""A person's way to an event: asking, talking, being invited, coming."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from events.models.programme import Event
from partners.models import Consent, Membership, Organisation, Person, Twin, new_code

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from partners.models import User

# Groups of states, as plain words because constraints and migrations hold them.
OPEN = ("requested", "talking", "waiting")
COMING = ("confirmed", "attended", "absent")
ACTIVE = (*OPEN, "invited", *COMING)
STATES = ("draft", *ACTIVE, "not_this_time", "elsewhere", "declined", "withdrawn", "moved")


def agrees(purpose: str) -> models.Exists:
    """Whether the person of a registration agrees to `purpose`; asked of those at hand, not of everybody."""
    return models.Exists(Person.objects.agreeing(purpose).filter(pk=models.OuterRef("person")))


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def coming(self) -> "RegistrationQuerySet":
        """Those who hold a confirmed place, before and after the day."""
        return self.filter(state__in=COMING)

    def visible(self) -> "RegistrationQuerySet":
        """Those of them who agreed to be seen at the event."""
        return self.coming().filter(agrees(Consent.Purpose.VISIBLE_AT_EVENT))

    def active(self) -> "RegistrationQuerySet":
        """Those who are on their way to an event, or were there."""
        return self.filter(state__in=ACTIVE)

    def to_answer(self) -> "RegistrationQuerySet":
        """New requests nobody has talked with yet; the nearest event and the oldest request first."""
        return self.filter(state="requested").order_by("event__held_on", "requested_at", "pk")

    def being_talked_to(self) -> "RegistrationQuerySet":
        """Talked to, or silent when invited, and without a decision; the nearest event and the oldest request first."""
        return self.filter(state="talking").order_by("event__held_on", "requested_at", "pk")

    def with_reach(self) -> "RegistrationQuerySet":
        """Adds `not_reached`: a letter came back, or none can be sent, and nobody has rung them about it yet."""
        why = (Call.Why.BOUNCED, Call.Why.NO_EMAIL, Call.Why.VENUE)
        to_ring = Call.objects.filter(registration=models.OuterRef("pk"), state=Call.State.TO_MAKE, why__in=why)
        return self.annotate(not_reached=models.Exists(to_ring))

    def left_open(self, today: date) -> "RegistrationQuerySet":
        """Undecided, or with a place and not marked, although the event is over: each needs a last word."""
        return self.filter(state__in=(*OPEN, "confirmed"), event__held_on__lt=today, event__cancelled_at=None)

    def of_cancelled_events(self) -> "RegistrationQuerySet":
        """Undecided at an event that was cancelled: each is to be moved, or told that there is nothing this time."""
        return self.filter(state__in=OPEN, event__cancelled_at__isnull=False)

    def of_user(self, user: "User | AnonymousUser") -> "RegistrationQuerySet":
        return self.filter(person__user=user) if user.is_authenticated else self.none()


class Registration(Twin, models.Model):
    """One person for one event, in one organisation (the hat of the day). A draft is only what was typed so far."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being written")
        REQUESTED = "requested", _("asked")
        TALKING = "talking", _("we are talking")
        WAITING = "waiting", _("on the waiting list")
        NOT_THIS_TIME = "not_this_time", _("not this time")
        ELSEWHERE = "elsewhere", _("suggested elsewhere")
        INVITED = "invited", _("invited")
        CONFIRMED = "confirmed", _("place confirmed")
        DECLINED = "declined", _("said no")
        WITHDRAWN = "withdrawn", _("withdrew")
        MOVED = "moved", _("moved to another event")
        ATTENDED = "attended", _("came")
        ABSENT = "absent", _("did not come")

    class CountsAs(models.TextChoices):
        LOCAL = "local", _("local")
        NEAR = "near", _("near")
        FAR = "far", _("not near")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="registrations", verbose_name=_("event")
    )
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="registrations", verbose_name=_("person")
    )
    membership = models.ForeignKey(
        Membership, models.RESTRICT, null=True, blank=True, related_name="registrations", verbose_name=_("organisation")
    )
    state = models.CharField(_("state"), max_length=15, choices=State.choices, default=State.DRAFT, editable=False)
    answers = models.JSONField(_("as typed"), default=dict, blank=True, editable=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    requested_at = models.DateTimeField(_("asked on"), null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed on"), null=True, blank=True, editable=False)
    left_at = models.DateTimeField(_("left on"), null=True, blank=True, editable=False)
    thanked_at = models.DateTimeField(_("thanked on"), null=True, blank=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by staff"),
    )
    agreed_with = models.CharField(
        _("who agreed, and how"), max_length=200, blank=True, help_text=_("Where somebody else filled the form in.")
    )
    agreed_on = models.DateField(_("agreed on"), null=True, blank=True)
    moved_from = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="moved_to", editable=False
    )
    substitute_for = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="substitute", editable=False
    )
    walk_in = models.BooleanField(_("came without a place"), default=False, editable=False)
    warm_up_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    warm_up_answered_at = models.DateTimeField(_("said again that they come"), null=True, blank=True, editable=False)
    warm_up_answer = models.TextField(_("what would make the day worth their time"), blank=True, editable=False)
    counts_as = models.CharField(
        _("how near, as staff decided"), max_length=5, choices=CountsAs.choices, blank=True, editable=False
    )
    counts_as_because = models.CharField(_("why staff decided so"), max_length=250, blank=True, editable=False)
    staff_note = models.TextField(_("note of the staff"), blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests and places")
        ordering = ["requested_at", "pk"]
        indexes = [models.Index(fields=["event", "state"], name="registration_event_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="registration_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(person__isnull=False, event__isnull=False, membership__isnull=False),
                name="registration_complete_unless_draft",
            ),
            models.UniqueConstraint(
                fields=["person", "event"], condition=Q(state__in=ACTIVE), name="registration_once_per_event"
            ),
            models.CheckConstraint(
                condition=Q(counts_as="", counts_as_because="")
                | Q(counts_as__in=["local", "near", "far"]) & ~Q(counts_as_because=""),
                name="registration_nearness_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        somebody, no_event = _("somebody"), _("no event yet")  # outside the f-string, where xgettext finds them
        return f"{self.person or somebody}, {self.event or no_event}"

    settle_first = _("they ask for one event twice. End one of the two requests, or after the day mark who came.")

    def rank(self) -> tuple[int, ...]:
        return (int(self.state == self.State.ATTENDED),)

    def agrees_with(self, twin: "Registration") -> bool:
        """Only after the day, when nothing can be withdrawn any more."""
        over = (self.State.ATTENDED, self.State.ABSENT)
        return self.state in over and twin.state in over

    @property
    def organisation(self) -> Organisation:
        if self.membership is None:
            raise ValueError("a draft has no organisation yet")
        return self.membership.organisation


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def holding_a_place(self, now: datetime | None = None) -> "InvitationQuerySet":
        """Not answered, and not past its day: each keeps one place."""
        return self.filter(state__in=("held", "sent"), reply_by__gt=now or timezone.now())

    def overdue(self, now: datetime) -> "InvitationQuerySet":
        return self.filter(state__in=("held", "sent"), reply_by__lte=now)

    def open_offers(self, now: datetime) -> "InvitationQuerySet":
        """Offers of a freed place that wait for their answer; the soonest to run out first."""
        return self.holding_a_place(now).filter(kind="offer", state="sent").order_by("reply_by", "pk")


class Invitation(models.Model):
    """One row per sending. It holds a place until `reply_by`."""

    class State(models.TextChoices):
        HELD = "held", _("held")
        SENT = "sent", _("sent")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("not answered in time")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        OFFER = "offer", _("offer of a place that became free")

    class Via(models.TextChoices):
        BUTTON = "button", _("by the button")
        PHONE = "phone", _("by phone, entered by staff")
        STAFF = "staff", _("entered by staff")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="invitations", verbose_name=_("request")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD, editable=False)
    kind = models.CharField(_("what it is"), max_length=10, choices=Kind.choices, default=Kind.INVITATION)
    reply_by = models.DateTimeField(_("answer by"))
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    answered_via = models.CharField(_("answered"), max_length=6, choices=Via.choices, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), default=timezone.now)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["held", "sent", "accepted", "declined", "expired", "withdrawn"]),
                name="invitation_state_known",
            ),
            models.UniqueConstraint(
                fields=["registration"], condition=Q(state__in=["held", "sent"]), name="invitation_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration}: {self.get_state_display()}"


class Conversation(models.Model):
    """What was said: a call, an e-mail, a meeting."""

    class Means(models.TextChoices):
        CALL = "call", _("call")
        EMAIL = "email", _("e-mail")
        MEETING = "meeting", _("meeting")

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="conversations", verbose_name=_("request")
    )
    means = models.CharField(_("how"), max_length=8, choices=Means)
    held_on = models.DateField(_("date"), default=timezone.localdate)
    summary = models.TextField(_("what was said"))
    next_step = models.CharField(_("next step"), max_length=250, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_means_display()}, {date_format(self.held_on, 'SHORT_DATE_FORMAT')}"


NEWS = {
    "acknowledgement": _("we have their request"),
    "considering": _("we are considering their request; nothing is decided"),
    "sent": _("they are invited: do they come?"),
    "offer": _("a place is free for them: do they come?"),
    "reminder": _("they are invited: do they come?"),
    "expired": _("the day to answer by is over: would they still like to come?"),
    "confirmed": _("their place is confirmed"),
    "waiting": _("the event is full, and they are on the waiting list"),
    "not-this-time": _("not this time; the journal has our words"),
    "no-event-near": _("no event is near them yet; the journal has our words"),
    "elsewhere": _("something else would suit them better; the journal has our words"),
    "moved": _("their request is at another event now"),
    "withdrawn": _("they are off the list, as they asked"),
    "costs": _("whether we can help with their costs: it stands beside what they need"),
    "warm-up": _("do they still come?"),
    "joining-notes": _("how to get there, and when"),
    "day-before": _("see you tomorrow: time and place"),
    "change": _("time or place have changed"),
    "changed": _("time or place have changed"),
    "cancelled": _("the event is cancelled"),
    "sorry": _("we are sorry to have missed them"),
    "suggestions-ready": _("there are possible partners for them: read them out, and enter what they say"),
    "made": _("a partner said yes too: read out how to reach them"),
    "follow-up": _("how is it going with their new partner?"),
    "ended": _("their introduction is not taken further; thank them, and read out who else there is"),
}  # by the step in the key of the letter that they could not get


class CallQuerySet(models.QuerySet["Call"]):
    def to_make(self) -> "CallQuerySet":
        return self.filter(state="to_make").order_by("due_on", "pk")


class Call(models.Model):
    """Somebody whom no letter reaches or who stays silent: a call for staff to make, once for each cause."""

    class Why(models.TextChoices):
        NO_EMAIL = "no_email", _("has no e-mail address")
        BOUNCED = "bounced", _("a letter did not arrive")
        SILENT_INVITATION = "silent", _("did not answer the invitation")
        SILENT_WARM_UP = "warm_up", _("did not say again that they come")
        VENUE = "venue", _("must hear of a change in time")
        PARTNERS = "partners", _("has no e-mail address, and news about partners")

    class State(models.TextChoices):
        TO_MAKE = "to_make", _("to make")
        MADE = "made", _("made")
        NOT_NEEDED = "not_needed", _("not needed any more")

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="calls", verbose_name=_("request"))
    why = models.CharField(_("why"), max_length=10, choices=Why)
    about = models.CharField(max_length=120, blank=True)  # the letter's key or the invitation's code: one call for each
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.TO_MAKE, editable=False)
    due_on = models.DateField(_("by"), default=timezone.localdate)
    note = models.TextField(_("what was said"), blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "why", "about"], name="call_once_for_each_cause"),
            models.CheckConstraint(condition=Q(state__in=["to_make", "made", "not_needed"]), name="call_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.registration}: {self.get_why_display()}"

    @property
    def news(self) -> str:
        """What to tell or to ask them."""
        steps = (part.rstrip("0123456789").removesuffix("-") for part in self.about.split(":"))
        return next((str(NEWS[step]) for step in steps if step in NEWS), "–")


class ArrangementQuerySet(models.QuerySet["Arrangement"]):
    def wanted(self) -> "ArrangementQuerySet":
        """Those of people who are invited or come, in the order of their days."""
        ahead = self.filter(registration__state__in=("invited", *COMING), registration__event__cancelled_at=None)
        return ahead.order_by("registration__event__held_on", "created_at", "pk")

    def to_arrange(self, today: date) -> "ArrangementQuerySet":
        return self.wanted().filter(arranged_on=None, registration__event__held_on__gte=today)


class Arrangement(models.Model):
    """What somebody needs to take part, asked only once invited; kept apart, seen by two roles, gone after 30 days."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("access")
        LANGUAGE = "language", _("language or interpreter")
        QUIET = "quiet", _("a quiet space")
        DIET = "diet", _("food and drink")
        COST = "cost", _("help with costs")
        OTHER = "other", _("something else")

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="arrangements", verbose_name=_("request")
    )
    kind = models.CharField(_("about"), max_length=8, choices=Kind)
    words = models.TextField(_("in their words"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who sees to it"),
    )
    arranged_on = models.DateField(_("arranged on"), null=True, blank=True)
    granted = models.BooleanField(_("we help with the costs"), null=True, blank=True)
    note = models.CharField(_("what was arranged"), max_length=250, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ArrangementQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrangement")
        verbose_name_plural = _("arrangements")
        ordering = ["registration", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "kind"], name="arrangement_once_a_kind"),
            models.CheckConstraint(condition=Q(kind="cost") | Q(granted=None), name="arrangement_granted_is_of_costs"),
        ]

    settle_first = _("what they need is noted twice. It is deleted thirty days after the event: merge them then.")

    def __str__(self) -> str:
        return f"{self.registration}: {self.get_kind_display()}"
