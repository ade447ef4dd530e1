"""Event pages, asking for an invitation, and the pages behind mailed links. A GET never changes anything."""

import hashlib
import re
from datetime import timedelta
from typing import Any

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import services
from events.calendar import event_calendar
from events.forms import AskForm, ColleagueForm, ComingForm, DeciderForm, LeaveForm, MoveForm, StillComingForm
from events.locality import Level, Locality, events_nearby, locality_of
from events.models import Call, Event, Invitation, Registration
from events.models.attending import OPEN
from events.states import REGISTRATION
from partners.models import MailedLink, Membership
from partners.models.people import LinkNotValid, new_token
from partners.typing_kept import post_signed_in
from pwp.refusals import Refused
from pwp.states import StaleState

Purpose = MailedLink.Purpose
CANNOT_DECIDE = (Membership.Authority.RECOMMEND, Membership.Authority.NOT_SURE)
TWICE = timedelta(hours=1)  # a form sent again within this time is the same request; later, its link has run out
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@require_safe
def event_detail(request: HttpRequest, slug: str) -> HttpResponse:
    event = get_object_or_404(Event.objects.select_related("programme").prefetch_related("areas"), slug=slug)
    areas = [area for area in event.areas.all() if area.nearness == "core"]
    return render(request, "events/event_detail.html", {"event": event, "local_areas": areas})


