"""Suggested partners, their profiles, the answers to them, introductions and follow-ups."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events.models import Event, Registration, agrees
from events.models.attending import ACTIVE
from events.seeing import meets
from matching import services, snapshot
from matching.forms import AnswerForm, DetailsForm, FilterForm, FollowUpForm
from matching.models import Answer, FollowUp, Introduction, Suggestion, Trio
from matching.wording import Sentence, Words
from partners.models import Consent, Kind, Listing, MailedLink, Organisation, Person, Theme
from partners.models.people import LinkNotValid
from partners.services import place_organisation
from partners.typing_kept import post_signed_in
from pwp.refusals import Refused

Purpose = MailedLink.Purpose
MOST_HEARD = 100  # needs, on the page of somebody who is here to listen


@dataclass
class Shown:
    """One suggestion as one side sees it: never a contact detail, never what the other side answered."""

    suggestion: Suggestion
    own: Organisation
    other: Organisation
    reasons: list[Sentence] = field(default_factory=list)
    thirds: list[Organisation] = field(default_factory=list)  # who fits both, where they agreed to be seen
    cautions: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)  # who may answer from this mailbox; several may share it
    agreed: bool = True  # all of them agreed before that details may be passed on after two yeses
    my_answer: Answer | None = None
    introduction: Introduction | None = None


@require_safe
@login_required
def suggestion_list(request: HttpRequest, slug: str) -> HttpResponse:
    event = get_object_or_404(Event, slug=slug)
    places = list(_places(request.user).filter(event=event))
    if not places:
        raise Http404
    own = {place.organisation.pk: place.organisation for place in places}
    form = FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    shown = _shown(_filtered(event.suggestions.present(), own, chosen), places)
    _add_thirds(shown, event, own)
    if chosen.get("unanswered"):
        shown = [item for item in shown if item.my_answer is None]
    closed = next((o for o in own.values() if not o.open_to_contact), None)
    return render(
        request,
        "matching/suggestion_list.html",
        {
            "event": event,
            "own": list(own.values()),
            "shown": shown,
            "filter": form,
            "is_filtered": any(chosen.values()),
            "reasons": Answer.Reason.choices,
            "closed": closed,
            "heard": _heard(event, own) if closed and not shown else None,
            "unseen": next((place.person for place in places if not place.visible), None),
            "full": None if shown else _full(own),
        },
    )


def _heard(event: Event, own: dict[int, Organisation]) -> dict[str, Any]:
    """What somebody who is here to listen may hear: themes, the most frequent first, and needs without whose they are.

    A need that names its organisation is left out, and so is one of money: who gives it did not ask to be asked.
    """
    others = snapshot.taking_part(event).exclude(pk__in=own)
    needs = Listing.objects.approved().filter(side=Listing.Side.NEED, organisation__in=others)
    nameless = needs.exclude(text__icontains=F("organisation__name")).exclude(kinds__slug="money")
    themes = Theme.objects.filter(organisation__in=others).annotate(of=Count("organisation"))
    return {"themes": themes.order_by("-of", "pk"), "needs": nameless.order_by("code")[:MOST_HEARD]}


def _full(own: dict[int, Organisation]) -> Organisation | None:
    """One of these organisations that has met as many new partners as it said it can manage."""
    for organisation in own.values():
        most = organisation.most_introductions
        if most is not None:
            met = Introduction.objects.going_on().filter(suggestion__in=Suggestion.objects.about(organisation))
            if met.count() >= most:
                return organisation
    return None


def _places(user: Any) -> Any:
    """This mailbox's confirmed places, each with what its person agreed to: being seen, and details passed on."""
    visible = agrees(Consent.Purpose.VISIBLE_AT_EVENT)
    agreed = agrees(Consent.Purpose.SHARE_AFTER_TWO_YES)
    return (
        Registration.objects.of_user(user)
        .coming()
        .annotate(visible=visible, agreed=agreed)
        .select_related("membership__organisation", "person")
        .order_by("pk")
    )


def _filtered(suggestions: Any, own: dict[int, Organisation], chosen: dict[str, Any]) -> Any:
    suggestions = suggestions.filter(Q(museum__in=own) | Q(partner__in=own)).filter(
        Q(state__in=(Suggestion.State.SHOWN, Suggestion.State.INTRODUCED))
        | Q(
            Exists(Answer.objects.filter(suggestion=OuterRef("pk"), organisation__in=own, choice=Answer.Choice.YES)),
            state=Suggestion.State.DECLINED,
        )
    )
    if chosen.get("band"):
        suggestions = suggestions.filter(band=chosen["band"])
    if chosen.get("sector"):
        sector = chosen["sector"]
        suggestions = suggestions.filter(
            Q(museum__in=own, partner__sector=sector) | Q(partner__in=own, museum__sector=sector)
        )
    return suggestions.select_related("museum", "partner", "introduction").prefetch_related(
        Prefetch("answers", queryset=Answer.objects.filter(organisation__in=own))
    )


