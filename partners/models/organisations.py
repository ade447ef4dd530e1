"""Organisations, who speaks for them, and what they need and offer."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners import geography, sectors
from partners.models.codes import new_code
from partners.models.people import Language, Person
from partners.models.records import RecordQuerySet, RecordState, Twin
from partners.models.vocabulary import Audience, Kind, Theme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from partners.models.people import User

LONGEST_LISTING = 600


class OrganisationQuerySet(RecordQuerySet):
    def of_user(self, user: "User | AnonymousUser") -> "OrganisationQuerySet":
        """Those the people behind this mailbox speak for."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(memberships__person__user=user).distinct()

    def descriptions_to_check(self) -> "OrganisationQuerySet":
        """New descriptions that wait for staff: not those returned to their people, nor those under a concern."""
        return self.exclude(pending_description="").filter(description_hidden_reason="", restricted_at=None)


class Organisation(models.Model):
    """A body that takes part. Nothing here is shown to others before one of its people agreed to that."""

    State = RecordState

    class Sector(models.TextChoices):
        MUSEUM = "museum", _("Museum")
        COMMUNITY = "community", _("Community or third-sector group")
        NETWORK = "network", _("Network or umbrella body")
        STATUTORY = "statutory", _("Statutory body")
        FUNDER = "funder", _("Funder")
        OTHER = "other", _("Other")

    class Type(models.TextChoices):
        MUSEUM_INDEPENDENT = "museum-independent", _("Independent museum")
        MUSEUM_VOLUNTEER = "museum-volunteer", _("Volunteer-run museum")
        MUSEUM_COUNCIL = "museum-council", _("Council museum service")
        MUSEUM_TRUST = "museum-trust", _("Trust running council museums")
        MUSEUM_UNIVERSITY = "museum-university", _("University museum")
        MUSEUM_NATIONAL = "museum-national", _("National museum or heritage body")
        MUSEUM_PRIVATE = "museum-private", _("Private museum")
        GROUP = "group-unregistered", _("Voluntary or community group, not registered")
        CHARITY = "charity", _("Registered charity, not a company")
        CIO = "cio", _("CIO or SCIO")
        COMPANY = "nonprofit-company", _("Charitable or not-for-profit company")
        SOCIAL_ENTERPRISE = "social-enterprise", _("CIC, co-op or social enterprise")
        FAITH = "faith", _("Faith-based group")
        NETWORK = "network", _("Network or umbrella body")
        COUNCIL = "council", _("Council")
        TOWN_COUNCIL = "town-council", _("Town, parish or community council")
        NHS = "nhs", _("NHS or health and social care")
        JUSTICE = "police-fire-justice", _("Police, fire, prison or probation")
        EDUCATION = "education", _("School, college or university")
        GRANT_MAKER = "grant-maker", _("Grant-maker")

    class Size(models.TextChoices):
        TINY = "tiny", _("tiny")
        SMALL = "small", _("small")
        MEDIUM = "medium", _("medium")
        LARGE = "large", _("large")

    class Certainty(models.TextChoices):
        POSTCODE = "postcode", _("known to the street")
        SECTOR = "sector", _("known to the neighbourhood")
        OUTCODE = "outcode", _("known to the district")
        COUNCIL = "council", _("known to the council area")
        UNKNOWN = "unknown", _("not known")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=200)
    sector = models.CharField(_("sector"), max_length=10, choices=Sector)
    type = models.CharField(_("type"), max_length=20, choices=Type, blank=True)
    size = models.CharField(_("size"), max_length=6, choices=Size, blank=True)
    work_place = models.CharField(_("where most of the work happens"), max_length=120, blank=True)
    postcode = models.CharField(_("office postcode, as typed"), max_length=20, blank=True)
    council_code = models.CharField(_("council code"), max_length=9, blank=True, db_index=True)
    council_name = models.CharField(_("council"), max_length=80, blank=True)
    easting = models.IntegerField(_("easting"), null=True, blank=True)
    northing = models.IntegerField(_("northing"), null=True, blank=True)
    certainty = models.CharField(_("place"), max_length=8, choices=Certainty, default=Certainty.UNKNOWN)
    council_share = models.FloatField(
        _("share of that area in the council"), default=0.0, help_text=_("From 0 to 1; 1 is certain.")
    )
    reach_km = models.FloatField(_("how far you can reach, in km"), null=True, blank=True)
    most_introductions = models.PositiveSmallIntegerField(
        _("new introductions you can manage"),
        null=True,
        blank=True,
        help_text=_("Once you have met so many new partners we suggest no more. Leave empty for no limit."),
    )
    website = models.URLField(_("website"), blank=True)
    charity_number = models.CharField(_("charity number"), max_length=20, blank=True)
    gives_grants = models.BooleanField(_("gives grants"), default=False)
    open_to_contact = models.BooleanField(_("open to being contacted"), default=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="branches", verbose_name=_("part of")
    )
    description = models.TextField(_("what you do"), blank=True)
    pending_description = models.TextField(_("new description, to be checked"), blank=True)
    description_hidden_reason = models.CharField(_("why staff hid it"), max_length=250, blank=True)
    restricted_at = models.DateTimeField(_("restricted at"), null=True, blank=True, editable=False)
    language = models.CharField(_("language of the description"), max_length=2, choices=Language, default="en")
    themes = models.ManyToManyField(Theme, blank=True, verbose_name=_("themes"))
    audiences = models.ManyToManyField(Audience, blank=True, verbose_name=_("who you mainly work with"))
    identifier_scheme = models.CharField(_("list it comes from"), max_length=40, blank=True)
    identifier = models.CharField(_("number in that list"), max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["identifier_scheme", "identifier"],
                condition=~models.Q(identifier=""),
                name="organisation_identifier_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("matching:organisation-detail", args=[self.code])

    def clean(self) -> None:
        before = Organisation.objects.filter(pk=self.pk).exclude(sector=self.sector).first() if self.pk else None
        if before and (objections := sectors.objections(before, self.sector)):
            raise ValidationError({"sector": objections})

    @property
    def council(self) -> str:
        """The council's name in the language in force; `council_name` is the English one, which staff search."""
        return geography.council_name(self.council_code, language=get_language() or "en")

    @property
    def description_waits(self) -> bool:
        """Whether a new description waits for staff: not one returned to its people, nor one under a concern."""
        return bool(self.pending_description) and not self.description_hidden_reason and self.restricted_at is None

    @property
    def shown_description(self) -> str:
        """The description as pages, matching and exports may use it: nothing while a concern about it is open."""
        return "" if self.restricted_at else self.description


class Membership(Twin, models.Model):
    """A person in an organisation: the hat they wear, and whether they can decide for it."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead")
        DELEGATE = "delegate", _("delegate")
        TRUSTEE = "trustee", _("trustee")
        COUNCILLOR = "councillor", _("councillor")
        OFFICER = "officer", _("officer")
        ASSISTANT = "assistant", _("assistant")

    class Authority(models.TextChoices):
        YES = "yes", _("Yes")
        WITH_COMMITTEE = "with_committee", _("Yes, with my committee or manager")
        RECOMMEND = "recommend", _("I can recommend, someone else decides")
        NOT_SURE = "not_sure", _("Not yet, or not sure")

    State = Authority  # what the journal has a line for: who can decide may change, as when a board agrees

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.LEAD)
    authority = models.CharField(_("can decide"), max_length=15, choices=Authority, default=Authority.NOT_SURE)
    decider = models.CharField(_("who decides"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person}, {self.organisation}"


class ListingQuerySet(models.QuerySet["Listing"]):
    def approved(self) -> "ListingQuerySet":
        return self.exclude(text="").filter(restricted_at=None)

    def to_check(self) -> "ListingQuerySet":
        """New words that wait for staff: not those returned to their people, nor those under a concern."""
        return self.exclude(pending_text="").filter(hidden_reason="", restricted_at=None)


class Listing(models.Model):
    """Something an organisation needs or offers. Others see `text`; an edit waits in `pending_text` for staff."""

    State = RecordState

    class Side(models.TextChoices):
        NEED = "need", _("we need")
        OFFER = "offer", _("we can offer")

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="listings", verbose_name=_("organisation")
    )
    side = models.CharField(_("side"), max_length=5, choices=Side)
    text = models.TextField(_("text others see"), blank=True)
    pending_text = models.TextField(_("new text, to be checked"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default="en")
    kinds = models.ManyToManyField(Kind, blank=True, verbose_name=_("kinds"))
    themes = models.ManyToManyField(Theme, blank=True, verbose_name=_("themes"))
    audiences = models.ManyToManyField(Audience, blank=True, verbose_name=_("audiences"))
    when = models.CharField(_("when"), max_length=120, blank=True)
    pending_when = models.CharField(_("new when, to be checked"), max_length=120, blank=True)
    how_much = models.CharField(_("how much"), max_length=120, blank=True)
    pending_how_much = models.CharField(_("new how much, to be checked"), max_length=120, blank=True)
    cost_covered = models.BooleanField(_("costs can be covered"), null=True, blank=True)
    review_on = models.DateField(_("ask again on"), null=True, blank=True)
    hidden_reason = models.CharField(_("why staff did not approve it"), max_length=250, blank=True)
    restricted_at = models.DateTimeField(_("restricted at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ["side", "pk"]

    def __str__(self) -> str:
        return f"{self.get_side_display()}: {self.latest_text[:60]}"

    @classmethod
    def both_sides(cls, listings: "Iterable[Listing]") -> "list[tuple[Listing.Side, list[Listing]]]":
        """Offers and needs apart, always both, as pages show them with equal weight."""
        rows = list(listings)
        return [(side, [row for row in rows if row.side == side]) for side in (cls.Side.OFFER, cls.Side.NEED)]

    @property
    def latest_text(self) -> str:
        """What its own people see: the newest wording, checked or not."""
        return self.pending_text or self.text

    @property
    def latest_when(self) -> str:
        return self.pending_when if self.pending_text else self.when

    @property
    def latest_how_much(self) -> str:
        return self.pending_how_much if self.pending_text else self.how_much

    @property
    def pending_words(self) -> str:
        """Everything of this line that waits to be read, as staff read it."""
        return " · ".join(word for word in (self.pending_text, self.pending_when, self.pending_how_much) if word)

    @property
    def is_waiting(self) -> bool:
        return bool(self.pending_text)

    def clean(self) -> None:
        if len(self.pending_text) > LONGEST_LISTING:
            raise ValidationError({"pending_text": too_long(self.pending_text)})


def too_long(text: str) -> str:
    return _("This is %(length)d characters long. Please keep it to %(most)d, so that people read it to the end.") % {
        "length": len(text),
        "most": LONGEST_LISTING,
    }
