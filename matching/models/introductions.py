"""What follows from two yeses: the introduction, and the questions asked later."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Programme
from matching.models.suggestions import Suggestion
from partners.models import Organisation, Person, Twin, new_code
from pwp.journal.models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from partners.models import User


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def visible_to(self, user: "User | AnonymousUser") -> "IntroductionQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(museum_person__user=user) | Q(partner_person__user=user))

    def going_on(self) -> "IntroductionQuerySet":
        return self.exclude(state=Introduction.State.ENDED)

    def asking_for_help(self) -> "IntroductionQuerySet":
        """Those of whom somebody's latest word to us was that some help would be good."""
        wish = FollowUp.objects.unheard_since("answered_at").filter(outcome=FollowUp.Outcome.HELP)
        return self._still_open(wish)

    def silent(self, now: datetime) -> "IntroductionQuerySet":
        """Those asked how it goes, of which nobody has said a word since, for as long as their programme allows."""
        long_ago = Q(pk__in=[])
        for programme in Programme.objects.all():
            since = now - timedelta(days=programme.quiet_pair_days)
            long_ago |= Q(introduction__suggestion__event__programme=programme, asked_at__lt=since)
        return self._still_open(FollowUp.objects.unheard_since("asked_at").filter(long_ago, state=FollowUp.State.ASKED))

    def _still_open(self, follow_ups: "FollowUpQuerySet") -> "IntroductionQuerySet":
        return self.going_on().filter(models.Exists(follow_ups.filter(introduction=models.OuterRef("pk"))))


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

    # Of both their people each has a page and letters of their own.
    settle_first = _(
        "they were introduced to each other, or both to one partner, and no introduction may be lost. Say that one is "
        "part of the other instead."
    )

    def get_absolute_url(self) -> str:
        return reverse("matching:introduction-detail", args=[self.code])

    def people(self) -> tuple[Person, Person]:
        return self.museum_person, self.partner_person

    def side_of(self, person: Person) -> Organisation:
        """The organisation this one of the two was introduced for."""
        return self.suggestion.museum if person.pk == self.museum_person_id else self.suggestion.partner


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def due(self, today: date) -> "FollowUpQuerySet":
        return self.filter(state=FollowUp.State.PLANNED, due_on__lte=today)

    def unheard_since(self, moment: str) -> "FollowUpQuerySet":
        """Those after whose `moment` neither of the pair answered anything and staff wrote nothing down."""
        answers = FollowUp.objects.filter(
            introduction=models.OuterRef("introduction"), answered_at__gt=models.OuterRef(moment)
        )
        notes = Entry.objects.filter(
            subject_model=Introduction._meta.label_lower,
            subject_pk=models.OuterRef("introduction"),
            at__gt=models.OuterRef(moment),
        )
        return self.filter(~models.Exists(answers), ~models.Exists(notes))


class FollowUp(Twin, models.Model):
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
    reason_text = models.CharField(_("why it ended, in their words"), max_length=300, blank=True)
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

    def rank(self) -> tuple[int, ...]:
        """What was answered before what was asked, and that before what was not."""
        return ((self.State.DROPPED, self.State.PLANNED, self.State.ASKED, self.State.ANSWERED).index(self.state),)
