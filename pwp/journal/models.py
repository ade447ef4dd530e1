"""Who decided what, when and why. Written by `pwp.states.advance` alone; never edited."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

By = AbstractBaseUser | str


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, row: models.Model) -> "EntryQuerySet":
        return self.filter(subject_model=row._meta.label_lower, subject_pk=row.pk)


class Entry(models.Model):
    """One change of state. The subject is named, not linked, so that it may be erased and its history stay."""

    subject_model = models.CharField(_("what"), max_length=60)
    subject_pk = models.BigIntegerField()
    subject_code = models.CharField(_("code"), max_length=12, blank=True)
    from_state = models.CharField(_("from"), max_length=20)
    to_state = models.CharField(_("to"), max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(_("by"), max_length=200)
    reason = models.TextField(_("why"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["subject_model", "subject_pk"], name="journal_subject")]

    def __str__(self) -> str:
        return f"{self.subject_model} {self.subject_code}: {self.from_state} → {self.to_state}"

    @property
    def why(self) -> str:
        """The reason in the reader's language where it is a sentence of ours; people's own words stay as they are."""
        return "; ".join(gettext(part) if part else part for part in self.reason.split("; "))


def for_the_journal(words: object, **names: object) -> str:
    """Our own lazily translated words in the language of the desk, in whatever language the page is that wrote them."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words) % names


def write_entry(row: models.Model, old: str, new: str, *, by: By, reason: str = "") -> None:
    write_entries([row], old, new, by=by, reason=reason)


def write_entries(rows: Iterable[models.Model], old: str, new: str, *, by: By, reason: str = "") -> None:
    """The same move of several rows, in one INSERT."""
    who: dict[str, Any] = {"by_name": by} if isinstance(by, str) else {"by": by, "by_name": str(by)}
    Entry.objects.bulk_create(
        Entry(
            subject_model=row._meta.label_lower,
            subject_pk=row.pk,
            subject_code=getattr(row, "code", ""),
            from_state=old,
            to_state=new,
            reason=reason,
            **who,
        )
        for row in rows
    )
