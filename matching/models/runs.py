"""Runs of the engine, and the blocks they are worked off in."""

from collections import Counter
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from events.models import Event
from matching.models.weights import WeightSet
from partners.models import new_code

LOST_AFTER = timedelta(minutes=10)
BLOCK_LOST_AFTER = timedelta(minutes=2)


class MatchRunQuerySet(models.QuerySet["MatchRun"]):
    def requested(self) -> "MatchRunQuerySet":
        return self.filter(state=MatchRun.State.REQUESTED).order_by("pk")

    def under_way(self) -> "MatchRunQuerySet":
        return self.filter(state__in=(MatchRun.State.RUNNING, MatchRun.State.CONCLUDING))

    def for_people(self) -> "MatchRunQuerySet":
        """Those that suggest: neither rehearsals nor trials."""
        return self.filter(rehearsal=False, trial=False)

    def done(self) -> "MatchRunQuerySet":
        """Newest first."""
        return self.filter(state=MatchRun.State.DONE).order_by("-pk")

    def refreshable(self) -> "MatchRunQuerySet":
        """Whole runs that keep what they saw, newest first: one for each event at most, but for a moment."""
        return self.for_people().done().filter(refresh_of=None, snapshot__isnull=False, survey__isnull=False)

    def without_contents(self) -> "MatchRunQuerySet":
        """What is known of the runs, but for the megabytes."""
        return self.defer("snapshot", "survey", "report", "weights")

    def unheard(self, now: datetime) -> "MatchRunQuerySet":
        """Under way, and nothing heard of for a while: the worker died while it prepared or concluded."""
        scored_in_blocks = models.Q(state=MatchRun.State.RUNNING, steps_total__gt=0)
        return self.under_way().exclude(scored_in_blocks).filter(heard_at__lt=now - LOST_AFTER)

    def scored(self) -> "MatchRunQuerySet":
        """Every block is done, and nobody has begun to conclude."""
        left = MatchBlock.objects.filter(run=models.OuterRef("pk")).exclude(state=MatchBlock.State.DONE)
        return self.filter(~models.Exists(left), state=MatchRun.State.RUNNING, steps_total__gt=0)


class MatchRun(models.Model):
    """One run of the engine over one event. The row is the job; what the run said stays readable for good.

    A run is prepared (its `snapshot` of the event frozen, its blocks made), worked off block by block by as many
    workers as there are, and concluded by whoever finished the last block. `snapshot` and `survey` are compressed
    values of the engine: the newest whole run of an event keeps them, so that one edit need not score everybody again.
    A refresh starts from those of `refresh_of` and has no blocks of its own; its `report` holds the pairs that read
    otherwise than there, and names the others: there is one for every edit.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting to start")
        RUNNING = "running", _("running")
        CONCLUDING = "concluding", _("choosing who sees whom")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="match_runs", verbose_name=_("event"))
    rehearsal = models.BooleanField(
        _("rehearsal"), default=False, help_text=_("Scores imported organisations for staff; suggests nothing.")
    )
    trial = models.BooleanField(
        _("trial"), default=False, help_text=_("Tries a set of weights for staff to look at; suggests nothing.")
    )
    refresh_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="refreshes", verbose_name=_("refreshes the run")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED, editable=False)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    input_hash = models.CharField(_("input hash"), max_length=64, blank=True)
    engine_version = models.CharField(_("engine"), max_length=20, blank=True)
    weights = models.JSONField(_("weights"), default=dict, blank=True)
    weight_set = models.ForeignKey(
        WeightSet, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("set of weights")
    )
    snapshot = models.BinaryField(null=True, blank=True)
    survey = models.BinaryField(null=True, blank=True)
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
                condition=Q(state__in=["requested", "running", "concluding", "done", "failed"]),
                name="match_run_state_known",
            ),
            models.UniqueConstraint(  # two runs of one event never interleave
                fields=["event", "rehearsal"],
                condition=Q(state__in=["running", "concluding"]),
                name="match_run_one_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {date_format(timezone.localtime(self.requested_at), 'SHORT_DATETIME_FORMAT')}"

    @cached_property
    def pairs_shown(self) -> list[dict[str, Any]]:
        """What the report says of each pair, best first; for a refresh with one query for those it only names.

        Without those that the whole run told of under another code, because records were merged since.
        `museum_place`: the place of the pair in the museum's list, from 1; `partner_place` in the partner's.
        """
        pairs: list[dict[str, Any]] = self.report.get("pairs", [])
        if "order" in self.report:
            before = MatchRun.objects.filter(refreshes=self).values_list("report", flat=True).first() or {}
            known = {(pair["museum"], pair["partner"]): pair for pair in (*before.get("pairs", ()), *pairs)}
            pairs = [known[museum, partner] for museum, partner in self.report["order"] if (museum, partner) in known]
        places: Counter[str] = Counter()
        shown = []
        for pair in pairs:
            places.update((pair["museum"], pair["partner"]))
            shown.append(pair | {"museum_place": places[pair["museum"]], "partner_place": places[pair["partner"]]})
        return shown

    @property
    def percent_done(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return int(100 * self.steps_done / self.steps_total) if self.steps_total else 0


class MatchBlockQuerySet(models.QuerySet["MatchBlock"]):
    def waiting(self) -> "MatchBlockQuerySet":
        """Oldest run first."""
        waiting = self.filter(state=MatchBlock.State.WAITING, run__state=MatchRun.State.RUNNING)
        return waiting.order_by("run", "number")

    def lost(self, now: datetime) -> "MatchBlockQuerySet":
        """Claimed a while ago by a worker that never came back."""
        claimed = self.filter(state=MatchBlock.State.CLAIMED, run__state=MatchRun.State.RUNNING)
        return claimed.filter(claimed_at__lt=now - BLOCK_LOST_AFTER)

    def without_contents(self) -> "MatchBlockQuerySet":
        """With their run, but for the megabytes of either."""
        return self.select_related("run__event", "run__weight_set").defer(
            "survey", "run__snapshot", "run__survey", "run__report", "run__weights"
        )


class MatchBlock(models.Model):
    """Some museums of one run, to be scored with all partners by one worker: from `first` up to, not with, `last`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("being scored")
        DONE = "done", _("done")

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="blocks", verbose_name=_("run"))
    number = models.PositiveIntegerField(_("number"))
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)
    survey = models.BinaryField(null=True, blank=True)

    objects = MatchBlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block of a run")
        verbose_name_plural = _("blocks of runs")
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="match_block_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "claimed", "done"]), name="match_block_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run}: {self.number}"
