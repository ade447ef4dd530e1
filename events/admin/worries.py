"""A concern about words that stand in no need and no offer: in a talk, a call, an answer, a reason."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Registration
from partners import services
from partners.admin.concerns import in_an_emergency
from partners.admin.pages import Confirmation, ask_first, digest, link_to, require_change
from partners.forms import ConcernForm
from pwp.journal.models import Entry
from pwp.refusals import Refused

COPIED = 200  # characters of a talk or a call that the journal repeats

Place = tuple[Model, str]


class WhichWordsForm(ConcernForm):
    words = forms.ChoiceField(label=gettext_lazy("Which words?"), widget=forms.RadioSelect)

    field_order = ["words", "worry"]

    def __init__(self, *args: Any, said: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].choices = [  # type: ignore[attr-defined]
            (digest(words), Truncator(f"{what}: {words}").chars(300)) for words, what in said.items()
        ]


def report_link(registration: Registration) -> SafeString | str:
    address = reverse("admin:events_registration_concern", args=[registration.pk])
    return format_html('<a href="{}">{}</a>', address, _("Report a concern about something they said"))


def report_view(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what was said, POST takes the chosen words away and tells the lead."""
    require_change(model_admin, request)
    registration = get_object_or_404(Registration.objects.exclude(membership=None), pk=pk)
    back = reverse("admin:events_registration_change", args=[pk])
    places = list(_places(registration))
    said: dict[str, str] = {}
    for what, row, column in places:
        said.setdefault(getattr(row, column), what)
    _drop_copies(said)
    form = WhichWordsForm(request.POST or None, said=said)
    if request.method == "POST" and form.is_valid():
        chosen = next(words for words in said if digest(words) == form.cleaned_data["words"])
        held = [(row, column) for _what, row, column in places if getattr(row, column) in (chosen, chosen[:COPIED])]
        try:
            concern = services.report_words(
                registration.organisation,
                held,
                worry=form.cleaned_data["worry"],
                by=request.user,  # type: ignore[arg-type]
            )
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect(back)
        messages.success(request, _("The text is restricted. The safeguarding lead has been told."))
        return redirect("admin:partners_concern_change", concern.pk)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("Report a concern about something they said"),
            explanation=in_an_emergency(),
            button=_("Restrict the text and tell the lead"),
            headings=[_("Request")],
            rows=[[link_to(registration)]],
            post_to=request.path,
            back_to=back,
            form=form,
        ),
        status=422 if form.errors else 200,
    )


def _places(registration: Registration) -> Iterator[tuple[str, Model, str]]:
    """(what it is, row, column) of everything somebody said that is kept beside this request."""
    calls = list(registration.calls.all())
    if registration.warm_up_answer:
        yield _("What they hope for"), registration, "warm_up_answer"
    for talk in registration.conversations.exclude(summary=""):
        yield _("Talk"), talk, "summary"
    for need in registration.arrangements.exclude(words=""):
        yield str(need.get_kind_display()), need, "words"
    for call in calls:
        if call.note:
            yield _("Call"), call, "note"
    for row in (registration, *calls):
        for entry in Entry.objects.about(row).exclude(reason=""):
            yield _("Reason"), entry, "reason"


def _drop_copies(said: dict[str, str]) -> None:
    """What the journal repeats of a longer text is chosen with it."""
    for words in [words for words in said if len(words) > COPIED]:
        said.pop(words[:COPIED], None)
