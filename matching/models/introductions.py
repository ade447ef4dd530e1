"""What follows from two yeses: the introduction, and the questions asked later."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.models.suggestions import Suggestion
from partners.models import Person, Twin, new_code

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from partners.models import User


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def visible_to(self, user: "User | AnonymousUser") -> "IntroductionQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(museum_person__user=user) | Q(partner_person__user=user))

    def asking_for_help(self) -> "IntroductionQuerySet":
        """Those of whom somebody's latest word was that some help would be good, and who do not talk yet."""
        said = FollowUp.objects.filter(introduction=models.OuterRef("pk"), state=FollowUp.State.ANSWERED)
        latest = said.order_by("-answered_at", "-pk").values("outcome")[:1]
        return (
            self.filter(state=Introduction.State.INTRODUCED)
            .alias(_latest=models.Subquery(latest))
            .filter(_latest=FollowUp.Outcome.HELP)
        )

    def silent(self) -> "IntroductionQuerySet":
        """Those of whom nobody has said anything yet, to us."""
        said = FollowUp.objects.filter(introduction=models.OuterRef("pk"), state=FollowUp.State.ANSWERED)
        return self.filter(~models.Exists(said), state=Introduction.State.INTRODUCED)


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


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def due(self, today: date) -> "FollowUpQuerySet":
        return self.filter(state=FollowUp.State.PLANNED, due_on__lte=today)


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
