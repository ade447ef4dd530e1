"""The words both sides choose from, in both languages; staff edit them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Term(models.Model):
    """One word of a vocabulary. The slug never changes: it is what listings, runs and exports refer to."""

    slug = models.SlugField(_("slug"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=100)
    name_cy = models.CharField(_("name in Welsh"), max_length=100, blank=True)
    scope_en = models.TextField(_("what it covers, in English"), blank=True)
    scope_cy = models.TextField(_("what it covers, in Welsh"), blank=True)
    cy_reviewed = models.BooleanField(_("Welsh checked by a translator"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return (get_language() == "cy" and self.name_cy) or self.name_en

    @property
    def scope(self) -> str:
        return (get_language() == "cy" and self.scope_cy) or self.scope_en

    def clean(self) -> None:
        if self.pk and type(self)._default_manager.get(pk=self.pk).slug != self.slug:
            raise ValidationError({"slug": _("The slug cannot change: listings and past runs refer to it.")})


class Kind(Term):
    class Meta(Term.Meta):
        verbose_name = _("kind of need or offer")
        verbose_name_plural = _("kinds of needs and offers")


class Theme(Term):
    class Group(models.TextChoices):
        HEALTH = "health", _("Health and wellbeing")
        PLACES = "places", _("Better places to live and work")
        TAKING_PART = "taking-part", _("Taking part, debate and reflection")

    group = models.CharField(_("group"), max_length=20, choices=Group.choices)

    class Meta(Term.Meta):
        verbose_name = _("theme")
        verbose_name_plural = _("themes")


class Audience(Term):
    class Meta(Term.Meta):
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")


class KindRelation(models.Model):
    """An offer of one kind partly meets a need of another. The same kind is 1 and needs no row."""

    need_kind = models.ForeignKey(Kind, models.CASCADE, related_name="+", verbose_name=_("need"))
    offer_kind = models.ForeignKey(Kind, models.CASCADE, related_name="+", verbose_name=_("offer"))
    weight = models.FloatField(_("weight"), default=0.5, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])

    class Meta:
        verbose_name = _("related kinds")
        verbose_name_plural = _("related kinds")
        constraints = [models.UniqueConstraint(fields=["need_kind", "offer_kind"], name="kind_relation_once")]

    def __str__(self) -> str:
        return f"{self.need_kind} ← {self.offer_kind}: {self.weight}"


def in_use(term: Term) -> int:
    """How many listings and organisations use this term: one in use is not deleted."""
    counts: dict[str, Any] = {"listings": getattr(term, "listing_set", None)}
    counts["organisations"] = getattr(term, "organisation_set", None)
    return sum(manager.count() for manager in counts.values() if manager is not None)
