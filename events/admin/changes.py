"""The venue, the time or the day changes, or the event is cancelled: one page, and everybody hears of it."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import emails, services
from events.admin.decisions import LINK, letter_words
from events.models import Event, Registration
from partners.admin.pages import Confirmation, ask_first, link_to, read_seen, require_change, seen_rows
from pwp.outbox.letters import Letter
from pwp.refusals import Refused

R = Registration.State


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

    def __init__(self, *args: Any, reads_welsh: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reads_welsh:
            del self.fields["words_cy"]


class AnnounceForm(InWelshToo):
    words = forms.CharField(
        label=gettext_lazy("What you would like to say about it (optional)"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=gettext_lazy("The letter says day, time and venue by itself."),
    )


class CancelForm(InWelshToo):
    words = forms.CharField(
        label=gettext_lazy("Why it does not take place"),
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=gettext_lazy("It stands in every letter."),
    )


def announce(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The change itself is made on the event's page; here everybody is told, once."""
    return _tell(
        model_admin,
        request,
        pk,
        form=AnnounceForm,
        in_states=(R.CONFIRMED, R.INVITED),
        title=_("Tell everybody what changed?"),
        explanation=_(
            "First change the event itself. Then each of these gets the facts as they are now, with a calendar file. "
            "Less than three days before the day, each is on the list of calls until they have read it."
        ),
        route="admin:events_event_announce",
        act=services.announce_change,
        letter=lambda one, words: emails.event_changed(one, sequence=0, words=words, token=LINK),
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
    typed = form(request.POST, reads_welsh=welsh) if request.method == "POST" else form(reads_welsh=welsh)
    if request.method == "POST" and typed.is_valid() and "preview" not in request.POST:
        sequence = read_seen(request.POST.get("seen", "")).get(event.pk, "")
        event.calendar_sequence = int(sequence) if sequence.isdecimal() else -1  # as the page showed it
        try:
            told = act(event, by=request.user, **typed.cleaned_data)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, ngettext("%d person was told.", "%d people were told.", len(told)) % len(told))
        return redirect(back)
    times = "–".join(time_format(at, "TIME_FORMAT") for at in (event.starts_at, event.ends_at) if at)
    facts = " · ".join(filter(None, [str(event), times, event.venue, event.venue_postcode]))
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
            letters=_letters(rows, letter, typed),
        ),
        status=422 if typed.errors else 200,
    )


def _letters(
    rows: Iterable[Registration], letter: Callable[[Registration, str], Letter | None], typed: forms.Form
) -> list[tuple[Registration, Letter]]:
    """The first letter in each language, with the words as they are typed now."""
    said = {name: typed[name].value() or "" for name in typed.fields}
    found: dict[str, tuple[Registration, Letter]] = {}
    for one in rows:
        if one.person and one.person.language not in found:
            words = services.words_in_their_language(one, said["words"], said.get("words_cy", ""))
            if written := letter(one, words):
                found[one.person.language] = (one, written)
    return list(found.values())
