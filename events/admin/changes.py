"""The venue, the time or the day changes, or the event is cancelled: one page, and everybody hears of it."""

import datetime as dt
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model, model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import emails, services
from events.admin.deciding import letter_words
from events.admin.decisions import LINK
from events.models import Event, Registration
from partners.admin.pages import Confirmation, ask_first, link_to, read_seen, require_change, seen_rows
from pwp.outbox.letters import Letter
from pwp.refusals import Refused

R = Registration.State
CLOCKS: dict[str, Any] = {
    "held_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    "starts_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    "ends_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
}


class InWelshToo(forms.Form):
    """A second box for the words, where somebody reads their letters in Welsh."""

    words_cy = forms.CharField(
        label=gettext_lazy("The same in Welsh"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70, "lang": "cy"}),
        help_text=gettext_lazy(
            "For those who read Welsh. Left empty, their Welsh letter has your English words in it."
        ),
    )

    field_order = ["words", "words_cy"]

    def __init__(self, *args: Any, event: Event, reads_welsh: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        if not reads_welsh:
            del self.fields["words_cy"]

    def said(self) -> dict[str, Any]:
        """As the deed takes it."""
        return self.cleaned_data

    def as_it_will_be(self) -> Event:
        """The event that the letters are about, with what is typed now."""
        return self.event


class AnnounceForm(InWelshToo):
    """The facts as they are, to be changed here, and what goes into the letters."""

    words = forms.CharField(
        label=gettext_lazy("What you would like to say about it (optional)"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=gettext_lazy("The letter says day, time and venue by itself."),
    )
    quietly = forms.BooleanField(
        label=gettext_lazy("Write to nobody: I only put a slip right that sends nobody to a wrong place or time"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**model_to_dict(self.event, services.FACTS), **self.initial}
        self.fields = fields_for_model(Event, services.FACTS, widgets=CLOCKS) | self.fields  # type: ignore[assignment]

    def clean_held_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["held_on"]
        if day < timezone.localdate():
            raise ValidationError(_("Please give a day that lies ahead."))
        return day

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in services.FACTS}

    def said(self) -> dict[str, Any]:
        words = {name: value for name, value in self.cleaned_data.items() if name.startswith("words")}
        return {"facts": self.facts(), "letters": not self.cleaned_data["quietly"], **words}

    def as_it_will_be(self) -> Event:
        event = copy(self.event)
        if self.is_bound and self.is_valid():
            for name, value in self.facts().items():
                setattr(event, name, value)
        return event


class CancelForm(InWelshToo):
    words = forms.CharField(
        label=gettext_lazy("Why it does not take place"),
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=gettext_lazy("It stands in every letter."),
    )


def announce(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The change is made here, and everybody is told in the same moment, once."""
    return _tell(
        model_admin,
        request,
        pk,
        form=AnnounceForm,
        in_states=(R.CONFIRMED, R.INVITED),
        title=_("Change day, time or venue, and tell everybody?"),
        explanation=_(
            "The event's page, its calendar and the printed lists change at once, and each of these gets a letter "
            "with the new facts and a calendar file. Less than three days before the day, each is on the list of "
            "calls until they have read it."
        ),
        route="admin:events_event_announce",
        act=services.announce_change,
        letter=lambda one, words: emails.event_changed(
            one, sequence=0, words=words, token=LINK, answer_by=services.answer_by(one)
        ),
    )


def cancel(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    return _tell(
        model_admin,
        request,
        pk,
        form=CancelForm,
        in_states=(R.REQUESTED, R.TALKING, R.WAITING, R.INVITED, R.CONFIRMED),
        title=_("Cancel this event?"),
        explanation=_(
            "Each of these gets a letter, and the entry leaves their calendar. All of them are on your list again, "
            "so that you can move them to another event or write to them. This cannot be undone."
        ),
        route="admin:events_event_cancel",
        act=services.cancel_event,
        letter=lambda one, words: emails.event_cancelled(
            one, sequence=0, words=words, had_place=one.state == R.CONFIRMED
        ),
    )


def _tell(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    pk: int,
    *,
    form: type[InWelshToo],
    in_states: tuple[str, ...],
    title: str,
    explanation: str,
    route: str,
    act: Any,
    letter: Callable[[Registration, str], Letter | None],
) -> HttpResponse:
    require_change(model_admin, request)
    event = get_object_or_404(Event.objects.select_related("programme"), pk=pk)
    back = reverse("admin:events_event_change", args=[event.pk])
    rows = event.registrations.filter(state__in=in_states).select_related(
        "event__programme", "person", "membership__organisation"
    )
    welsh = any(one.person and one.person.language == "cy" for one in rows)
    typed = form(request.POST if request.method == "POST" else None, event=event, reads_welsh=welsh)
    if request.method == "POST" and typed.is_valid() and "preview" not in request.POST:
        sequence = read_seen(request.POST.get("seen", "")).get(event.pk, "")
        event.calendar_sequence = int(sequence) if sequence.isdecimal() else -1  # as the page showed it
        try:
            told = act(event, by=request.user, **typed.said())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, ngettext("%d person was told.", "%d people were told.", len(told)) % len(told))
        return redirect(back)
    shown = typed.as_it_will_be()
    times = "–".join(time_format(at, "TIME_FORMAT") for at in (shown.starts_at, shown.ends_at) if at)
    facts = " · ".join(filter(None, [str(shown), times, shown.venue, shown.venue_postcode]))
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=title,
            explanation=f"{explanation} {facts}",
            button=title.rstrip("?"),
            headings=[_("Person"), _("Letter"), _("State now")],
            rows=[[link_to(one, one.person), letter_words(one), one.get_state_display()] for one in rows],
            post_to=reverse(route, args=[event.pk]),
            back_to=back,
            seen=seen_rows([(event.pk, str(event.calendar_sequence))]),
            form=typed,
            letters=_letters(rows, shown, letter, typed),
        ),
        status=422 if typed.errors else 200,
    )


def _letters(
    rows: Iterable[Registration],
    event: Event,
    letter: Callable[[Registration, str], Letter | None],
    typed: forms.Form,
) -> list[tuple[Registration, Letter]]:
    """The first letter in each language to somebody with a place and to somebody without, with the words typed now."""
    said = {name: typed[name].value() or "" for name in typed.fields}
    found: dict[tuple[str, bool], tuple[Registration, Letter]] = {}
    for one in rows:
        one.event = event
        if one.person and (kind := (one.person.language, one.state == R.CONFIRMED)) not in found:
            words = services.words_in_their_language(one, said["words"], said.get("words_cy", ""))
            if written := letter(one, words):
                found[kind] = (one, written)
    return list(found.values())
