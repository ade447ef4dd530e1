"""What the engine suggests, one row per pair, and what each side said to it."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, Registration
from matching.models.runs import MatchRun
from partners.models import Organisation, Person, Twin, new_code

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from partners.models import User


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
        places = Registration.objects.visible().filter(event=models.OuterRef("event"))
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


class Suggestion(Twin, models.Model):
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
    event = models.ForeignKey(
        Event, models.CASCADE, related_name="suggestions", db_index=False, verbose_name=_("event")
    )
    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="suggestions", verbose_name=_("run"))
    museum = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("museum"))
    partner = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("partner"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SHOWN, editable=False)
    band = models.CharField(_("band"), max_length=12, choices=Band.choices)
    score = models.FloatField(_("score"))
    percentile = models.FloatField(_("percentile"))
    chance = models.FloatField(
        _("chance of two yeses"), null=True, blank=True, help_text=_("From 0 to 1, once enough answers are known.")
    )
    pinned = models.BooleanField(_("pinned by staff"), default=False)
    exploring = models.BooleanField(
        _("shown to learn"), default=False, help_text=_("One place in ten goes to a good pair we know least about.")
    )
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
        indexes = [  # rows are kilobytes wide: who is shown to whom is read without them
            models.Index(fields=["event", "state", "museum", "partner"], name="suggestion_who_to_whom"),
            models.Index(fields=["declined_at"], name="suggestion_declined"),
        ]

    def __str__(self) -> str:
        return f"{self.museum} – {self.partner}"

    def get_absolute_url(self) -> str:
        return reverse("matching:suggestion-list", args=[self.event.slug])

    def rank(self) -> tuple[int, ...]:
        """An introduction before a no, a no before yeses that still wait, an answer before none."""
        further = (self.State.DECLINED, self.State.INTRODUCED)
        got = further.index(self.state) + 1 if self.state in further else 0
        return got, self.answers.count(), self.times_shown

    def other_than(self, organisation: Organisation) -> Organisation:
        return self.partner if organisation.pk == self.museum_id else self.museum


class Trio(Twin, models.Model):
    """A pair with a funder or statutory body that fits both. Made anew by every run; seen by staff and the pair."""

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="trios", verbose_name=_("suggestion"))
    third = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("third partner"))
    score = models.FloatField(_("score"))

    class Meta:
        verbose_name = _("trio")
        verbose_name_plural = _("trios")
        ordering = ["-score", "pk"]
        constraints = [models.UniqueConstraint(fields=["suggestion", "third"], name="trio_once")]

    def __str__(self) -> str:
        return f"{self.suggestion} – {self.third}"


class Answer(Twin, models.Model):
    """What one side said to a suggestion. The reason is for staff; the other side never sees who said what.

    `score` is the suggestion's `parts` at that moment: later runs score the pair anew, and answers teach by what was
    seen.
    """

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
    score = models.JSONField(_("score they answered to"), default=dict, blank=True, editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["suggestion", "organisation"], name="answer_once_per_side")]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_choice_display()}"
