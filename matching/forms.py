"""Answers to suggestions and follow-ups, filters, and the second, optional page of a request."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from matching.hints import Reader
from matching.models import Answer, FollowUp, Suggestion
from partners.forms import WorkForm, check_kinds
from partners.models import Audience, Kind, Listing, Organisation, Theme


class AnswerForm(forms.Form):
    choice = forms.ChoiceField(choices=Answer.Choice.choices)
    reason = forms.ChoiceField(choices=[("", ""), *Answer.Reason.choices], required=False)
    reason_text = forms.CharField(max_length=300, required=False)
    may_share = forms.BooleanField(required=False)


class FilterForm(forms.Form):
    """What to see of one's suggestions; everything unless asked."""

    band = forms.ChoiceField(
        label=_("How well it fits"), required=False, choices=[("", _("All")), *Suggestion.Band.choices]
    )
    sector = forms.ChoiceField(
        label=_("What they are"), required=False, choices=[("", _("All")), *Organisation.Sector.choices]
    )
    unanswered = forms.BooleanField(label=_("Only those I have not answered"), required=False)


class FollowUpForm(forms.Form):
    outcome = forms.ChoiceField(label=_("How is it going?"), choices=FollowUp.Outcome.choices, widget=forms.RadioSelect)
    reason_text = forms.CharField(max_length=300, required=False)


class DetailsForm(WorkForm):
    """Optional: what helps us find partners.

    Kinds, themes and audiences are suggested from the words, and count in full once they are ticked.
    """

    type = forms.ChoiceField(label=_("What type of organisation is it?"), required=False)
    postcode = forms.CharField(
        label=_("Postcode of your office, if it is somewhere else"), required=False, max_length=20
    )

    field_order = ["type", "postcode", "themes", "audiences"]

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        lines = organisation.listings.filter(restricted_at=None)  # nobody reads or changes words under a concern
        self.listings: list[Listing] = list(lines.prefetch_related("kinds"))
        self.fields["type"].choices = [("", _("Choose, or leave it"))] + _types_of(organisation.sector)  # type: ignore[attr-defined]
        self.initial.setdefault("type", organisation.type)
        self.initial.setdefault("postcode", organisation.postcode)
        self.initial.setdefault("themes", list(organisation.themes.all()))
        self.initial.setdefault("audiences", list(organisation.audiences.all()))
        kinds = {kind.slug: kind for kind in Kind.objects.all()}
        reader = Reader()
        self._say_what_the_words_point_to("themes", Theme, reader)
        self._say_what_the_words_point_to("audiences", Audience, reader)
        for listing in self.listings:
            found = reader.read(Kind, listing.latest_text, language=listing.language, limit=4)
            ticked = [kind.slug for kind in listing.kinds.all()]
            offered = list(dict.fromkeys([*ticked, *(hint.term.slug for hint in found), "first-talk"]))
            self.fields[f"kinds_{listing.code}"] = forms.MultipleChoiceField(
                label=str(_("You need") if listing.side == Listing.Side.NEED else _("You offer")),
                choices=[(slug, str(kinds[slug])) for slug in offered if slug in kinds],
                initial=ticked,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def _say_what_the_words_point_to(self, name: str, model: Any, reader: Reader) -> None:
        """Beside the boxes, never in them: what people tick is theirs."""
        words = " ".join(listing.latest_text for listing in self.listings)
        found = reader.read(model, words, language=self.organisation.language)
        if found:
            said = _("Your words sound like: %(terms)s. Tick what is right.")
            likely = said % {"terms": "; ".join(str(hint.term) for hint in found)}
            self.fields[name].help_text = format_html("{} {}", self.fields[name].help_text, likely)

    def lines(self) -> list[tuple[Listing, forms.BoundField]]:
        """Each listing with its own question about kinds."""
        return [(listing, self[f"kinds_{listing.code}"]) for listing in self.listings]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for listing in self.listings:
            name = f"kinds_{listing.code}"
            try:
                check_kinds(cleaned.get(name, []), side=listing.side, sector=self.organisation.sector)
            except ValidationError as error:
                self.add_error(name, error)
        return cleaned


def _types_of(sector: str) -> list[tuple[str, Any]]:
    """The types that fit a sector; all of them where none is ours to guess."""
    groups = {
        "museum": [t for t in Organisation.Type if t.value.startswith("museum-")],
        "statutory": [
            Organisation.Type.COUNCIL,
            Organisation.Type.TOWN_COUNCIL,
            Organisation.Type.NHS,
            Organisation.Type.JUSTICE,
            Organisation.Type.EDUCATION,
        ],
        "funder": [Organisation.Type.GRANT_MAKER, Organisation.Type.CHARITY, Organisation.Type.COUNCIL],
    }
    community = [t for t in Organisation.Type if not t.value.startswith("museum-") and t not in groups["statutory"]]
    chosen = groups.get(sector, community if sector in ("community", "network") else list(Organisation.Type))
    return [(t.value, t.label) for t in chosen]
