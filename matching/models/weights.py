"""Sets of weights: what the engine counts for how much, who proposed it, and which set is in use."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from partners.models import new_code


class WeightSetQuerySet(models.QuerySet["WeightSet"]):
    def in_use(self) -> "WeightSet | None":
        return self.filter(state=WeightSet.State.IN_USE).first()

    def proposed(self) -> "WeightSetQuerySet":
        return self.filter(state=WeightSet.State.PROPOSED)


class WeightSet(models.Model):
    """One whole set of the engine's weights. Never edited: a change is a new set, and the old one stays to go back to.

    `values` holds every field of `engine.Weights`. `evidence` is what speaks for a learnt set: log-loss of the old and
    the new on the newest fifth of the answers, and how many there were. `calibration` turns scores into chances.
    `leanings`: how readily each organisation says yes and is said yes to, by code; both are found anew every night.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        IN_USE = "in_use", _("in use")
        RETIRED = "retired", _("not in use")

    class Source(models.TextChoices):
        DEFAULT = "default", _("as delivered")
        STAFF = "staff", _("set by staff")
        LEARNT = "learnt", _("learnt from answers")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED, editable=False)
    source = models.CharField(_("where from"), max_length=8, choices=Source)
    values = models.JSONField(_("weights"))
    note = models.CharField(_("why"), max_length=300, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    calibration = models.JSONField(_("calibration"), default=dict, blank=True)
    leanings = models.JSONField(_("leanings of organisations"), default=dict, blank=True, editable=False)
    made_by = models.CharField(_("made by"), max_length=200)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    objects = WeightSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("set of weights")
        verbose_name_plural = _("sets of weights")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="in_use"), name="weight_set_one_in_use"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "in_use", "retired"]), name="weight_set_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()}, {date_format(timezone.localtime(self.made_at), 'SHORT_DATETIME_FORMAT')}"
