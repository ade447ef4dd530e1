"""Care for records: what may be there twice, merges that can be undone, texts somebody is worried about."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from partners.models.codes import new_code
from partners.models.organisations import Listing, Organisation
from partners.models.people import Person


class SaidDifferent(models.Model):
    """Two records that look alike and, as staff know, are not the same: they are never shown as such again."""

    reason = models.CharField(_("how they differ"), max_length=250, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.one} ≠ {self.other}"  # type: ignore[attr-defined]


class Difference(SaidDifferent):
    """Between organisations."""

    one = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    other = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("other organisation"))

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="difference_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="difference_in_order"),
        ]


class PersonDifference(SaidDifferent):
    """Between people: two of one name, or two who share a mailbox or a telephone."""

    one = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    other = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("other person"))

    class Meta:
        verbose_name = _("difference between people")
        verbose_name_plural = _("differences between people")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="person_difference_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="person_difference_in_order"),
        ]


class TakenUp(models.Model):
    """One record taken up into another. `content` is all that undoing needs: what was done, columns as they were."""

    class State(models.TextChoices):
        DONE = "done", _("merged")
        UNDONE = "undone", _("taken apart again")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.DONE, editable=False)
    gone_name = models.CharField(_("taken up"), max_length=200)
    gone_code = models.CharField(max_length=12, db_index=True)
    content = models.JSONField(default=dict)
    reason = models.CharField(_("why"), max_length=250, blank=True)
    by_name = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.gone_name} → {self.kept}"  # type: ignore[attr-defined]


class Merge(TakenUp):
    """Of two organisations."""

    kept = models.ForeignKey(Organisation, models.CASCADE, related_name="merges", verbose_name=_("kept"))

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(state__in=["done", "undone"]), name="merge_state_known")]


class PersonMerge(TakenUp):
    """Of two records of one person; it goes with the person when they are forgotten."""

    kept = models.ForeignKey(Person, models.CASCADE, related_name="merges", verbose_name=_("kept"))

    class Meta:
        verbose_name = _("merge of people")
        verbose_name_plural = _("merges of people")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["done", "undone"]), name="person_merge_state_known")
        ]


class Concern(models.Model):
    """Somebody is worried about a text. The text is restricted at once; the safeguarding lead is told."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="concerns", verbose_name=_("organisation")
    )
    listing = models.ForeignKey(
        Listing, models.CASCADE, null=True, blank=True, related_name="concerns", verbose_name=_("need or offer")
    )
    words = models.TextField(_("words"), blank=True, editable=False)  # taken away from where they stood, else ""
    taken_from = models.JSONField(default=list, blank=True, editable=False)  # [[model, key, column, what stood there]]
    worry = models.TextField(_("what worries you"))
    reported_by = models.CharField(_("reported by"), max_length=200)
    reported_at = models.DateTimeField(_("reported at"), default=timezone.now)
    outcome = models.TextField(_("what was done"), blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        ordering = ["-reported_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(state__in=["open", "closed"]), name="concern_state_known")]

    def __str__(self) -> str:
        return f"{self.organisation}, {date_format(localtime(self.reported_at), 'SHORT_DATE_FORMAT')}"


class SavedList(models.Model):
    """A list of the admin as one member of staff likes to see it: its address with the filters chosen."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_lists")
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=500)

    class Meta:
        verbose_name = _("saved list")
        verbose_name_plural = _("saved lists")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_list_once")]

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """One postcode of the full directory: without spaces, capital letters. Metres of the British National Grid."""

    postcode = models.CharField(_("postcode"), max_length=7, primary_key=True)
    council_code = models.CharField(_("council code"), max_length=9)
    easting = models.IntegerField(_("easting"))
    northing = models.IntegerField(_("northing"))

    class Meta:
        verbose_name = _("postcode")
        verbose_name_plural = _("postcodes")

    def __str__(self) -> str:
        return self.postcode
