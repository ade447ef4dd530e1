"""Asking for an invitation: eight questions, on one page, with nothing ticked beforehand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from events.asking import Asked
from events.models import Event, Registration
from partners.forms import no_links, short_enough
from partners.models import Consent, Membership, Organisation, Person
from partners.models.people import Language

PHONE_SIGNS = set("0123456789+ ()-./extEXT")

OWN_WORDS = {"rows": 4}


CHOICES = {
    Consent.Purpose.VISIBLE_AT_EVENT: _("Show my organisation, its needs and its offers to others at my event"),
    Consent.Purpose.SHARE_AFTER_TWO_YES: _(
        "Pass on my name, e-mail and phone when I and the other side have both said yes"
    ),
    Consent.Purpose.EVALUATION: _("Use my answers, without my name, to learn what worked"),
    Consent.Purpose.KEEP_IN_TOUCH: _("Tell me about later rounds"),
}


def clean_phone(phone: str) -> str:
    """`phone` as typed. Raises ValidationError for what nobody could dial."""
    if phone and (set(phone) - PHONE_SIGNS or sum(sign.isdigit() for sign in phone) < 6):
        raise ValidationError(_("Please give a phone number in figures, for example 0114 496 0000."))
    return phone


class AskForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        validators=[no_links],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("An e-mail address or a phone number is enough."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    organisation = forms.CharField(
        label=_("Name of your museum, group or organisation"),
        max_length=200,
        validators=[no_links],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    sector = forms.ChoiceField(label=_("What is it?"), choices=Organisation.Sector.choices, widget=forms.RadioSelect)
    work_place = forms.CharField(
        label=_("Where does most of your work happen?"),
        max_length=120,
        help_text=_("A postcode or the name of a place. The first half of a postcode will do."),
    )
    size = forms.ChoiceField(
        label=_("Which sounds most like you?"),
        choices=[
            ("tiny", _("Tiny: no paid staff")),
            ("small", _("Small: one or two paid people, or up to 10,000 visits a year")),
            ("medium", _("Medium: a team, or up to 100,000 visits a year")),
            ("large", _("Large: more than that, or national")),
        ],
        widget=forms.RadioSelect,
    )
    authority = forms.ChoiceField(
        label=_("Can you make decisions for your organisation about working with others?"),
        choices=Membership.Authority.choices,
        widget=forms.RadioSelect,
    )
    offer = forms.CharField(
        label=_("What can you offer?"),
        required=False,
        validators=[short_enough],
        widget=forms.Textarea(attrs=OWN_WORDS),
        help_text=_(
            "A sentence is enough: a room, a skill, stories, people, an idea. "
            "Please do not name or describe individual people you support."
        ),
    )
    need = forms.CharField(
        label=_("What do you need?"),
        required=False,
        validators=[short_enough],
        widget=forms.Textarea(attrs=OWN_WORDS),
        help_text=_("A sentence is enough. “We do not know yet” is a full answer."),
    )
    event = forms.TypedChoiceField(label=_("Which event?"), widget=forms.RadioSelect)
    visible_at_event = forms.BooleanField(
        label=CHOICES[Consent.Purpose.VISIBLE_AT_EVENT],
        required=False,
        help_text=_("Without this we cannot suggest partners to you. You can change it later."),
    )
    share_after_two_yes = forms.BooleanField(label=CHOICES[Consent.Purpose.SHARE_AFTER_TWO_YES], required=False)
    evaluation = forms.BooleanField(label=CHOICES[Consent.Purpose.EVALUATION], required=False)
    keep_in_touch = forms.BooleanField(label=CHOICES[Consent.Purpose.KEEP_IN_TOUCH], required=False)

    required = {
        "name": _("Tell us your name."),
        "organisation": _("Tell us the name of your museum, group or organisation."),
        "sector": _("Choose what it is. “Other” is a full answer."),
        "work_place": _("Tell us where most of your work happens. A place name will do."),
        "size": _("Choose the size that sounds most like you."),
        "authority": _("Choose an answer. “Not yet, or not sure” is a full answer."),
        "event": _("Choose the event you would like to come to."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in self.required.items():
            self.fields[name].error_messages["required"] = words
        self.events = {event.slug: event for event in Event.objects.asking_open().select_related("programme")}
        question = self.fields["event"]
        question.error_messages["invalid_choice"] = _(
            "Choose one of these events. The one you chose takes no requests any more."
        )
        question.choices = [(slug, event_label(event)) for slug, event in self.events.items()]  # type: ignore[attr-defined]
        question.coerce = self.events.__getitem__  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_phone(self) -> str:
        return clean_phone(str(self.cleaned_data["phone"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors.keys() & {"email", "phone"} and not cleaned.get("email") and not cleaned.get("phone"):
            self.add_error("email", _("Give an e-mail address or a phone number, so that we can answer you."))
        if not self.errors.keys() & {"offer", "need"} and not cleaned.get("offer") and not cleaned.get("need"):
            self.add_error(
                "offer", _("Write a few words about what you can offer or what you need. You can change them later.")
            )
        return cleaned

    def asked(self) -> Asked:
        data = self.cleaned_data
        answers = {name: data[name] for name in data if name not in Consent.Purpose.values}
        return Asked(**answers, language=get_language() or "en", consents=self.consents())

    def consents(self) -> dict[str, bool]:
        return {purpose: self.cleaned_data[purpose] for purpose in Consent.Purpose.values}


def event_label(event: Event) -> str:
    return f"{event.name}, {date_format(event.held_on, 'DATE_FORMAT')}"


class EnterForm(AskForm):
    """The same questions, filled in by staff for somebody who rang, wrote on paper or spoke through a helper."""

    channel = forms.ChoiceField(
        label=_("How did they ask?"),
        choices=[(Consent.Channel.PHONE, _("By phone")), (Consent.Channel.PAPER, _("On paper"))],
        widget=forms.RadioSelect,
    )
    agreed_with = forms.CharField(
        label=_("Who agreed to this, and how?"),
        max_length=200,
        help_text=_("For example: the chair herself, by phone; or her support worker, with her spoken agreement."),
    )
    agreed_on = forms.DateField(label=_("Agreed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    language = forms.ChoiceField(label=_("Language for letters"), choices=Language, widget=forms.RadioSelect)
    letter = forms.BooleanField(
        label=_("Send the letter that says we have the request"),
        required=False,
        help_text=_("It has a link to the page where they can read and withdraw it."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("letter") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("letter", _("Without an e-mail address no letter can leave. Untick this, or ask for one."))
        return cleaned

    def clean_agreed_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["agreed_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day lies ahead."))
        return day

    def asked(self) -> Asked:
        data = self.cleaned_data
        own = {f.name for f in fields(Asked)} & data.keys()
        return Asked(**{name: data[name] for name in own}, consents=self.consents())


class LeaveForm(forms.Form):
    """Giving a place back; why is up to them."""

    reason = forms.CharField(
        label=_("Would you like to tell us why? (optional)"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DeciderForm(forms.Form):
    """Asked of who cannot decide alone; nothing depends on the answer."""

    prefix = "decider"  # the same page asks other things too

    name = forms.CharField(
        label=_("Who decides, or could come with you? (optional)"),
        required=False,
        max_length=120,
        validators=[no_links],
        help_text=_("A name or a role, for example the chair of our trustees. We may invite both of you."),
    )


class StillComingForm(forms.Form):
    """The question two weeks before the day."""

    words = forms.CharField(
        label=_("What would make the day worth your time? (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whom would you like to meet, or what would you like to talk about?"),
    )


class ColleagueForm(forms.Form):
    """Who comes instead. The colleague answers for themselves."""

    prefix = "colleague"  # the same page asks other things too

    name = forms.CharField(label=_("Your colleague's name"), max_length=120, validators=[no_links])
    email = forms.EmailField(
        label=_("Your colleague's e-mail"),
        required=False,
        help_text=_("An e-mail address or a phone number is enough."),
    )
    phone = forms.CharField(
        label=_("Your colleague's phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_phone(self) -> str:
        return clean_phone(str(self.cleaned_data["phone"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors.keys() & {"email", "phone"} and not cleaned.get("email") and not cleaned.get("phone"):
            self.add_error("email", _("Give an e-mail address or a phone number, so that we can reach your colleague."))
        return cleaned


class MoveForm(forms.Form):
    """Asking for another event instead; nothing is chosen beforehand."""

    event = forms.ChoiceField(
        label=_("Which event would suit you better?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the event you would like to come to."),
            "invalid_choice": _("Choose one of these events."),
        },
    )
    reason = forms.CharField(
        label=_("Would you like to tell us why? (optional)"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, leaving: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Event.objects.asking_open().exclude(pk=leaving.pk)
        self.events = {event.slug: event for event in rows}
        self.fields["event"].choices = [(slug, event_label(event)) for slug, event in self.events.items()]  # type: ignore[attr-defined]

    def clean_event(self) -> Event:
        return self.events[self.cleaned_data["event"]]


def asked_with_a_yes(registration: Registration, *, spoken: bool = False) -> dict[str, forms.Field]:
    """What a yes still needs: the hat of the day, for who has several; own choices, where none were made yet.

    Nothing is chosen beforehand. `spoken` is for staff who ask on the phone: what was not asked stays open.
    """
    person = registration.person
    if person is None:
        return {}
    asked: dict[str, forms.Field] = {}
    hats = list(person.memberships.select_related("organisation"))
    if len(hats) > 1:
        asked["membership"] = forms.TypedChoiceField(
            label=_("For which organisation do they come?") if spoken else _("For which organisation do you come?"),
            choices=[(str(hat.pk), f"{hat.organisation} ({hat.get_role_display()})") for hat in hats],
            coerce={str(hat.pk): hat for hat in hats}.__getitem__,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose for which organisation.")},
        )
    if not spoken and _assistant_reads_mailbox_of(person):
        asked["own_word"] = forms.BooleanField(
            label=_("%(person)s has said yes") % {"person": person},
            help_text=_("An assistant reads this mailbox too, and says yes only when told to."),
            error_messages={"required": _("Tick this if it is so. You can also leave the answer to them.")},
        )
    if not person.consents.exists():
        for purpose, label in CHOICES.items():
            asked[purpose] = _spoken_choice(label) if spoken else forms.BooleanField(label=label, required=False)
    return asked


def _assistant_reads_mailbox_of(person: Person) -> bool:
    assistants = Membership.objects.filter(role=Membership.Role.ASSISTANT).exclude(person=person)
    return bool(person.contact_email) and assistants.filter(person__contact_email=person.contact_email).exists()


def _spoken_choice(label: Any) -> forms.Field:
    choices = [("yes", _("Yes")), ("no", _("No"))]
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=choices,
        coerce="yes".__eq__,
        empty_value=None,
        widget=forms.RadioSelect,
        help_text=_("In their words to you: “I” is the guest. Leave it open if you did not ask."),
    )


def said_with_a_yes(said: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to those questions, as `accept_invitation` takes them."""
    consents = {purpose: said[purpose] for purpose in Consent.Purpose.values if said.get(purpose) is not None}
    return {"membership": said.get("membership") or None, "consents": consents or None}


class ComingForm(forms.Form):
    """What goes with a yes; most people are asked nothing."""

    def __init__(self, *args: Any, registration: Registration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= asked_with_a_yes(registration)
        self.asks_choices = any(purpose in self.fields for purpose in CHOICES)

    def said(self) -> dict[str, Any]:
        return said_with_a_yes(self.cleaned_data)
