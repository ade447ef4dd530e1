"""Letters waiting to leave and letters that left. The outbox knows an address, a text and a key, and no app."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pwp.outbox.quiet_hours import is_quiet

UNCERTAIN_AFTER = timedelta(minutes=15)
UNTOUCHED_AFTER = timedelta(hours=1)  # the scheduler looks every minute


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        """What may leave now; at night that is what somebody is waiting for."""
        waiting = self.filter(state=Message.State.QUEUED, send_after__lte=now)
        return waiting.filter(urgent=True) if is_quiet(now) else waiting

    def held_up(self, now: datetime) -> "MessageQuerySet":
        """What ought to have left: put off by the server more than once, or due for long and not tried."""
        put_off = self.filter(state=Message.State.QUEUED, attempts__gt=1)
        return put_off | self.due(now - UNTOUCHED_AFTER)

    def stuck(self, now: datetime) -> "MessageQuerySet":
        """Claimed by a worker that has not been heard of since: nobody knows whether these left."""
        return self.filter(state=Message.State.SENDING, claimed_at__lt=now - UNCERTAIN_AFTER)

    def never_left(self) -> "MessageQuerySet":
        """Cancelled because what they say was no longer true: as if they had not been written."""
        return self.filter(state=Message.State.CANCELLED, outdated=True, sent_at=None, bounced_at=None)

    def to_person(self, code: str) -> "MessageQuerySet":
        return self.filter(person_code=code)


class Message(models.Model):
    """One letter to one person. `key` makes asking twice harmless; `state` is moved by compare-and-swap."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting to leave")
        SENDING = "sending", _("leaving now")
        SENT = "sent", _("handed over")
        FAILED = "failed", _("did not arrive")
        CANCELLED = "cancelled", _("cancelled")

    key = models.CharField(_("key"), max_length=120, unique=True)
    person_code = models.CharField(_("person"), max_length=12, blank=True, db_index=True)
    to_name = models.CharField(_("name"), max_length=200, blank=True)
    to_email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=5, default="en")
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    attachments = models.JSONField(default=list, blank=True, help_text="[[filename, content, mimetype], …]")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED, editable=False)
    urgent = models.BooleanField(_("leaves at night too"), default=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    send_after = models.DateTimeField(_("leaves after"), default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True, blank=True)
    delays = models.PositiveSmallIntegerField(_("reports of a delay"), default=0)
    outdated = models.BooleanField(_("no longer true"), default=False, editable=False)
    server_said = models.TextField(_("what the server said"), blank=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "send_after"], name="outbox_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "sending", "sent", "failed", "cancelled"]),
                name="outbox_message_state_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_email}"


class KeptMail(models.Model):
    """Mail of a portal without a mail server: it never left this machine, and staff read it here."""

    to = models.TextField(_("to"))
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("kept letter")
        verbose_name_plural = _("mailbox of this machine")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.subject


class LetterText(models.Model):
    """Words of staff that stand in for a letter's own file, in one language. Without a row the file is the letter."""

    letter = models.CharField(_("letter"), max_length=60)  # "<app>/<name>", as the file is called
    language = models.CharField(_("language"), max_length=2, choices=[("en", "English"), ("cy", "Cymraeg")])
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"))
    changed_by = models.CharField(_("changed by"), max_length=200, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("letter's wording")
        verbose_name_plural = _("wording of letters")
        ordering = ["letter", "language"]
        constraints = [models.UniqueConstraint(fields=["letter", "language"], name="letter_text_once")]

    def __str__(self) -> str:
        return f"{self.letter} ({self.language})"
