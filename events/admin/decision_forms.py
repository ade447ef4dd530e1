"""What staff write beside a decision: words for the letters, in each language, and reasons for the journal."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import services
from events.forms import ColleagueForm, asked_with_a_yes, event_label
from events.models import Event, Registration
from partners.models import Membership

LETTER = {"rows": 5, "cols": 70}
ONE_LINE = {"size": 70}
MOST_NAMES = 5
MOST_SENTENCES = 50  # rows beyond this get the common words alone
OWN = "own_"


class Decided(forms.Form):
    """Nothing to write. `registrations` are the rows on the page."""

    def __init__(self, *args: Any, registrations: Sequence[Registration], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.registrations = registrations
        self.build()

    def build(self) -> None:
        """Add what depends on the rows."""

    @property
    def reads_welsh(self) -> bool:
        return any(one.person and one.person.language == "cy" for one in self.registrations)

    def welsh(self, name: str, *, initial: str = "") -> None:
        """A second box for the words in Welsh, where somebody reads their letters in Welsh."""
        if not self.reads_welsh:
            return
        english = self.fields[name]
        self.fields[f"{name}_cy"] = forms.CharField(
            label=_("The same in Welsh"),
            required=False,
            max_length=english.max_length,  # type: ignore[attr-defined]
            initial=initial,
            widget=forms.Textarea(attrs={**LETTER, "lang": "cy"}),
            help_text=_("For those who read Welsh. Left empty, their Welsh letter has your English words in it."),
        )

    def common_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith(OWN)]

    def own_field(self, registration: Registration) -> forms.BoundField | str:
        name = f"{OWN}{registration.pk}"
        return self[name] if name in self.fields else ""


def words_for(registration: Registration, said: dict[str, Any], name: str = "words") -> str:
    """The common words in this person's language, and the sentence for this person alone."""
    welsh = registration.person is not None and registration.person.language == "cy"
    common = (said.get(f"{name}_cy") if welsh else "") or said.get(name) or ""
    own = said.get(f"{OWN}{registration.pk}") or ""
    return "\n\n".join(words.strip() for words in (common, own) if words.strip())


class Noted(Decided):
    """For the journal only."""

    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("For the journal; it is not in the letter."),
        widget=forms.TextInput(attrs=ONE_LINE),
    )


class Explained(Noted):
    """For the journal, and needed."""

    def build(self) -> None:
        self.fields["reason"].required = True
        self.fields["reason"].label = _("Why")


class Worded(Decided):
    """Words that go into every letter, and a sentence for each person alone."""

    words = forms.CharField(
        label=gettext_lazy("A sentence of yours for all of them (optional)"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={**LETTER, "rows": 3}),
        help_text=gettext_lazy("It stands in the letter as a paragraph of its own."),
    )

    def build(self) -> None:
        self.welsh("words")
        for one in self.registrations[:MOST_SENTENCES]:
            self.fields[f"{OWN}{one.pk}"] = forms.CharField(
                required=False,
                max_length=500,
                widget=forms.TextInput(
                    attrs={"size": 30, "aria-label": _("A sentence for %(person)s alone") % {"person": one.person}}
                ),
            )


