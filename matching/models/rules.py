"""What staff decided about a pair for good: it must meet, must not, or works together already."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event
from partners.models import Organisation, Twin, new_code


class PairRuleQuerySet(models.QuerySet["PairRule"]):
    def in_force(self, *, event: Event, on: date) -> "PairRuleQuerySet":
        """Rules for this event or for all of them, not lifted and not past their last day."""
        return self.holding(on).filter(Q(event=event) | Q(event=None))

    def holding(self, on: date) -> "PairRuleQuerySet":
        """Not lifted, and not past their last day."""
        return self.filter(Q(until=None) | Q(until__gte=on), state=PairRule.State.IN_FORCE)

    def for_pair(self, museum: Organisation, partner: Organisation) -> "PairRuleQuerySet":
        return self.filter(museum=museum, partner=partner)


class PairRule(Twin, models.Model):
    """One rule for two organisations, with its reason; it holds in every run until somebody lifts it.

    `museum` and `partner` as in a suggestion. Without an `event` it holds at all of them.
    """

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("in force")
        LIFTED = "lifted", _("lifted")

    class Rule(models.TextChoices):
        MUST_MEET = "must_meet", _("must meet: always suggested, whatever the score")
        KEEP_APART = "keep_apart", _("keep apart: never suggested, never at one table")
        PARTNERS = "partners", _("work together already: never suggested, welcome at one table")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.IN_FORCE, editable=False)
    rule = models.CharField(_("rule"), max_length=10, choices=Rule)
    event = models.ForeignKey(
        Event,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="pair_rules",
        verbose_name=_("event"),
        help_text=_("Leave empty for all events."),
    )
    museum = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="+",
        limit_choices_to={"sector": Organisation.Sector.MUSEUM},
        verbose_name=_("museum"),
    )
    partner = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="+",
        limit_choices_to=~Q(sector=Organisation.Sector.MUSEUM),
        verbose_name=_("partner"),
    )
    reason = models.CharField(_("why"), max_length=300, help_text=_("Only staff read this."))
    until = models.DateField(_("last day it holds"), null=True, blank=True)
    made_by = models.CharField(_("made by"), max_length=200, editable=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)

    objects = PairRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for a pair")
        verbose_name_plural = _("rules for pairs")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "museum", "partner"],
                condition=Q(state="in_force", event__isnull=False),
                name="pair_rule_once_at_an_event",
            ),
            models.UniqueConstraint(
                fields=["museum", "partner"],
                condition=Q(state="in_force", event__isnull=True),
                name="pair_rule_once_at_all_events",
            ),
            models.CheckConstraint(condition=~Q(museum=F("partner")), name="pair_rule_two_organisations"),
            models.CheckConstraint(condition=Q(state__in=["in_force", "lifted"]), name="pair_rule_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.museum} – {self.partner}"

    settle_first = _("the two rules say different things about one pair. Lift one of them, under Rules for pairs.")

    def agrees_with(self, twin: "PairRule") -> bool:
        return (self.rule, self.until) == (twin.rule, twin.until)

    @property
    def separates(self) -> bool:
        """Whether it takes the pair out of what people are suggested."""
        return self.rule in (self.Rule.KEEP_APART, self.Rule.PARTNERS)

    def holds_on(self, day: date) -> bool:
        return self.state == self.State.IN_FORCE and (self.until is None or self.until >= day)
