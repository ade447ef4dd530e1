"""The programme and its events. Four regional events are four rows."""

from datetime import date, datetime

from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.models import Organisation


def in_language(row: models.Model, name: str) -> str:
    """The column for the language in force, or the English one where it is empty."""
    return (get_language() == "cy" and getattr(row, f"{name}_cy")) or getattr(row, f"{name}_en")


class Programme(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    slug = models.SlugField(_("slug"), unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_cy = models.CharField(_("name in Welsh"), max_length=120, blank=True)
    summary_en = models.TextField(_("summary in English"), blank=True)
    summary_cy = models.TextField(_("summary in Welsh"), blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    officer_name = models.CharField(_("project officer"), max_length=120)
    officer_phone = models.CharField(_("phone"), max_length=40)
    officer_email = models.EmailField(_("e-mail"))
    officer_hours_en = models.CharField(_("when to call, in English"), max_length=120, blank=True)
    officer_hours_cy = models.CharField(_("when to call, in Welsh"), max_length=120, blank=True)
    cover_name = models.CharField(_("cover"), max_length=120, blank=True)
    cover_phone = models.CharField(_("cover's phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["-starts_on"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def summary(self) -> str:
        return in_language(self, "summary")

    @property
    def officer_hours(self) -> str:
        return in_language(self, "officer_hours")


class EventQuerySet(models.QuerySet["Event"]):
    def upcoming(self, today: date | None = None) -> "EventQuerySet":
        return self.filter(held_on__gte=today or timezone.localdate()).order_by("held_on")

    def asking_open(self, today: date | None = None) -> "EventQuerySet":
        """Events one can ask an invitation for."""
        return self.upcoming(today).filter(programme__state=Programme.State.OPEN)


class Event(models.Model):
    """One day in one place. Times are local to Europe/London and may not be known yet; neither may the venue."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="events", verbose_name=_("programme"))
    slug = models.SlugField(_("slug"), unique=True)
    name_en = models.CharField(_("place in English"), max_length=120)
    name_cy = models.CharField(_("place in Welsh"), max_length=120, blank=True)
    summary_en = models.TextField(_("summary in English"), blank=True)
    summary_cy = models.TextField(_("summary in Welsh"), blank=True)
    held_on = models.DateField(_("date"))
    starts_at = models.TimeField(_("starts at"), null=True, blank=True)
    ends_at = models.TimeField(_("ends at"), null=True, blank=True)
    venue_en = models.CharField(_("venue in English"), max_length=200, blank=True)
    venue_cy = models.CharField(_("venue in Welsh"), max_length=200, blank=True)
    venue_postcode = models.CharField(_("venue postcode"), max_length=10, blank=True)
    easting = models.IntegerField(_("easting distances are measured from"), null=True, blank=True)
    northing = models.IntegerField(_("northing distances are measured from"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("places"), default=60, validators=[MinValueValidator(1)])
    over_invite = models.PositiveIntegerField(_("invitations beyond the places"), default=0)
    near_km = models.FloatField(_("near, in km"), default=25.0, validators=[MinValueValidator(0.5)])
    reply_days = models.PositiveSmallIntegerField(_("days to answer an invitation"), default=14)
    known_organisations = models.ManyToManyField(
        Organisation,
        blank=True,
        related_name="+",
        verbose_name=_("organisations known in this area"),
        help_text=_("Imported lists, for rehearsals; visible to staff only."),
    )
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["held_on", "pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.held_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("events:event-detail", args=[self.slug])

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def summary(self) -> str:
        return in_language(self, "summary")

    @property
    def venue(self) -> str:
        return in_language(self, "venue")

    @property
    def is_open(self) -> bool:
        return self.held_on >= timezone.localdate() and self.programme.state == Programme.State.OPEN

    @property
    def invitation_limit(self) -> int:
        """Held + sent + confirmed never exceed this."""
        return self.capacity + self.over_invite

    def starts(self) -> datetime | date:
        """The start as a local instant, or the day while the time is not known."""
        if self.starts_at is None:
            return self.held_on
        return datetime.combine(self.held_on, self.starts_at, tzinfo=timezone.get_default_timezone())


class EventArea(models.Model):
    """A council area that counts as local (core) or near to an event."""

    class Nearness(models.TextChoices):
        CORE = "core", _("local")
        NEAR = "near", _("near, staff decide")

    event = models.ForeignKey(Event, models.CASCADE, related_name="areas")
    council_code = models.CharField(_("council code"), max_length=9)
    name_en = models.CharField(_("council"), max_length=80)
    name_cy = models.CharField(_("council in Welsh"), max_length=80, blank=True)
    nearness = models.CharField(_("counts as"), max_length=4, choices=Nearness)

    class Meta:
        verbose_name = _("council area")
        verbose_name_plural = _("council areas")
        ordering = ["nearness", "name_en"]
        constraints = [models.UniqueConstraint(fields=["event", "council_code"], name="event_area_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")
