"""What staff decide about requests: always a page first that says who gets which letter, then one POST."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import services, states
from events.forms import DecisionForm
from events.models import Invitation, Registration
from partners.admin.pages import Confirmation, ask_first, link_to, list_address, read_seen, require_change, seen_rows
from partners.models import User
from pwp.outbox.admin import act_on_each
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState

R = Registration.State
PHONE = Invitation.Via.PHONE


class NoteForm(forms.Form):
    """For the journal only."""

    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("For the journal; it is not in the letter."),
        widget=forms.TextInput(attrs={"size": 70}),
    )


@dataclass(frozen=True)
class Decision:
    """One thing staff can do to a request. `to` is the state it leads to, which says from where it is possible."""

    slug: str
    label: Any
    explanation: Any
    to: str
    act: Callable[[Registration, User, dict[str, Any]], Any]
    done: Callable[[int], str]
    form: type[forms.Form] = forms.Form
    writes: bool = True

    def possible_from(self, state: str) -> bool:
        return self.to in states.REGISTRATION[state] and (self.to != R.WAITING or state != R.INVITED)


def _invite(registration: Registration, by: User, said: dict[str, Any]) -> None:
    services.invite(registration, by=by)


def _keep_waiting(registration: Registration, by: User, said: dict[str, Any]) -> None:
    services.keep_waiting(registration, by=by, reason=said["reason"])


def _not_this_time(registration: Registration, by: User, said: dict[str, Any]) -> None:
    services.not_this_time(registration, by=by, reason=said["reason"])


def _said_yes(registration: Registration, by: User, said: dict[str, Any]) -> None:
    services.accept_invitation(open_invitation(registration), by=by, via=PHONE)


def _said_no(registration: Registration, by: User, said: dict[str, Any]) -> None:
    services.decline_invitation(open_invitation(registration), by=by, via=PHONE)


def _withdraw(registration: Registration, by: User, said: dict[str, Any]) -> None:
    services.withdraw(registration, by=by, reason=said["reason"])


def open_invitation(registration: Registration) -> Invitation:
    invitation = registration.invitations.filter(state=Invitation.State.SENT).first()
    if invitation is None:
        raise Refused(_("There is no open invitation: invite them again first."))
    invitation.registration = registration
    return invitation


INVITE = Decision(
    slug="invite",
    label=gettext_lazy("Invite"),
    explanation=gettext_lazy("Each gets a place that is kept until the day to answer by, and a letter that says so."),
    to=R.INVITED,
    act=_invite,
    done=lambda n: ngettext("%d invitation was written.", "%d invitations were written.", n) % n,
)
KEEP_WAITING = Decision(
    slug="keep-waiting",
    label=gettext_lazy("Keep waiting (tell them)"),
    explanation=gettext_lazy("Each goes onto the waiting list, in the order of entry, and gets a letter that says so."),
    to=R.WAITING,
    act=_keep_waiting,
    done=lambda n: ngettext("%d request is on the waiting list.", "%d requests are on the waiting list.", n) % n,
    form=NoteForm,
)
NOT_THIS_TIME = Decision(
    slug="not-this-time",
    label=gettext_lazy("Not this time (write why)"),
    explanation=gettext_lazy("Each gets a letter with your words. Please write them for these people, not for a file."),
    to=R.NOT_THIS_TIME,
    act=_not_this_time,
    done=lambda n: ngettext("%d person was told: not this time.", "%d people were told: not this time.", n) % n,
    form=DecisionForm,
)
SAID_YES = Decision(
    slug="said-yes",
    label=gettext_lazy("Said yes by phone"),
    explanation=gettext_lazy("The place is confirmed, and a letter with the details leaves."),
    to=R.CONFIRMED,
    act=_said_yes,
    done=lambda n: ngettext("%d answer was entered.", "%d answers were entered.", n) % n,
)
SAID_NO = Decision(
    slug="said-no",
    label=gettext_lazy("Said no by phone"),
    explanation=gettext_lazy("The place is free again."),
    to=R.DECLINED,
    act=_said_no,
    done=lambda n: ngettext("%d answer was entered.", "%d answers were entered.", n) % n,
    writes=False,
)
WITHDRAW = Decision(
    slug="withdraw",
    label=gettext_lazy("Withdraw"),
    explanation=gettext_lazy("They asked you to take them off the list, or to give their place back."),
    to=R.WITHDRAWN,
    act=_withdraw,
    done=lambda n: ngettext("%d request was withdrawn.", "%d requests were withdrawn.", n) % n,
    form=NoteForm,
    writes=False,
)
DECISIONS = {one.slug: one for one in (INVITE, KEEP_WAITING, NOT_THIS_TIME, SAID_YES, SAID_NO, WITHDRAW)}


def possible(registration: Registration) -> list[Decision]:
    return [one for one in DECISIONS.values() if one.possible_from(registration.state)]


def ask(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    decision: Decision,
    registrations: Sequence[Registration],
    *,
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page before the deed. Those for whom it is not possible are named and left out."""
    chosen = [one for one in registrations if one.person and decision.possible_from(one.state)]
    _name_left_out(model_admin, request, [one for one in registrations if one not in chosen])
    if not chosen:
        if not registrations:
            model_admin.message_user(request, _("Please choose at least one request."), level="warning")
        return redirect(list_address(Registration))
    back = reverse("admin:events_registration_change", args=[chosen[0].pk])
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=f"{decision.label}?" if len(chosen) == 1 else f"{decision.label}: {len(chosen)}",
            explanation=f"{decision.explanation} {_places(chosen) if decision is INVITE else ''}".strip(),
            button=str(decision.label),
            headings=[_("Person"), _("Letter"), _("Organisation"), _("Event"), _("State now"), _("Talks")],
            rows=[_row(one, decision) for one in chosen],
            post_to=reverse("admin:events_registration_decide", args=[decision.slug]),
            back_to=back if len(chosen) == 1 else list_address(Registration),
            seen=seen_rows([(one.pk, one.state) for one in chosen]),
            form=form or decision.form(),
        ),
        status=status,
    )