class Untalked(Worded):
    """With a reason, where nobody has talked with one of them."""

    no_talk_reason = forms.CharField(
        label=gettext_lazy("Why no talk is needed"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Needed for those without a conversation; for the journal."),
        widget=forms.TextInput(attrs=ONE_LINE),
    )

    def build(self) -> None:
        super().build()
        if all(one.conversations.all() for one in self.registrations):
            del self.fields["no_talk_reason"]


class Inviting(Untalked):
    reason = forms.CharField(
        label=gettext_lazy("Why before those who wait longer"),
        max_length=300,
        widget=forms.TextInput(attrs=ONE_LINE),
    )

    field_order = ["no_talk_reason", "reason", "words"]

    def build(self) -> None:
        super().build()
        if ahead := passed_by(self.registrations):
            self.fields["reason"].help_text = ahead
        else:
            del self.fields["reason"]


def passed_by(registrations: Sequence[Registration]) -> str:
    """Words about those on the waiting list who would be passed by; none for nobody."""
    waiting = services.who_waits_longer(registrations)
    if not waiting:
        return ""
    names = ", ".join(str(one.person) for one in waiting[:MOST_NAMES])
    return ngettext(
        "%(names)s has waited longer, and there is room. Invite them first, or write why not; it is for the journal.",
        "%(count)d people have waited longer, and there is room: %(names)s. "
        "Invite them first, or write why not; it is for the journal.",
        len(waiting),
    ) % {"names": names, "count": len(waiting)}


class Holding(Noted):
    until = forms.DateField(
        label=gettext_lazy("Keep it until"),
        required=False,
        help_text=gettext_lazy("Empty: as long as the event's days to answer."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    field_order = ["until", "reason"]

    def build(self) -> None:
        if ahead := passed_by(self.registrations):
            reason = self.fields["reason"]
            reason.label, reason.help_text, reason.required = _("Why before those who wait longer"), ahead, True


FULL_WORDS = gettext_lazy(
    "Many more people asked than there are places, so we had to choose. "
    "[Please write here why it did not fit this time, for these people.]"
)
FAR_WORDS = gettext_lazy("[Please write here what you know about their place and their work.]")
OTHER_WORDS = gettext_lazy("[Please write here what would suit them better, and why.]")


class SayingNo(Decided):
    """Always words of a person; the kind beginning has gaps, and does not leave before they are filled."""

    kind_words: Any = FULL_WORDS

    reason = forms.CharField(
        label=gettext_lazy("Your words to them"),
        max_length=1500,
        widget=forms.Textarea(attrs=LETTER),
        help_text=gettext_lazy(
            "This goes into each letter, between a kind beginning and an end that keeps the door open."
        ),
    )

    def build(self) -> None:
        with translation.override("en"):
            self.fields["reason"].initial = str(self.kind_words)
        with translation.override("cy"):
            kind_words = str(self.kind_words)
        self.welsh("reason", initial=kind_words)


class SayingNoEventNear(SayingNo):
    kind_words = FAR_WORDS


class SuggestingElsewhere(SayingNo):
    kind_words = OTHER_WORDS

    other = forms.ChoiceField(label=gettext_lazy("Another event (optional)"), required=False)

    field_order = ["other", "reason"]

    def build(self) -> None:
        super().build()
        leaving = {one.event_id for one in self.registrations}
        self.events = {event.slug: event for event in Event.objects.asking_open().exclude(pk__in=leaving)}
        nothing = ("", _("none of the events"))
        self.fields["other"].choices = [nothing, *((slug, event_label(e)) for slug, e in self.events.items())]  # type: ignore[attr-defined]

    def clean_other(self) -> Event | None:
        return self.events.get(self.cleaned_data["other"])


class Moving(Noted):
    event = forms.ChoiceField(label=gettext_lazy("To which event"), widget=forms.RadioSelect)

    field_order = ["event", "reason"]

    def build(self) -> None:
        leaving = {one.event_id for one in self.registrations}
        self.events = {event.slug: event for event in Event.objects.asking_open().exclude(pk__in=leaving)}
        self.fields["event"].choices = [(slug, event_label(event)) for slug, event in self.events.items()]  # type: ignore[attr-defined]

    def clean_event(self) -> Event:
        return self.events[self.cleaned_data["event"]]


class SendingColleague(Decided, ColleagueForm):
    prefix = None


class SayingYes(Decided):
    """What the page would have asked them with their yes, asked on the phone."""

    def build(self) -> None:
        if len(self.registrations) == 1:
            self.fields |= asked_with_a_yes(self.registrations[0], spoken=True)


class ChoosingHat(Decided):
    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("For which organisation"),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def build(self) -> None:
        people = {one.person_id for one in self.registrations}
        hats = Membership.objects.filter(person__in=people).select_related("person", "organisation")
        self.fields["membership"].queryset = hats  # type: ignore[attr-defined]
