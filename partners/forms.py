"""Forms about organisations, their needs and offers, and people; and the checks every typed name passes."""

import re
from collections.abc import Sequence
from typing import Any

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from partners.models import Audience, Consent, Kind, Listing, Organisation, Person, Theme
from partners.models.organisations import LONGEST_LISTING, too_long

MOST_INTRODUCTIONS = 100
LINK = re.compile(r"://|www\.|[<>\r\n]", re.IGNORECASE)


def no_links(value: str) -> None:
    """A name is printed in other people's letters, so it may not carry a web address or markup."""
    if LINK.search(value):
        raise ValidationError(_("Please write the name without a web address or the signs < and >."))


def short_enough(value: str) -> None:
    if len(value) > LONGEST_LISTING:
        raise ValidationError(too_long(value))


class TermsField(forms.ModelMultipleChoiceField):
    """Terms to tick. A value that is no key is refused here: the databases meet one too large with an error."""

    def clean(self, value: Any) -> Any:
        for one in value or ():
            if not (str(one).isascii() and str(one).isdigit() and len(str(one)) < 19):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": one})
        return super().clean(value)


class SignInForm(RequestLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Your e-mail address")
        self.fields["email"].help_text = _("We send a code to it. You need no password.")


class WorkForm(forms.Form):
    """What an organisation's work is about, and whom it is for."""

    themes = TermsField(
        Theme.objects.all(),
        label=_("What is your work about?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose up to five."),
    )
    audiences = TermsField(
        Audience.objects.all(),
        label=_("Who do you mainly work with?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("About your group's work, not about you."),
    )

    def clean_themes(self) -> Any:
        themes = self.cleaned_data["themes"]
        if len(themes) > 5:
            raise ValidationError(_("Please choose up to five; these are %(count)d.") % {"count": len(themes)})
        return themes


class OrganisationForm(forms.ModelForm, WorkForm):
    """What an organisation says of itself. The description waits for staff; everything else changes at once."""

    about = forms.CharField(
        label=_("What do you do?"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Two or three sentences. Please do not name or describe individual people you support."),
    )

    class Meta:
        model = Organisation
        fields = [
            *("type", "size", "work_place", "postcode", "reach_km", "website", "open_to_contact"),
            "most_introductions",
        ]
        labels = {
            "work_place": _("Where does most of your work happen?"),
            "postcode": _("Postcode of your office, if you have one"),
            "reach_km": _("How far can you go to work with somebody? (km)"),
            "website": _("Website, if you have one"),
            "open_to_contact": _("Other organisations may be suggested to us, and we to them"),
            "most_introductions": _("New introductions you can manage"),
        }

    field_order = ["about", "type", "size", "work_place", "postcode", "reach_km", "website"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = self.instance
        self.fields["reach_km"].widget = forms.NumberInput(attrs={"inputmode": "decimal", "min": 0})
        self.fields["most_introductions"].widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": 0})
        if organisation.pk:
            self.fields["about"].initial = organisation.pending_description or organisation.description
            self.fields["themes"].initial = list(organisation.themes.all())
            self.fields["audiences"].initial = list(organisation.audiences.all())

    def clean_reach_km(self) -> float | None:
        reach: float | None = self.cleaned_data["reach_km"]
        if reach is not None and not 0 < reach <= 1000:
            raise ValidationError(_("Please give a number of kilometres between 1 and 1,000, or leave it empty."))
        return reach

    def clean_most_introductions(self) -> int | None:
        most: int | None = self.cleaned_data["most_introductions"]
        if most is not None and most > MOST_INTRODUCTIONS:
            raise ValidationError(
                _("Please give a number from 0 to %(most)d, or leave it empty.") % {"most": MOST_INTRODUCTIONS}
            )
        return most


class ListingForm(forms.Form):
    """One need or offer, in own words; the kinds help us find who answers it."""

    text = forms.CharField(
        label=_("In your own words"),
        validators=[short_enough],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two sentences. Please do not name or describe individual people you support."),
    )
    kinds = TermsField(
        Kind.objects.all(),
        label=_("What kind is it?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose up to three, or none."),
    )
    when = forms.CharField(label=_("When?"), required=False, max_length=120)
    how_much = forms.CharField(label=_("How much, or how many?"), required=False, max_length=120)

    def __init__(self, *args: Any, side: str, sector: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.side, self.sector = side, sector

    def clean_kinds(self) -> tuple[Kind, ...]:
        kinds = tuple(self.cleaned_data["kinds"])
        check_kinds([kind.slug for kind in kinds], side=self.side, sector=self.sector)
        return kinds


def check_kinds(slugs: Sequence[str], *, side: str, sector: str) -> None:
    """Up to three kinds; and money is offered by funders and statutory bodies only. Raises ValidationError."""
    if len(slugs) > 3:
        raise ValidationError(_("Please choose up to three; these are %(count)d.") % {"count": len(slugs)})
    may_offer_money = sector in (Organisation.Sector.FUNDER, Organisation.Sector.STATUTORY)
    if side == Listing.Side.OFFER and "money" in slugs and not may_offer_money:
        raise ValidationError(_("Only funders and statutory bodies can offer money here."))


class ConcernForm(forms.Form):
    """Somebody is worried about a text. The text is restricted as soon as this is sent."""

    worry = forms.CharField(
        label=_("What worries you?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=_("A sentence is enough. Only the safeguarding lead and the programme's staff read it."),
    )


class PersonForm(forms.ModelForm):
    class Meta:
        model = Person
        fields = ["name", "phone", "language"]
        labels = {"name": _("Your name"), "phone": _("Phone"), "language": _("Language for letters")}
        widgets = {"language": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(no_links)
        self.fields["phone"].validators.append(no_links)
        for purpose, label in Consent.Purpose.choices:
            self.fields[purpose] = forms.BooleanField(
                label=label, required=False, initial=self.instance.agrees_to(purpose)
            )

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        if not phone and not self.instance.contact_email:
            raise ValidationError(_("Please leave a phone number: we have no e-mail address to reach you."))
        return phone

    def consents(self) -> dict[str, bool]:
        return {purpose: bool(self.cleaned_data[purpose]) for purpose in Consent.Purpose.values}