@require_safe
def event_ics(request: HttpRequest, slug: str) -> HttpResponse:
    event = get_object_or_404(Event, slug=slug)
    response = HttpResponse(event_calendar(event), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    return response


# --- asking for an invitation ----------------------------------------------------------------------------------------


# The form holds no session and no authority, so a forged one could do nothing that an honest one cannot; and text typed
# into a page that stayed open for days must never be lost to an expired token.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = AskForm(initial={"event": request.GET.get("event", "")})
        return _ask_page(request, form, token=new_token())
    return _ask_posted(request)


@never_cache
@require_safe
def ask_resume(request: HttpRequest, token: str) -> HttpResponse:
    """A draft, as it was left."""
    draft = _draft(token)
    if draft is None:
        return link_not_valid(request)
    form = AskForm(initial={name: value for name, value in draft.answers.items() if value})
    return _ask_page(request, form, token=token, saved=True, resumed=True)


def _ask_posted(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST)
    token = request.POST.get("draft", "")
    token = token if TOKEN.fullmatch(token) else new_token()
    if not consume(request, action="ask"):
        form.add_error(None, _("Many requests came from your network just now. Please wait a little, or call us."))
        return _ask_page(request, form, token=token, status=429)
    try:
        draft = services.draft_behind(token)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _ask_page(request, form, token=new_token(), status=409)
    if draft.state != Registration.State.DRAFT:
        return _ask_pressed_twice(request, draft)
    if request.POST.keys() & {"save", "switch"} or not form.is_valid():
        return _ask_kept(request, form, draft, token)
    return _ask_sent(request, form, draft)


def _ask_pressed_twice(request: HttpRequest, registration: Registration) -> HttpResponse:
    if registration.requested_at and timezone.now() - registration.requested_at < TWICE:
        return redirect("events:request-detail", services.request_token(registration))
    return link_not_valid(request)


def _ask_kept(request: HttpRequest, form: AskForm, draft: Registration, token: str) -> HttpResponse:
    """Keep what was typed, because it is to be finished later, or in the other language, or has a mistake in it."""
    services.keep_draft(draft, {name: request.POST.get(name, "") for name in form.fields})
    if "switch" in request.POST:
        with translation.override("en" if get_language() == "cy" else "cy"):
            return redirect("events:ask-resume", token)
    if "save" in request.POST:
        return _ask_saved(request, draft, token)
    return _ask_page(request, form, token=token, saved=True, status=422)


def _ask_sent(request: HttpRequest, form: AskForm, draft: Registration) -> HttpResponse:
    """Make the request; the same answers sent once more, from the page one went Back to, are the same request."""
    same_answers = f"asked:{hashlib.sha256(repr(sorted(form.cleaned_data.items())).encode()).hexdigest()}"
    code = cache.get(same_answers)
    known = Registration.objects.filter(code=code).first() if code else None
    if known is not None:
        return redirect("events:request-detail", services.request_token(known))
    asked = form.asked()
    acknowledge = not asked.email or bool(consume(request, action="acknowledgement", key=asked.email))
    try:
        token = services.submit_request(draft, asked, acknowledge=acknowledge)
    except StaleState:  # twice at the same moment
        token = services.request_token(Registration.objects.get(pk=draft.pk))
    cache.set(same_answers, draft.code, TWICE.seconds)
    return redirect("events:request-detail", token)


def _ask_saved(request: HttpRequest, draft: Registration, token: str) -> HttpResponse:
    """Say where to go on; and mail the link, if there is a sound address and the mail is not asked for too often."""
    form = AskForm(draft.answers)
    form.is_valid()
    email = form.cleaned_data.get("email", "")
    mailed = bool(email) and consume(request, action="draft_link", key=email)
    if mailed:
        name = form.cleaned_data.get("name", "")
        services.mail_draft_link(draft, email=email, name=name, token=token, language=get_language() or "en")
    return render(request, "events/ask_saved.html", {"token": token, "email": email if mailed else ""})


def _ask_page(
    request: HttpRequest, form: AskForm, *, token: str, saved: bool = False, resumed: bool = False, status: int = 200
) -> HttpResponse:
    if not form.events:
        return render(request, "events/ask_closed.html")
    context = {"form": form, "token": token, "saved": saved, "resumed": resumed}
    return render(request, "events/ask.html", context, status=status)


def _draft(token: str) -> Registration | None:
    try:
        link = MailedLink.objects.open_with(token, Purpose.DRAFT)
    except LinkNotValid:
        return None
    return Registration.objects.filter(code=link.subject_code, state=Registration.State.DRAFT).first()


# --- the page of one request -----------------------------------------------------------------------------------------


@never_cache
@require_safe
def request_detail(request: HttpRequest, token: str) -> HttpResponse:
    """What happens next, what was sent (to print), and the ways to add to it, to change it or to withdraw."""
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    return _request_page(request, registration, token)


def _request_page(
    request: HttpRequest, registration: Registration, token: str, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """The page of one request; `forms` are those that came back with a mistake in them."""
    state, event = registration.state, registration.event
    coming = state in (Registration.State.CONFIRMED, Registration.State.INVITED)
    near = locality_of(registration) if state in OPEN else None  # whoever is invited fits, wherever they are
    context = {
        "registration": registration,
        "event": event,
        "organisation": registration.organisation,
        "listings": registration.organisation.listings.all(),
        "choices": registration.person.choices() if registration.person else [],
        "locality": near,
        "nearby": _nearer_events(registration) if near and near.level is Level.FAR else [],
        "token": token,
        "leave_form": LeaveForm(),
        "can_say_needs": services.may_say_needs(registration),
        "can_withdraw": Registration.State.WITHDRAWN in REGISTRATION[state],
        "unread_change": coming and registration.calls.filter(why=Call.Why.VENUE, state=Call.State.TO_MAKE).exists(),
        "coming_form": ComingForm(registration=registration) if state == Registration.State.INVITED else None,
        "decider_form": _decider_form(registration),
        "colleague_form": ColleagueForm() if state == Registration.State.CONFIRMED else None,
        "can_move": Registration.State.MOVED in REGISTRATION[state],
    }
    return render(request, "events/request_detail.html", context | forms, status=status)


def _decider_form(registration: Registration) -> DeciderForm | None:
    """Only while it is being decided, and of who said that somebody else decides, or was not sure."""
    hat = registration.membership
    if hat is None or registration.state not in OPEN or hat.authority not in CANNOT_DECIDE:
        return None
    return DeciderForm(initial={"name": hat.decider})


def _nearer_events(registration: Registration) -> list[Locality]:
    """Events that take requests, and are near to somebody who is far from the one they asked for."""
    others = Event.objects.asking_open().exclude(registrations=registration).prefetch_related("areas")
    return events_nearby(registration.organisation, list(others))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def still_coming(request: HttpRequest, token: str) -> HttpResponse:
    """Two weeks before the day: a yes by the button; the no is the page's other button, which withdraws."""
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = StillComingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_warm_up(registration, form.cleaned_data["words"], by=str(registration.person))
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Thank you. We look forward to meeting you."))
        return redirect("events:request-detail", token)
    context = {
        "registration": registration,
        "event": registration.event,
        "token": token,
        "form": form,
        "leave_form": LeaveForm(),
        "has_place": registration.state == Registration.State.CONFIRMED,
    }
    return render(request, "events/still_coming.html", context)


@require_POST
def request_colleague(request: HttpRequest, token: str) -> HttpResponse:
    """A colleague comes instead: they get a link of their own."""
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = ColleagueForm(request.POST)
    if not form.is_valid():
        return _request_page(request, registration, token, status=422, colleague_form=form)
    try:
        services.send_colleague(registration, services.Colleague(**form.cleaned_data), by=str(registration.person))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(
            request, _("Thank you. We are getting in touch with your colleague, who answers for themselves.")
        )
    return redirect("events:request-detail", token)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_move(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for another event instead; the new request has a page of its own."""
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = MoveForm(request.POST if request.method == "POST" else None, leaving=registration.event)  # type: ignore[arg-type]
    if request.method != "POST" or not form.is_valid():
        context = {
            "registration": registration,
            "event": registration.event,
            "token": token,
            "form": form,
            "can_move": Registration.State.MOVED in REGISTRATION[registration.state],
        }
        return render(request, "events/request_move.html", context, status=422 if form.errors else 200)
    said = form.cleaned_data
    try:
        new = services.move(registration, said["event"], by=str(registration.person), reason=said["reason"])
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("events:request-detail", token)
    messages.success(request, _("We have moved your request. This is its new page: please keep its address."))
    return redirect("events:request-detail", services.request_token(new))


@require_POST
def request_seen(request: HttpRequest, token: str) -> HttpResponse:
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    services.has_seen_change(registration, by=str(registration.person))
    messages.success(request, _("Thank you for telling us that you have read it."))
    return redirect("events:request-detail", token)


@require_POST
def request_decider(request: HttpRequest, token: str) -> HttpResponse:
    """Who decides, where that is somebody else."""
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = DeciderForm(request.POST)
    if not form.is_valid():
        return _request_page(request, registration, token, status=422, decider_form=form)
    if registration.state in OPEN:
        services.name_decider(registration, form.cleaned_data["name"])
        messages.success(request, _("Thank you. We will keep it in mind when we talk."))
    else:
        messages.warning(request, _("This is decided by now. This page shows where things stand."))
    return redirect("events:request-detail", token)


@require_POST
def request_answer(request: HttpRequest, token: str) -> HttpResponse:
    """The answer to an invitation from the page of the request: somebody without e-mail has no other."""
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = ComingForm(request.POST, registration=registration)
    if request.POST.get("answer") == "accept" and not form.is_valid():
        return _request_page(request, registration, token, status=422, coming_form=form)
    _answer_for(request, registration, form)
    return redirect("events:request-detail", token)


def _answer_for(request: HttpRequest, registration: Registration, form: ComingForm) -> None:
    """Accept or decline the open invitation of `registration`, as the pressed button says."""
    invitation = registration.invitations.filter(state=Invitation.State.SENT).first()
    answer = request.POST.get("answer", "")
    if invitation is None or answer not in ("accept", "decline"):
        messages.warning(request, _("There is no invitation to answer any more. This page shows where things stand."))
        return
    by = str(registration.person)
    try:
        if answer == "accept":
            services.accept_invitation(invitation, by=by, **form.said())
        else:
            services.decline_invitation(invitation, by=by)
    except Refused as refusal:
        messages.warning(request, str(refusal))


@require_POST
def request_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = LeaveForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        services.withdraw(registration, by=str(registration.person), reason=reason)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("You have withdrawn. Thank you for telling us; you are welcome to ask again."))
    return redirect("events:request-detail", token)


def behind_link(token: str) -> Registration | None:
    """The request behind a mailed link, or None for a link that is not valid (any more)."""
    try:
        link = MailedLink.objects.open_with(token, Purpose.REQUEST)
    except LinkNotValid:
        return None
    return (
        Registration.objects.filter(code=link.subject_code)
        .select_related("event__programme", "person", "membership__organisation")
        .prefetch_related("event__areas")
        .first()
    )


# --- the invitation --------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def invitation_detail(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link: it shows, its buttons act. Opening it any number of times changes nothing."""
    invitation = _invited(token)
    if invitation is None:
        return link_not_valid(request)
    return _invitation_page(request, invitation, token)


@require_POST
def invitation_answer(request: HttpRequest, token: str, answer: str) -> HttpResponse:
    """Yes, no, or later, which says that they have read it."""
    invitation = _invited(token)
    if invitation is None:
        return link_not_valid(request)
    services.mark_opened(invitation)
    form = ComingForm(request.POST, registration=invitation.registration)
    if answer == "accept" and not form.is_valid():
        return _invitation_page(request, invitation, token, form=form, status=422)
    by = str(invitation.registration.person)
    try:
        if answer == "accept":
            services.accept_invitation(invitation, by=by, **form.said())
        elif answer == "decline":
            services.decline_invitation(invitation, by=by)
        else:
            messages.info(
                request, _("That is fine. Please answer by the day below; this link keeps working until then.")
            )
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("events:invitation-detail", token)


@post_signed_in
def my_invitation(request: HttpRequest, code: str) -> HttpResponse:
    """The same answer, from the page of somebody who has signed in."""
    mine = Registration.objects.of_user(request.user).select_related("person", "event")
    registration = get_object_or_404(mine, code=code)
    form = ComingForm({}, registration=registration)
    if form.fields and request.POST.get("answer") == "accept" and registration.state == Registration.State.INVITED:
        messages.info(request, _("Please answer here: there is something to choose with your yes."))
        return redirect("events:request-detail", services.request_token(registration))
    form.is_valid()
    _answer_for(request, registration, form)
    return redirect("my")


@post_signed_in
def my_request(request: HttpRequest, code: str) -> HttpResponse:
    """Open the page of one's own request: what was sent, and the way to withdraw."""
    mine = Registration.objects.of_user(request.user).exclude(state=Registration.State.DRAFT)
    return redirect("events:request-detail", services.request_token(get_object_or_404(mine, code=code)))


def _invitation_page(
    request: HttpRequest, invitation: Invitation, token: str, *, form: ComingForm | None = None, status: int = 200
) -> HttpResponse:
    registration = invitation.registration
    is_open = invitation.state == Invitation.State.SENT
    context = {
        "invitation": invitation,
        "registration": registration,
        "event": registration.event,
        "organisation": registration.organisation,
        "token": token,
        "is_open": is_open,
        "form": form or (ComingForm(registration=registration) if is_open else None),
    }
    return render(request, "events/invitation_detail.html", context, status=status)


def _invited(token: str) -> Invitation | None:
    try:
        link = MailedLink.objects.open_with(token, Purpose.INVITATION)
    except LinkNotValid:
        return None
    return (
        Invitation.objects.filter(code=link.subject_code)
        .select_related(
            "registration__event__programme", "registration__person", "registration__membership__organisation"
        )
        .first()
    )


def link_not_valid(request: HttpRequest) -> HttpResponse:
    return render(request, "link_not_valid.html", status=404)
