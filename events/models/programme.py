"""The programme and its events. Four regional events are four rows."""

from datetime import date, datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
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
    cover_email = models.EmailField(_("cover's e-mail"), blank=True)
    away_from = models.DateField(
        _("away from"),
        null=True,
        blank=True,
        help_text=_("In these days the acknowledgement says when you are back, and who covers."),
    )
    away_until = models.DateField(_("back on"), null=True, blank=True)
    safeguarding_name = models.CharField(_("safeguarding lead"), max_length=120, blank=True)
    safeguarding_email = models.EmailField(_("safeguarding lead's e-mail"), blank=True)
    safeguarding_phone = models.CharField(_("safeguarding lead's phone"), max_length=40, blank=True)
    answer_within_days = models.PositiveSmallIntegerField(_("days to answer a new request"), default=5)
    offer_days = models.PositiveSmallIntegerField(_("working days to take up a freed place"), default=5)
    quiet_pair_days = models.PositiveSmallIntegerField(_("days until a silent pair needs a call"), default=14)
    mix_warning_days = models.PositiveSmallIntegerField(_("days before an event to look at its mix"), default=14)
    mix_most_percent = models.PositiveSmallIntegerField(
        _("largest share of one sector, in percent"), default=60, validators=[MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(away_from=None, away_until=None) | models.Q(away_from__lt=models.F("away_until")),
                name="programme_away_from_before_back",
                violation_error_message=_("Give both days, the day you leave and the later day you are back."),
            )
        ]

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

    @property
    def is_away(self) -> bool:
        """Whether the officer is away today; on the day they are back they are not."""
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= timezone.localdate() < self.away_until


class EventQuerySet(models.QuerySet["Event"]):
    def upcoming(self, today: date | None = None) -> "EventQuerySet":
        return self.filter(held_on__gte=today or timezone.localdate()).order_by("held_on")

    def asking_open(self, today: date | None = None) -> "EventQuerySet":
        """Events one can ask an invitation for."""
        return self.upcoming(today).filter(programme__state=Programme.State.OPEN, cancelled_at=None)


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
    joining_notes_en = models.TextField(
        _("joining notes in English"), blank=True, help_text=_("How to get there, what to bring: goes into the letter.")
    )
    joining_notes_cy = models.TextField(_("joining notes in Welsh"), blank=True)
    helpers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="events_helped",
        verbose_name=_("helpers"),
        help_text=_("Event helpers and door staff see this event and no other."),
    )
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["held_on", "pk"]

    def __str__(self) -> str:
        return f"{self.name}, {date_format(self.held_on, 'SHORT_DATE_FORMAT')}"

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
    def joining_notes(self) -> str:
        return in_language(self, "joining_notes")

    @property
    def is_open(self) -> bool:
        return (
            self.cancelled_at is None
            and self.held_on >= timezone.localdate()
            and self.programme.state == Programme.State.OPEN
        )

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


class SectorPlaces(models.Model):
    """What mix an event wants: places hoped for from one sector, and places nobody else can have."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="sector_places", verbose_name=_("event"))
    sector = models.CharField(_("sector"), max_length=10, choices=Organisation.Sector)
    wanted = models.PositiveSmallIntegerField(_("places hoped for"), default=0)
    held = models.PositiveSmallIntegerField(
        _("places held"), default=0, help_text=_("Only this sector gets them; lower the number to let them go.")
    )

    class Meta:
        verbose_name = _("places of a sector")
        verbose_name_plural = _("places by sector")
        ordering = ["sector"]
        constraints = [models.UniqueConstraint(fields=["event", "sector"], name="sector_places_once")]

    def __str__(self) -> str:
        return f"{self.event}: {self.get_sector_display()}"
