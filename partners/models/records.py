"""What records of every sort share: the words for what becomes of them, and rows that may be there twice."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecordState(models.TextChoices):
    """The words of the journal about texts and whole records. No column holds them."""

    WAITING = "waiting", _("waiting to be read")
    SHOWN = "shown", _("others see it")
    RETURNED = "returned", _("returned with a reason")
    HIDDEN = "hidden", _("hidden with a reason")
    RESTRICTED = "restricted", _("restricted, a concern is open")
    APART = "apart", _("a record of its own")
    MERGED = "merged", _("merged")


class RecordQuerySet(models.QuerySet[Any]):
    def at(self, code: str) -> Any:
        """The record with this code, also where it was taken up into another: old addresses lead on."""
        taken_up = self.model._base_manager.filter(merges__gone_code=code, merges__state="done")
        return self.filter(models.Q(code=code) | models.Q(pk__in=taken_up.values("pk")))


class Twin:
    """A row of which one is enough: of two, the one that ranks higher stays, and takes over what hangs on the other.

    For models with a unique constraint that names an organisation or a person. Without this a merge is refused.
    """

    def rank(self) -> tuple[int, ...]:
        """The higher one stays; of equal ones, that of the record that stays."""
        return ()

    def agrees_with(self, twin: Any) -> bool:
        """Whether two of them may become one at all."""
        return True