def _shown(suggestions: Any, places: list[Registration]) -> list[Shown]:
    rows = list(suggestions)
    words = Words(rows)
    own = {place.organisation.pk: place.organisation for place in places}
    shown = []
    for row in rows:
        mine = own.get(row.museum_id) or own[row.partner_id]
        speakers = [place for place in places if place.organisation.pk in (row.museum_id, row.partner_id)]
        shown.append(
            Shown(
                suggestion=row,
                own=mine,
                other=row.other_than(mine),
                reasons=words.reasons(row, viewer=mine),
                cautions=words.cautions(row, viewer=mine),
                people=[place.person for place in speakers if place.person],
                agreed=all(place.agreed for place in speakers),  # type: ignore[attr-defined]
                my_answer=next((a for a in row.answers.all() if a.organisation_id == mine.pk), None),
                introduction=getattr(row, "introduction", None),
            )
        )
    return shown


def _add_thirds(shown: list[Shown], event: Event, own: dict[int, Organisation]) -> None:
    """Who fits both of a pair, and where one of the pair is itself a third, who else it would meet there.

    Only those who take part and agreed to be seen, by pairs that are shown.
    """
    if not shown:
        return
    here = snapshot.taking_part(event)
    trios = Trio.objects.filter(
        Q(suggestion__museum__in=own) | Q(suggestion__partner__in=own) | Q(third__in=own),
        suggestion__in=event.suggestions.showing(),
        suggestion__partner__in=here,
        third__in=here,
    )
    thirds: dict[tuple[int, int], list[Organisation]] = {}
    for trio in trios.select_related("third", "suggestion__partner"):
        museum, partner = trio.suggestion.museum_id, trio.suggestion.partner
        thirds.setdefault((museum, partner.pk), []).append(trio.third)
        thirds.setdefault((museum, trio.third.pk), []).append(partner)
    for item in shown:
        item.thirds = thirds.get((item.suggestion.museum_id, item.suggestion.partner_id), [])


