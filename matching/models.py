"""Runs of the engine, what they suggest, what people answer, and what comes of it."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, Registration
from partners.models import Consent, Organisation, Person, new_code

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from partners.models import User

LOST_AFTER = timedelta(minutes=10)


class MatchRunQuerySet(models.QuerySet["MatchRun"]):
    def requested(self) -> "MatchRunQuerySet":
        return self.filter(state=MatchRun.State.REQUESTED).order_by("pk")

    def lost(self, now: datetime) -> "MatchRunQuerySet":
        """Running, and nothing heard of for a while: the worker died."""
        return self.filter(state=MatchRun.State.RUNNING, heard_at__lt=now - LOST_AFTER)


class MatchRun(models.Model):
    """One run of the engine over one event. The row is the job; what the run said stays readable for good."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting to start")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="match_runs", verbose_name=_("event"))
    rehearsal = models.BooleanField(
        _("rehearsal"), default=False, help_text=_("Scores imported organisations for staff; suggests nothing.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED, editable=False)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    input_hash = models.CharField(_("input hash"), max_length=64, blank=True)
    engine_version = models.CharField(_("engine"), max_length=20, blank=True)
    weights = models.JSONField(_("weights"), default=dict, blank=True)
    report = models.JSONField(_("report"), default=dict, blank=True)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    heard_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.CharField(_("asked for by"), max_length=200, blank=True)
    requested_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("match run")
        verbose_name_plural = _("match runs")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "running", "done", "failed"]), name="match_run_state_known"
            ),
            models.UniqueConstraint(  # two runs of one event never interleave
                fields=["event", "rehearsal"], condition=Q(state="running"), name="match_run_one_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def percent_done(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return int(100 * self.steps_done / self.steps_total) if self.steps_total else 0


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def showing(self) -> "SuggestionQuerySet":
        return self.filter(state__in=(Suggestion.State.SHOWN, Suggestion.State.INTRODUCED))

    def about(self, organisation: Organisation) -> "SuggestionQuerySet":
        return self.filter(Q(museum=organisation) | Q(partner=organisation))

    def visible_to(self, user: "User | AnonymousUser") -> "SuggestionQuerySet":
        """Suggestions of an organisation for which somebody behind this mailbox has a place at that event."""
        if not user.is_authenticated:
            return self.none()
        place = (
            Registration.objects.of_user(user)
            .coming()
            .filter(
                Q(membership__organisation=models.OuterRef("museum"))
                | Q(membership__organisation=models.OuterRef("partner")),
                event=models.OuterRef("event"),
            )
        )
        return self.filter(models.Exists(place))

    def present(self) -> "SuggestionQuerySet":
        """Both sides still have a place there, for somebody who agrees to be visible, and are open to contact."""
        agreeing = Person.objects.agreeing(Consent.Purpose.VISIBLE_AT_EVENT)
        places = Registration.objects.coming().filter(event=models.OuterRef("event"), person__in=agreeing)
        return self.filter(
            models.Exists(places.filter(membership__organisation=models.OuterRef("museum"))),
            models.Exists(places.filter(membership__organisation=models.OuterRef("partner"))),
            museum__open_to_contact=True,
            partner__open_to_contact=True,
        )

    def waiting_for(self, user: "User | AnonymousUser") -> "SuggestionQuerySet":
        """Shown to this mailbox's organisations and not answered by them."""
        own = Organisation.objects.of_user(user)
        answered = Answer.objects.filter(suggestion=models.OuterRef("pk"), organisation__in=own)
        return self.visible_to(user).present().filter(~models.Exists(answered), state=Suggestion.State.SHOWN)


class Suggestion(models.Model):
    """The engine's: one row per pair and event, seen by both sides alike."""

    class State(models.TextChoices):
        SHOWN = "shown", _("shown")
        INTRODUCED = "introduced", _("introduced")
        DECLINED = "declined", _("not at the moment")
        DROPPED = "dropped", _("no longer suggested")

    class Band(models.TextChoices):
        STRONG = "strong", _("Strong")
        WORTH_A_TALK = "worth_a_talk", _("Worth a talk")
        POSSIBLE = "possible", _("Possible")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="suggestions", verbose_name=_("event"))
    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="suggestions", verbose_name=_("run"))
    museum = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("museum"))
    partner = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("partner"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SHOWN, editable=False)
    band = models.CharField(_("band"), max_length=12, choices=Band.choices)
    score = models.FloatField(_("score"))
    percentile = models.FloatField(_("percentile"))
    distance_km = models.FloatField(_("distance in km"), null=True, blank=True)
    parts = models.JSONField(_("parts of the score"), default=dict)
    reasons = models.JSONField(_("reasons"), default=list)
    cautions = models.JSONField(_("cautions"), default=list)
    times_shown = models.PositiveIntegerField(_("runs that showed it"), default=0)
    declined_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "museum", "partner"], name="suggestion_one_row_per_pair"),
            models.CheckConstraint(condition=~Q(museum=F("partner")), name="suggestion_two_organisations"),
            models.CheckConstraint(
                condition=Q(state__in=["shown", "introduced", "declined", "dropped"]), name="suggestion_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.museum} – {self.partner}"

    def get_absolute_url(self) -> str:
        return reverse("matching:suggestion-list", args=[self.event.slug])

    def other_than(self, organisation: Organisation) -> Organisation:
        return self.partner if organisation.pk == self.museum_id else self.museum


class Answer(models.Model):
    """What one side said to a suggestion. The reason is for staff; the other side never sees who said what."""

    class Choice(models.TextChoices):
        YES = "yes", _("Yes, introduce us")
        NOT_NOW = "not_now", _("Not now")
        NO = "no", _("No")

    class Reason(models.TextChoices):
        TOO_FAR = "too_far", _("Too far")
        WRONG_KIND = "wrong_kind", _("Not what we are looking for")
        NO_TIME = "no_time", _("No time")
        KNOWN = "known", _("We know each other already")
        OTHER = "other", _("Something else")

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="answers", verbose_name=_("suggestion"))
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="answers", verbose_name=_("person"))
    choice = models.CharField(_("answer"), max_length=8, choices=Choice)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason, blank=True)
    reason_text = models.CharField(_("in their words"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["suggestion", "organisation"], name="answer_once_per_side")]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_choice_display()}"


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def visible_to(self, user: "User | AnonymousUser") -> "IntroductionQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(museum_person__user=user) | Q(partner_person__user=user))


