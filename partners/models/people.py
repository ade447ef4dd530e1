"""Mailboxes that can sign in, the people behind them, what they agreed to, and the links mailed to them."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.codes import new_code
from partners.models.records import RecordQuerySet, RecordState
from pwp.refusals import Refused


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A mailbox that can sign in. Several people may share one; staff mailboxes are not shared."""

    email = models.EmailField(_("e-mail"), unique=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower")]

    def __str__(self) -> str:
        return self.email


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    WELSH = "cy", "Cymraeg"


class PersonQuerySet(RecordQuerySet):
    def of_mailbox(self, email: str) -> "PersonQuerySet":
        return self.filter(contact_email=email.strip().lower())

    def agreeing(self, purpose: str) -> "PersonQuerySet":
        """Those whose latest word on `purpose` is yes."""
        latest = Consent.objects.filter(person=models.OuterRef("pk"), purpose=purpose).order_by("-at", "-pk")
        return self.alias(_given=models.Subquery(latest.values("given")[:1])).filter(_given=True)


class Person(models.Model):
    """Somebody who asks, comes and answers. Two people may share one e-mail address; a phone alone is enough."""

    State = RecordState

    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language for letters"), max_length=2, choices=Language, default=Language.ENGLISH)
    contact_email = models.EmailField(_("e-mail"), blank=True, db_index=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    pronunciation = models.CharField(_("how to say the name"), max_length=120, blank=True)
    communication = models.CharField(
        _("how to write or speak to them"),
        max_length=200,
        blank=True,
        help_text=_("Large print, by phone only, with an interpreter: used for everything that follows."),
    )
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="people", verbose_name=_("mailbox")
    )
    forgotten_at = models.DateTimeField(_("anonymised at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(contact_email="", phone="") | models.Q(forgotten_at__isnull=False),
                name="person_can_be_reached",
                violation_error_message=_("Give an e-mail address or a phone number."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.contact_email = self.contact_email.strip().lower()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def agrees_to(self, purpose: str) -> bool:
        return dict(self.choices())[Consent.Purpose(purpose)]

    def choices(self) -> "list[tuple[Consent.Purpose, bool]]":
        """Each purpose with this person's latest word on it; no word is no. One query."""
        latest = dict(self.consents.order_by("at", "pk").values_list("purpose", "given"))
        return [(purpose, latest.get(purpose, False)) for purpose in Consent.Purpose]


CONSENT_TEXT_VERSION = "2026-11"  # of the words on the form; a new wording gets a new version


class Consent(models.Model):
    """A ledger: a line is added each time somebody says yes or no, and none is ever changed."""

    class Purpose(models.TextChoices):
        VISIBLE_AT_EVENT = "visible_at_event", _("show my organisation to others at my event")
        SHARE_AFTER_TWO_YES = "share_after_two_yes", _("pass on my details when both sides have said yes")
        EVALUATION = "evaluation", _("use my answers to learn what worked")
        KEEP_IN_TOUCH = "keep_in_touch", _("hear about later rounds")

    class Channel(models.TextChoices):
        FORM = "form", _("on the form")
        PHONE = "phone", _("by phone")
        PAPER = "paper", _("on paper")
        PAGE = "page", _("on their own page")
        MERGED = "merged", _("two records of them said different things")

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents", verbose_name=_("person"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    given = models.BooleanField(_("given"))
    text_version = models.CharField(_("text version"), max_length=20, default=CONSENT_TEXT_VERSION)
    channel = models.CharField(_("how"), max_length=10, choices=Channel, default=Channel.FORM)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["person", "purpose", "-at"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {_('yes') if self.given else _('no')}"


class LinkNotValid(Refused):
    """The link is unknown, used up by time, or withdrawn."""


class MailedLinkQuerySet(models.QuerySet["MailedLink"]):
    def valid(self, now: datetime | None = None) -> "MailedLinkQuerySet":
        return self.filter(expires_at__gt=now or timezone.now(), revoked_at__isnull=True)

    def with_token(self, token: str, purpose: str) -> "MailedLinkQuerySet":
        return self.filter(token_hash=_hash(token), purpose=purpose)

    def open_with(self, token: str, purpose: str) -> "MailedLink":
        """The link behind `token`; only its hash is stored. Reading it changes nothing. Raises LinkNotValid."""
        link = self.valid().with_token(token, purpose).select_related("person").first()
        if link is None:
            raise LinkNotValid(_("This link has run out or was replaced by a newer one. Ask us for a new one."))
        return link


class MailedLink(models.Model):
    """A mailed address for one person and one purpose. It acts on its one thing by POST and never signs anybody in."""

    class Purpose(models.TextChoices):
        DRAFT = "draft", _("go on with a request")
        REQUEST = "request", _("look at a request")
        INVITATION = "invitation", _("answer an invitation")
        FOLLOW_UP = "follow_up", _("answer a follow-up")

    token_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="links")
    purpose = models.CharField(max_length=12, choices=Purpose)
    subject_code = models.CharField(max_length=12, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = MailedLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailed link")
        verbose_name_plural = _("mailed links")

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.subject_code}"

    @classmethod
    def make(cls, purpose: str, subject_code: str, *, person: Person | None, days: int, token: str = "") -> str:
        """Store a new link and return its token, which is not kept anywhere but in the letter."""
        token = token or new_token()
        cls.objects.create(
            token_hash=_hash(token),
            person=person,
            purpose=purpose,
            subject_code=subject_code,
            expires_at=timezone.now() + timedelta(days=days),
        )
        return token


def new_token() -> str:
    """192 random bits in 32 characters."""
    return secrets.token_urlsafe(24)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