@post_signed_in
def suggestion_answer(request: HttpRequest, code: str) -> HttpResponse:
    suggestion = get_object_or_404(
        Suggestion.objects.visible_to(request.user).select_related("event", "museum", "partner"), code=code
    )
    places = list(
        _places(request.user).filter(
            event=suggestion.event, membership__organisation__in=(suggestion.museum_id, suggestion.partner_id)
        )
    )
    if not places:
        raise Http404
    place = _speaker(places, request.POST.get("person", ""))
    form = AnswerForm(request.POST)
    back = redirect(suggestion.get_absolute_url() + f"#{suggestion.code}")
    if place is None or place.person is None:
        messages.warning(request, _("Please say who is answering: your mailbox is shared."))
        return back
    if not form.is_valid():
        messages.warning(request, _("Please choose one of the three answers."))
        return back
    try:
        introduction = services.answer_suggestion(
            suggestion, organisation=place.organisation, person=place.person, **form.cleaned_data
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return back
    if introduction:
        messages.success(request, _("You both said yes. We have written to both of you with each other's details."))
        return redirect(introduction)
    other = suggestion.other_than(place.organisation)
    if form.cleaned_data["choice"] == Answer.Choice.YES and not other.open_to_contact:
        messages.info(request, _("This guest is here to listen. We keep your answer, in case that changes."))
    else:
        messages.success(request, _ANSWERED[form.cleaned_data["choice"]]())
    return back


def _speaker(places: list[Registration], code: str) -> Registration | None:
    """The place of the person who answers: the only one behind this mailbox, or the one chosen by `code`."""
    if len(places) == 1:
        return places[0]
    return next((place for place in places if place.person and place.person.code == code), None)


_ANSWERED = {
    Answer.Choice.YES: lambda: _("Noted. If they say yes too, we write to both of you."),
    Answer.Choice.NOT_NOW: lambda: _("Noted. You can change your answer at any time; they are not told."),
    Answer.Choice.NO: lambda: _("Noted. We will not suggest this pair again for six months; they are not told."),
}


@require_safe
@login_required
def organisation_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A profile, for people with a place at an event where this organisation agreed to be seen and may be contacted."""
    organisation = get_object_or_404(
        Organisation.objects.filter(meets(request.user))
        .at(code)
        .prefetch_related(
            "themes",
            "audiences",
            Prefetch("listings", queryset=Listing.objects.approved().prefetch_related("kinds")),
        )
    )
    if organisation.code != code:
        return redirect(organisation)
    if not organisation.open_to_contact:
        return render(request, "matching/organisation_listening.html", {"organisation": organisation})
    sides = Listing.both_sides(organisation.listings.all())
    return render(request, "matching/organisation_detail.html", {"organisation": organisation, "sides": sides})


@never_cache
@require_safe
@login_required
def introduction_detail(request: HttpRequest, code: str) -> HttpResponse:
    introduction = get_object_or_404(
        Introduction.objects.visible_to(request.user).select_related(
            "suggestion__event", "suggestion__museum", "suggestion__partner", "museum_person", "partner_person"
        ),
        code=code,
    )
    suggestion = introduction.suggestion
    of_museum = introduction.museum_person.user_id == request.user.pk
    own, other = (suggestion.museum, suggestion.partner) if of_museum else (suggestion.partner, suggestion.museum)
    words = Words([suggestion])
    return render(
        request,
        "matching/introduction_detail.html",
        {
            "introduction": introduction,
            "own": own,
            "other": other,
            "other_person": introduction.partner_person if of_museum else introduction.museum_person,
            "reasons": words.reasons(suggestion, viewer=own),
        },
    )


# --- follow-ups ------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a follow-up letter: one press answers."""
    question = _asked_about(token)
    if question is None:
        return render(request, "link_not_valid.html", status=404)
    form = FollowUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_follow_up(question, **form.cleaned_data, by=str(question.person))
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("matching:follow-up", token)
    suggestion = question.introduction.suggestion
    of_museum = question.person_id == question.introduction.museum_person_id
    other = suggestion.partner if of_museum else suggestion.museum
    context = {
        "question": question,
        "other": other,
        "form": form,
        "token": token,
        "choices": FollowUp.Outcome.choices,
        "event": suggestion.event,
    }
    return render(request, "matching/follow_up.html", context, status=422 if form.errors else 200)


@post_signed_in
def my_follow_up(request: HttpRequest, code: str) -> HttpResponse:
    """The same answer, from the page of somebody who has signed in."""
    question = get_object_or_404(
        FollowUp.objects.select_related("introduction", "person").filter(person__user=request.user.pk), code=code
    )
    form = FollowUpForm(request.POST)
    if form.is_valid():
        try:
            services.answer_follow_up(question, **form.cleaned_data, by=str(question.person))
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Thank you. Every answer is a good answer."))
    return redirect("my")


@csrf_exempt  # mail programs post here on the reader's behalf (RFC 8058): the token in the address is the authority
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_stop(request: HttpRequest, token: str) -> HttpResponse:
    question = _asked_about(token)
    if question is None:
        return render(request, "link_not_valid.html", status=404)
    if request.method == "POST":
        services.stop_follow_ups(question.introduction, question.person)
    return render(request, "matching/follow_up_stop.html", {"question": question, "stopped": request.method == "POST"})


def _asked_about(token: str) -> FollowUp | None:
    try:
        link = MailedLink.objects.open_with(token, Purpose.FOLLOW_UP)
    except LinkNotValid:
        return None
    return (
        FollowUp.objects.filter(code=link.subject_code)
        .select_related(
            "person",
            "introduction__suggestion__event",
            "introduction__suggestion__museum",
            "introduction__suggestion__partner",
        )
        .first()
    )


# --- the second page of a request ------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_details(request: HttpRequest, token: str) -> HttpResponse:
    """Optional questions that help us find partners, with kinds suggested from the words to confirm by ticking."""
    try:
        link = MailedLink.objects.open_with(token, Purpose.REQUEST)
    except LinkNotValid:
        return render(request, "link_not_valid.html", status=404)
    registration = get_object_or_404(
        Registration.objects.select_related("membership__organisation", "event").filter(state__in=ACTIVE),
        code=link.subject_code,
    )
    form = DetailsForm(request.POST or None, organisation=registration.organisation)
    if request.method == "POST" and form.is_valid():
        _keep_details(form)
        messages.success(request, _("Thank you. That helps us find partners for you."))
        return redirect("events:request-detail", token)
    context = {"form": form, "registration": registration, "event": registration.event, "token": token}
    return render(request, "matching/request_details.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _keep_details(form: DetailsForm) -> None:
    organisation = form.organisation
    organisation.type = form.cleaned_data["type"]
    organisation.postcode = form.cleaned_data["postcode"]
    place_organisation(organisation)
    organisation.save()
    organisation.themes.set(form.cleaned_data["themes"])
    organisation.audiences.set(form.cleaned_data["audiences"])
    for listing, question in form.lines():
        listing.kinds.set(Kind.objects.filter(slug__in=form.cleaned_data[question.name]))