def _row(registration: Registration, decision: Decision) -> list[object]:
    return [
        link_to(registration, registration.person),
        letter_words(registration) if decision.writes else _("no letter"),
        registration.organisation,
        registration.event,
        registration.get_state_display(),
        len(registration.conversations.all()) or _("none yet"),
    ]


def letter_words(registration: Registration) -> str:
    """In which language, and where to; or that somebody has to call."""
    person = registration.person
    if person is None:
        return ""
    if not person.contact_email:
        return _("no e-mail address: please call %(phone)s") % {"phone": person.phone}
    return _("in %(language)s, to %(email)s") % {
        "language": person.get_language_display(),
        "email": person.contact_email,
    }


def _places(registrations: Sequence[Registration]) -> str:
    """How many places each event has left, so that nobody is surprised."""
    events = {one.event_id: one.event for one in registrations if one.event}
    return " ".join(
        _("%(event)s: %(promised)d of %(limit)d places are taken or promised.")
        % {"event": event.name, "promised": services.places_promised(event), "limit": event.invitation_limit}
        for event in events.values()
    )


def _name_left_out(model_admin: admin.ModelAdmin, request: HttpRequest, left_out: Sequence[Registration]) -> None:
    if left_out:
        words = ngettext(
            "Not possible for %d request as it is now:", "Not possible for %d requests as they are now:", len(left_out)
        )
        names = ", ".join(f"{one} ({one.get_state_display()})" for one in left_out[:10])
        model_admin.message_user(request, f"{words % len(left_out)} {names}", level="warning")


def decide(model_admin: admin.ModelAdmin, request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks about `?ids=`; POST does what the page showed, once, to each row that is still as it was."""
    require_change(model_admin, request)
    decision = DECISIONS.get(slug)
    if decision is None:
        raise Http404
    if request.method != "POST":
        wanted = [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal() and len(pk) < 19]
        return ask(model_admin, request, decision, rows_to_decide(wanted))
    seen = read_seen(request.POST.get("seen", ""))
    registrations = rows_to_decide(seen)
    form = decision.form(request.POST)
    if not registrations:
        return ask(model_admin, request, decision, [])
    if not form.is_valid():
        return ask(model_admin, request, decision, registrations, form=form, status=422)

    def act(registration: Registration) -> None:
        if registration.state != seen[registration.pk]:
            raise StaleState(
                _("It is “%(state)s” by now. Please look again.") % {"state": registration.get_state_display()}
            )
        if not decision.possible_from(registration.state):
            raise NotAllowed(_("This is not possible for a request as it is now."))
        decision.act(registration, request.user, form.cleaned_data)  # type: ignore[arg-type]

    act_on_each(request, registrations, act, done=decision.done)
    if len(registrations) == 1:
        return redirect("admin:events_registration_change", registrations[0].pk)
    return redirect(list_address(Registration))


def rows_to_decide(pks: Any) -> list[Registration]:
    """In the order of the queue, with what the page and the letters need."""
    return list(
        Registration.objects.filter(pk__in=list(pks))
        .select_related("event__programme", "person", "membership__organisation")
        .prefetch_related("conversations")
        .order_by("event__held_on", "requested_at", "pk")
    )
