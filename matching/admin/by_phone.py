"""Somebody on the phone: what we suggest to them, read out, and their answers entered."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Registration
from events.models.attending import COMING
from matching import services
from matching.admin.pairs import spoken_link
from matching.models import Answer, Suggestion
from matching.wording import Words
from partners.admin.pages import Confirmation, ask_first, link_to
from partners.admin.people import reach
from partners.models import Organisation
from pwp.refusals import Refused


class ByPhoneForm(forms.Form):
    pair = forms.ChoiceField(label=gettext_lazy("About whom"), widget=forms.RadioSelect)
    choice = forms.ChoiceField(
        label=gettext_lazy("Their answer"), choices=Answer.Choice.choices, widget=forms.RadioSelect
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Why (optional)"), choices=[("", "–"), *Answer.Reason.choices], required=False
    )
    reason_text = forms.CharField(
        label=gettext_lazy("In their words (optional)"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 70}),
        help_text=gettext_lazy("The other side never reads it."),
    )
    may_share = forms.BooleanField(
        label=gettext_lazy("They agree that we pass on their name, e-mail and phone if the other side says yes too"),
        required=False,
    )

    def __init__(self, *args: Any, pairs: list[Suggestion], own: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pair"].choices = [  # type: ignore[attr-defined]
            (pair.code, str(pair.other_than(own))) for pair in pairs if pair.state == Suggestion.State.SHOWN
        ]


def address(place: Registration) -> str:
    return reverse("admin:matching_suggestion_by_phone", args=[place.pk])


def ways_to_enter(suggestion: Suggestion) -> SafeString | str:
    """For whoever of either side has a place: the page to enter what they say."""
    places = Registration.objects.coming().filter(
        event=suggestion.event_id, membership__organisation__in=(suggestion.museum_id, suggestion.partner_id)
    )
    links = (
        (address(place), _("%(person)s, %(organisation)s") % {"person": place.person, "organisation": organisation})
        for place in places.select_related("person", "membership__organisation")
        if (organisation := place.organisation)
    )
    return format_html_join("", '<p><a href="{}">{}</a></p>', links) or "–"


def by_phone_view(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what is suggested to somebody and to whom they were introduced; POST enters one answer of theirs."""
    if not request.user.has_perm("matching.change_suggestion"):
        raise PermissionDenied
    places = Registration.objects.exclude(state=Registration.State.DRAFT)
    place = get_object_or_404(places.select_related("person", "event", "membership__organisation"), pk=pk)
    own = place.organisation
    back = reverse("admin:events_registration_change", args=[place.pk])
    pairs = _pairs(place)
    if not pairs:
        messages.warning(request, _("Nobody is suggested to them at the moment."))
        return redirect(back)
    form = ByPhoneForm(request.POST or None, pairs=pairs, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            _enter(place, pairs, form.cleaned_data, request)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(request.path)
    words = Words(pairs)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("By phone: partners for %(organisation)s") % {"organisation": own},
            explanation=_(
                "Read out who is suggested and why, and enter what %(person)s says. It counts like a press of theirs, "
                "and the journal says that it was by phone. Tell them how to reach somebody only where a number stands."
            )
            % {"person": place.person},
            button=_("Keep this answer"),
            headings=[_("Organisation"), _("Why"), _("What they said"), _("How to reach them")],
            rows=[[link_to(pair, pair.other_than(own)), *_cells(pair, own, words)] for pair in pairs],
            post_to=request.path,
            back_to=back,
            form=form,
        ),
        status=422 if form.errors else 200,
    )


def _pairs(place: Registration) -> list[Suggestion]:
    """What is open to their answer while they have a place, and their own introductions whatever became of it."""
    rows = Suggestion.objects.filter(event=place.event_id).about(place.organisation)
    to_answer = rows.present().filter(state=Suggestion.State.SHOWN) if place.state in COMING else rows.none()
    introduced = rows.filter(
        Q(introduction__museum_person=place.person_id) | Q(introduction__partner_person=place.person_id)
    )
    rows = (rows.filter(pk__in=to_answer.values("pk")) | introduced).select_related(
        "museum", "partner", "event", "introduction__museum_person", "introduction__partner_person"
    )
    return list(rows.prefetch_related("answers"))


def _cells(pair: Suggestion, own: Organisation, words: Words) -> list[SafeString | str]:
    """Why, their own answer so far, and only after two yeses the other side's number and where to say how it goes."""
    why = format_html_join("", "<p>{}</p>", ((sentence,) for sentence in words.reasons(pair, viewer=own)))
    said = next((answer.get_choice_display() for answer in pair.answers.all() if answer.organisation_id == own.pk), "–")
    introduction = getattr(pair, "introduction", None)
    if introduction is None:
        return [why, said, "–"]
    theirs = introduction.partner_person if own.pk == pair.museum_id else introduction.museum_person
    return [why, said, format_html("<p>{}: {}</p><p>{}</p>", theirs, reach(theirs), spoken_link(introduction))]


def _enter(place: Registration, pairs: list[Suggestion], said: dict[str, Any], request: HttpRequest) -> None:
    pair = next(pair for pair in pairs if pair.code == said["pair"])
    if place.person is None:
        raise ValueError("nobody without a name has a confirmed place")
    introduction = services.answer_suggestion(
        pair,
        organisation=place.organisation,
        person=place.person,
        choice=said["choice"],
        reason=said["reason"],
        reason_text=said["reason_text"],
        may_share=said["may_share"],
        entered_by=request.user,  # type: ignore[arg-type]
    )
    if introduction is None:
        messages.success(request, _("Noted."))
    else:
        messages.success(
            request, _("Both said yes: below is how to reach each other. Whoever has e-mail gets a letter.")
        )
