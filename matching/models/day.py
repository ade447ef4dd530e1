"""The day's plan: rounds of facilitated tables, or of talks for two, and who sits where."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, Registration
from partners.models import Twin, new_code

PLAN_LOST_AFTER = timedelta(minutes=5)
TOO_FEW_SEATS = "too few seats in round "  # how `problem` begins; the round follows, counted from 0


class PlanQuerySet(models.QuerySet["Plan"]):
    def wanted(self, now: datetime) -> "PlanQuerySet":
        """Those to be worked out, which nobody has in hand, or somebody who never came back."""
        free = Q(claimed_at=None) | Q(claimed_at__lt=now - PLAN_LOST_AFTER)
        return self.filter(free, wanted=True).order_by("pk")


class Plan(models.Model):
    """One plan of one event. A plan in use is what is printed; making another leaves it as it is.

    `tables`: a list of {"name", "seats", "step_free", "quiet"}, numbered by their place. Rounds count from 0;
    the first `finished_rounds` have been held and never change. `measures` is what the engine counted, each beside the
    bound no plan can better. The row is the job: a plan that is `wanted` waits for a worker, who claims it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_USE = "in_use", _("in use")
        RETIRED = "retired", _("put away")

    class Form(models.TextChoices):
        TABLES = "tables", _("facilitated tables")
        TALKS = "talks", _("talks for two")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="plans", verbose_name=_("event"))
    form = models.CharField(_("form"), max_length=6, choices=Form, default=Form.TABLES)
    rounds = models.PositiveSmallIntegerField(_("rounds"))
    finished_rounds = models.PositiveSmallIntegerField(_("rounds that were held"), default=0)
    tables = models.JSONField(_("tables"), default=list)
    themes = models.JSONField(_("themes of the tables"), default=list)  # [round][table] -> slug or ""
    measures = models.JSONField(_("measures"), default=dict)
    version = models.PositiveIntegerField(default=0)  # rises with every change, so that two people never overwrite
    suggested_too = models.BooleanField(
        _("talks of all suggested pairs"),
        default=False,
        help_text=_("Otherwise only pairs whose both sides said yes have a talk for two."),
    )
    wanted = models.BooleanField(_("to be worked out"), default=False)
    claimed_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    told = models.JSONField(default=list)  # the seats people know of: [guest, round, table]
    told_at = models.DateTimeField(_("people were told at"), null=True, blank=True)
    made_by = models.CharField(_("made by"), max_length=200, editable=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan of the day")
        verbose_name_plural = _("plans of the day")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "form"], condition=Q(state="in_use"), name="plan_one_in_use"),
            models.CheckConstraint(condition=Q(state__in=["draft", "in_use", "retired"]), name="plan_state_known"),
            models.CheckConstraint(condition=Q(finished_rounds__lte=F("rounds")), name="plan_finished_within_rounds"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.get_form_display()}"

    @property
    def problem_words(self) -> str:
        """Why it could not be worked out, in the reader's language where we have words for it."""
        if not self.problem.startswith(TOO_FEW_SEATS):
            return self.problem
        words = _("Round %(round)d: not everybody can be seated beside those who were put there by hand.")
        return str(words) % {"round": int(self.problem.removeprefix(TOO_FEW_SEATS)) + 1}

    def table_name(self, number: int) -> str:
        """The table's own name, or its number as people count."""
        return self.tables[number]["name"] or str(number + 1)


class Guest(Twin, models.Model):
    """One person of a plan: when they are there and what table they need.

    There from round `first_round` up to, not with, `last_round`; absent when the two are equal. `meant_first` and
    `meant_last` are what held until they were taken out, because they gave their place back or were marked as absent.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="guests", verbose_name=_("plan"))
    registration = models.ForeignKey(Registration, models.CASCADE, related_name="+", verbose_name=_("request"))
    first_round = models.PositiveSmallIntegerField(_("from round"), default=0)
    last_round = models.PositiveSmallIntegerField(_("up to round"))
    meant_first = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    meant_last = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    step_free = models.BooleanField(_("step-free table"), default=False)
    quiet = models.BooleanField(_("quiet table"), default=False)
    most_talks = models.PositiveSmallIntegerField(_("at most so many talks"), null=True, blank=True)

    class Meta:
        verbose_name = _("guest of a plan")
        verbose_name_plural = _("guests of a plan")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "registration"], name="guest_once"),
            models.CheckConstraint(condition=Q(first_round__lte=F("last_round")), name="guest_comes_before_leaving"),
        ]

    def __str__(self) -> str:
        return str(self.registration)

    def is_there(self, at: int) -> bool:
        """Whether they are there in round `at`."""
        return self.first_round <= at < self.last_round


class Seat(Twin, models.Model):
    """Where one guest sits in one round. A talk for two is two seats at one table."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="seats", verbose_name=_("plan"))
    guest = models.ForeignKey(Guest, models.CASCADE, related_name="seats", verbose_name=_("guest"))
    round = models.PositiveSmallIntegerField(_("round"))
    table = models.PositiveSmallIntegerField(_("table"))
    held = models.BooleanField(_("put here by hand"), default=False)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["round", "table", "guest"]
        constraints = [models.UniqueConstraint(fields=["guest", "round"], name="seat_one_a_round")]

    def __str__(self) -> str:
        return f"{self.guest}: {self.round + 1}, {self.table + 1}"