class Introduction(models.Model):
    """Both sides said yes: their details are shared, once, at the same moment."""

    class State(models.TextChoices):
        INTRODUCED = "introduced", _("introduced")
        TALKING = "talking", _("talking")
        ENDED = "ended", _("not pursued")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    suggestion = models.OneToOneField(
        Suggestion, models.PROTECT, related_name="introduction", verbose_name=_("suggestion")
    )
    museum_person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("for the museum"))
    partner_person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("for the partner"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.INTRODUCED, editable=False)
    created_at = models.DateTimeField(_("introduced at"), default=timezone.now)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        verbose_name = _("introduction")
        verbose_name_plural = _("introductions")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["introduced", "talking", "ended"]), name="introduction_state_known"
            )
        ]

    def __str__(self) -> str:
        return str(self.suggestion)

    def get_absolute_url(self) -> str:
        return reverse("matching:introduction-detail", args=[self.code])

    def people(self) -> tuple[Person, Person]:
        return self.museum_person, self.partner_person


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def due(self, today: date) -> "FollowUpQuerySet":
        return self.filter(state=FollowUp.State.PLANNED, due_on__lte=today)


class FollowUp(models.Model):
    """A question to one person about one introduction, written when due, and only if the pair still wants it."""

    class Rule(models.TextChoices):
        TWO_WEEKS = "two-weeks", _("two weeks after")
        THREE_MONTHS = "three-months", _("three months after")

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        ASKED = "asked", _("asked")
        ANSWERED = "answered", _("answered")
        DROPPED = "dropped", _("dropped")

    class Outcome(models.TextChoices):
        TALKED = "talked", _("We have talked")
        PLANNING = "planning", _("We are planning something together")
        NOT_YET = "not_yet", _("Not yet, but we want to")
        HELP = "help", _("Not yet, and some help would be good")
        ENDED = "ended", _("We will not take it further")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    introduction = models.ForeignKey(
        Introduction, models.CASCADE, related_name="follow_ups", verbose_name=_("introduction")
    )
    rule = models.CharField(_("rule"), max_length=12, choices=Rule)
    person = models.ForeignKey(Person, models.CASCADE, related_name="follow_ups", verbose_name=_("person"))
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED, editable=False)
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    outcome = models.CharField(_("answer"), max_length=10, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "introduction", "person"], name="follow_up_once"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "asked", "answered", "dropped"]), name="follow_up_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.introduction}: {self.get_rule_display()}, {self.person}"
