"""What staff decide about requests: always a page first that says who gets which letter, then one POST."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import F, Max
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import emails, services, states
from events.admin import decision_forms as forms
from events.admin.decision_forms import Decided, words_for
from events.forms import said_with_a_yes
from events.models import Invitation, Registration
from events.services.places import lock_event
from partners.admin.pages import Confirmation, link_to, list_address, read_seen, require_change, seen_rows
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.admin import act_on_each
from pwp.outbox.letters import Letter
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState

R = Registration.State
PHONE = Invitation.Via.PHONE
MOST_PREVIEWS = 50
LINK = "link"  # stands for the token in a preview

Said = dict[str, Any]


def to(*states_to: str, but: tuple[str, ...] = ()) -> frozenset[str]:
    """The states from which a request can go to one of these."""
    return frozenset(s for s, moves in states.REGISTRATION.items() if moves & set(states_to) and s not in but)


@dataclass(frozen=True)
class Decision:
    """One thing staff can do to a request. `froms` says in which states, `when` what else must be true.

    `letter` is what the person gets, and `writes_to` says who gets it where that is not everybody.
    """

    slug: str
    label: Any
    explanation: Any
    froms: frozenset[str]
    act: Callable[[Registration, User, Said], Any]
    done: Callable[[int], str]
    form: type[Decided] = Decided
    letter: Callable[[Registration, Said], Letter | None] | None = None
    writes_to: Callable[[Registration], bool] = lambda registration: True
    when: Callable[[Registration], bool] = lambda registration: True
    for_many: bool = False

    def possible_for(self, registration: Registration) -> bool:
        return registration.state in self.froms and self.when(registration)


def open_invitation(registration: Registration) -> Invitation:
    invitation = registration.invitations.filter(state=Invitation.State.SENT).first()
    if invitation is None:
        raise Refused(_("There is no open invitation: invite them again first."))
    invitation.registration = registration
    return invitation


def _invite(one: Registration, by: User, said: Said) -> None:
    services.invite(
        one,
        by=by,
        no_talk_reason=said.get("no_talk_reason", ""),
        reason=said.get("reason", ""),
        words=words_for(one, said),
    )


def _keep_waiting(one: Registration, by: User, said: Said) -> None:
    services.keep_waiting(one, by=by, reason=said.get("no_talk_reason", ""), words=words_for(one, said))


def _invitation_preview(one: Registration, said: Said) -> Letter | None:
    reply_by = services.reply_by(one.event, now=timezone.now())  # type: ignore[arg-type]  # no draft gets here
    return emails.invitation(Invitation(registration=one, reply_by=reply_by), token=LINK, words=words_for(one, said))


def _moved_preview(one: Registration, said: Said) -> Letter | None:
    """None before an event is chosen."""
    if not said.get("event"):
        return None
    new = Registration(event=said["event"], person=one.person, membership=one.membership)
    return emails.moved(new, old=one, token=LINK, had_place=one.state == R.CONFIRMED)


def _hat(one: Registration) -> bool:
    return one.person is not None and one.person.memberships.count() > 1


def _day_reached(one: Registration) -> bool:
    return one.event is not None and one.event.held_on <= timezone.localdate()


INVITE = Decision(
    slug="invite",
    label=gettext_lazy("Invite"),
    explanation=gettext_lazy("Each gets a place that is kept until the day to answer by, and a letter that says so."),
    froms=to(R.INVITED),
    act=_invite,
    done=lambda n: ngettext("%d invitation was written.", "%d invitations were written.", n) % n,
    form=forms.Inviting,
    letter=_invitation_preview,
    for_many=True,
)
HOLD = Decision(
    slug="hold",
    label=gettext_lazy("Keep a place (no letter)"),
    explanation=gettext_lazy(
        "The place is theirs until the day you choose; nothing is sent. Invite them when they are ready."
    ),
    froms=to(R.INVITED),
    act=lambda one, by, said: services.hold_place(one, by=by, reason=said["reason"], until=said["until"]),
    done=lambda n: ngettext("%d place is kept.", "%d places are kept.", n) % n,
    form=forms.Holding,
    when=lambda one: not one.invitations.filter(state=Invitation.State.HELD).exists(),
)
RELEASE = Decision(
    slug="release",
    label=gettext_lazy("Let the kept place go"),
    explanation=gettext_lazy("The place goes to the next on the waiting list; nothing is sent to this person."),
    froms=to(R.INVITED),
    act=lambda one, by, said: services.release_place(one, by=by),
    done=lambda n: ngettext("%d place was let go.", "%d places were let go.", n) % n,
    when=lambda one: one.invitations.filter(state=Invitation.State.HELD).exists(),
)
CONSIDER = Decision(
    slug="consider",
    label=gettext_lazy("Being considered (tell them)"),
    explanation=gettext_lazy(
        "Nothing is decided and there may be room: each gets a letter that says so. No waiting list."
    ),
    froms=to(R.TALKING, but=(R.INVITED, R.CONFIRMED)) | {R.TALKING},
    act=lambda one, by, said: services.keep_considering(one, by=by, words=words_for(one, said)),
    done=lambda n: (
        ngettext("%d person was told that we are considering it.", "%d people were told that we are considering it.", n)
        % n
    ),
    form=forms.Worded,
    letter=lambda one, said: emails.considering(one, key="preview", token=LINK, words=words_for(one, said)),
    for_many=True,
)
KEEP_WAITING = Decision(
    slug="keep-waiting",
    label=gettext_lazy("Waiting list (tell them)"),
    explanation=gettext_lazy(
        "The event is full for them: each goes to the end of the waiting list, and gets a letter that says so. "
        "A place that becomes free is offered to the next by itself."
    ),
    froms=to(R.WAITING, but=(R.INVITED,)),
    act=_keep_waiting,
    done=lambda n: ngettext("%d request is on the waiting list.", "%d requests are on the waiting list.", n) % n,
    form=forms.Untalked,
    letter=lambda one, said: emails.waiting(one, key="preview", full=False, token=LINK, words=words_for(one, said)),
    for_many=True,
)
NEXT_IN_LINE = Decision(
    slug="next-in-line",
    label=gettext_lazy("Next in line (say why)"),
    explanation=gettext_lazy("They come before everybody on the waiting list. Nothing is sent; why is in the journal."),
    froms=frozenset({R.WAITING}),
    act=lambda one, by, said: services.next_in_line(one, by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d request is next in line.", "%d requests are next in line.", n) % n,
    form=forms.Explained,
)
NOT_THIS_TIME = Decision(
    slug="not-this-time",
    label=gettext_lazy("Not this time (write why)"),
    explanation=gettext_lazy("Each gets a letter with your words. Please write them for these people, not for a file."),
    froms=to(R.NOT_THIS_TIME),
    act=lambda one, by, said: services.not_this_time(one, by=by, reason=words_for(one, said, "reason")),
    done=lambda n: ngettext("%d person was told: not this time.", "%d people were told: not this time.", n) % n,
    form=forms.SayingNo,
    letter=lambda one, said: emails.not_this_time(one, key="preview", reason=words_for(one, said, "reason")),
    for_many=True,
)
NO_EVENT_NEAR = Decision(
    slug="no-event-near",
    label=gettext_lazy("No event near them yet (write to them)"),
    explanation=gettext_lazy(
        "Each gets a letter with your words, what we can still do, and how to hear of later rounds."
    ),
    froms=to(R.NOT_THIS_TIME),
    act=lambda one, by, said: services.not_this_time(
        one, by=by, reason=words_for(one, said, "reason"), no_event_near=True
    ),
    done=lambda n: (
        ngettext("%d person was told what we can still do.", "%d people were told what we can still do.", n) % n
    ),
    form=forms.SayingNoEventNear,
    letter=lambda one, said: emails.no_event_near(
        one,
        key="preview",
        reason=words_for(one, said, "reason"),
        later_rounds=bool(one.person and one.person.agrees_to("keep_in_touch")),
    ),
    for_many=True,
)
ELSEWHERE = Decision(
    slug="elsewhere",
    label=gettext_lazy("Suggest something else (write why)"),
    explanation=gettext_lazy("Each gets a letter with your words and, if you choose one, another event."),
    froms=to(R.ELSEWHERE),
    act=lambda one, by, said: services.suggest_elsewhere(
        one, by=by, reason=words_for(one, said, "reason"), other=said["other"]
    ),
    done=lambda n: ngettext("%d suggestion was written.", "%d suggestions were written.", n) % n,
    form=forms.SuggestingElsewhere,
    letter=lambda one, said: emails.elsewhere(
        one, key="preview", reason=words_for(one, said, "reason"), other=said.get("other") or None
    ),
    for_many=True,
)
SAID_YES = Decision(
    slug="said-yes",
    label=gettext_lazy("Said yes by phone"),
    explanation=gettext_lazy("The place is confirmed, and a letter with the details leaves."),
    froms=frozenset({R.INVITED}),
    act=lambda one, by, said: services.accept_invitation(
        open_invitation(one), by=by, via=PHONE, **said_with_a_yes(said)
    ),
    done=lambda n: ngettext("%d answer was entered.", "%d answers were entered.", n) % n,
    form=forms.SayingYes,
    letter=lambda one, said: emails.place_confirmed(one, key="preview", token=LINK),
)
SAID_NO = Decision(
    slug="said-no",
    label=gettext_lazy("Said no by phone"),
    explanation=gettext_lazy("The place is free again, and is offered to the next on the waiting list."),
    froms=frozenset({R.INVITED}),
    act=lambda one, by, said: services.decline_invitation(open_invitation(one), by=by, via=PHONE),
    done=lambda n: ngettext("%d answer was entered.", "%d answers were entered.", n) % n,
)
WITHDRAW = Decision(
    slug="withdraw",
    label=gettext_lazy("Withdraw"),
    explanation=gettext_lazy("They asked you to take them off the list, or to give their place back."),
    froms=to(R.WITHDRAWN),
    act=lambda one, by, said: services.withdraw(one, by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d request was withdrawn.", "%d requests were withdrawn.", n) % n,
    form=forms.Noted,
    letter=lambda one, said: emails.withdrawn(one, key="preview"),
    writes_to=lambda one: one.state == R.CONFIRMED,
)
COLLEAGUE = Decision(
    slug="colleague",
    label=gettext_lazy("Sends a colleague"),
    explanation=gettext_lazy(
        "The colleague gets the place and a letter, and answers for themselves. Nothing else is copied."
    ),
    froms=frozenset({R.CONFIRMED}),
    act=lambda one, by, said: services.send_colleague(one, services.Colleague(**said), by=by),
    done=lambda n: ngettext("%d colleague was asked.", "%d colleagues were asked.", n) % n,
    form=forms.SendingColleague,
    letter=lambda one, said: emails.withdrawn(one, key="preview", colleague=said.get("name") or "…"),
)
MOVE = Decision(
    slug="move",
    label=gettext_lazy("Move to another event"),
    explanation=gettext_lazy(
        "The request ends here and begins there, with its history. Each gets a letter that says so."
    ),
    froms=to(R.MOVED),
    act=lambda one, by, said: services.move(one, said["event"], by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d request was moved.", "%d requests were moved.", n) % n,
    form=forms.Moving,
    letter=_moved_preview,
    for_many=True,
)
HAT = Decision(
    slug="hat",
    label=gettext_lazy("Comes for another organisation"),
    explanation=gettext_lazy("One person with several hats wears one of them at each event."),
    froms=frozenset({R.REQUESTED, R.TALKING, R.WAITING, R.INVITED, R.CONFIRMED}),
    act=lambda one, by, said: services.choose_hat(one, said["membership"], by=by),
    done=lambda n: ngettext("%d request was changed.", "%d requests were changed.", n) % n,
    form=forms.ChoosingHat,
    when=_hat,
)
CAME = Decision(
    slug="came",
    label=gettext_lazy("Came"),
    explanation=gettext_lazy(
        "From the door or from the paper list. Whoever had no confirmed place is kept as a walk-in."
    ),
    froms=to(R.ATTENDED),
    act=lambda one, by, said: services.mark_attendance(one, True, by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d person is marked: came.", "%d people are marked: came.", n) % n,
    form=forms.Noted,
    when=_day_reached,
    for_many=True,
)
DID_NOT_COME = Decision(
    slug="did-not-come",
    label=gettext_lazy("Did not come"),
    explanation=gettext_lazy("They get a letter that says we are sorry to have missed them, the day after the event."),
    froms=to(R.ABSENT),
    act=lambda one, by, said: services.mark_attendance(one, False, by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d person is marked: did not come.", "%d people are marked: did not come.", n) % n,
    form=forms.Noted,
    when=_day_reached,
    for_many=True,
)
UNDO = Decision(
    slug="undo",
    label=gettext_lazy("Undo the last decision"),
    explanation=gettext_lazy(
        "Possible until its letter leaves. The request is as it was before. "
        "A place that was offered to the waiting list is offered again, unless you give it to somebody else now."
    ),
    froms=frozenset(states.DECIDED),
    act=lambda one, by, said: services.undo_decision(one, by=by),
    done=lambda n: ngettext("%d decision was undone.", "%d decisions were undone.", n) % n,
    when=lambda one: services.last_decision(one) is not None,
    for_many=True,
)
ALL = (
    INVITE, HOLD, RELEASE, CONSIDER, KEEP_WAITING, NEXT_IN_LINE, NOT_THIS_TIME, NO_EVENT_NEAR, ELSEWHERE, SAID_YES,
    SAID_NO, WITHDRAW, COLLEAGUE, MOVE, HAT, CAME, DID_NOT_COME, UNDO,
)  # fmt: skip
DECISIONS = {one.slug: one for one in ALL}


def possible(registration: Registration) -> list[Decision]:
    return [one for one in ALL if one.possible_for(registration)]


def ask(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    decision: Decision,
    registrations: Sequence[Registration],
    *,
    form: Decided | None = None,
    every_letter: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page before the deed. Those for whom it is not possible are named and left out."""
    chosen = [one for one in registrations if one.person and decision.possible_for(one)]
    _name_left_out(model_admin, request, [one for one in registrations if one not in chosen])
    if not chosen:
        if not registrations:
            model_admin.message_user(request, _("Please choose at least one request."), level="warning")
        return redirect(_queue(model_admin, request))
    form = form or decision.form(registrations=chosen)
    back = reverse("admin:events_registration_change", args=[chosen[0].pk])
    confirmation = Confirmation(
        title=f"{decision.label}?" if len(chosen) == 1 else f"{decision.label}: {len(chosen)}",
        explanation=f"{decision.explanation} {_places(chosen) if R.INVITED in _leads_to(decision) else ''}".strip(),
        button=str(decision.label),
        headings=[*_headings(decision), *([_("A sentence for this person alone")] if _sentences(form) else [])],
        rows=[[*_row(one, decision), *([form.own_field(one)] if _sentences(form) else [])] for one in chosen],
        post_to=_with_filters(model_admin, request, reverse("admin:events_registration_decide", args=[decision.slug])),
        back_to=back if len(chosen) == 1 else _queue(model_admin, request),
        seen=seen_rows(list(_marks(chosen).items())),
        form=form,
    )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": confirmation.title,
        "opts": model_admin.opts,
        "confirmation": confirmation,
        "has_letters": decision.letter is not None and any(decision.writes_to(one) for one in chosen),
        "letters": _previews(chosen, decision, form, every=every_letter),
        "gets_letters": any(decision.writes_to(one) and one.person and one.person.contact_email for one in chosen),
    }
    return TemplateResponse(request, "admin/events/registration/decide.html", context, status=status)


def _with_filters(model_admin: admin.ModelAdmin, request: HttpRequest, address: str) -> str:
    """The address, with the filters of the queue that somebody came from."""
    filters = model_admin.get_preserved_filters(request)
    return f"{address}?{filters}" if filters else address


def _queue(model_admin: admin.ModelAdmin, request: HttpRequest) -> str:
    """The queue as it was filtered when somebody left it."""
    filters = QueryDict(model_admin.get_preserved_filters(request)).get("_changelist_filters")
    return f"{list_address(Registration)}?{filters}" if filters else list_address(Registration)


def _leads_to(decision: Decision) -> tuple[str, ...]:
    return (R.INVITED,) if decision in (INVITE, HOLD, KEEP_WAITING) else ()


def _sentences(form: Decided) -> bool:
    return any(name.startswith(forms.OWN) for name in form.fields)


def _headings(decision: Decision) -> list[object]:
    return [_("Person"), _("Letter"), _("Organisation"), _("Event"), _("State now"), _("Talks")]


def _row(registration: Registration, decision: Decision) -> list[object]:
    return [
        link_to(registration, registration.person),
        letter_words(registration) if decision.letter and decision.writes_to(registration) else _("no letter"),
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


def _previews(
    chosen: Sequence[Registration], decision: Decision, form: Decided, *, every: bool
) -> list[tuple[Registration, Letter]]:
    """The letters as they would leave: the first in each language, or everybody's."""
    if decision.letter is None:
        return []
    said = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else _initial(form)
    shown: list[tuple[Registration, Letter]] = []
    languages: set[str] = set()
    for one in chosen:
        if len(shown) == MOST_PREVIEWS or not one.person or not decision.writes_to(one):
            continue
        letter = decision.letter(one, said) if every or one.person.language not in languages else None
        if letter:
            languages.add(letter.language)
            shown.append((one, letter))
    return shown


def _initial(form: Decided) -> Said:
    return {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}


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
    """GET asks about `?id=`; POST does what the page showed, once, to each row that is still as it was.

    Whoever was refused for a reason that other words, or a place more, may remove is asked about again with all that
    was typed.
    """
    require_change(model_admin, request)
    decision = DECISIONS.get(slug)
    if decision is None:
        raise Http404
    if request.method != "POST":
        wanted = [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal() and len(pk) < 19]
        return ask(model_admin, request, decision, rows_to_decide(wanted))
    seen = read_seen(request.POST.get("seen", ""))
    registrations = rows_to_decide(seen)
    form = decision.form(request.POST, registrations=registrations)
    if not registrations:
        return ask(model_admin, request, decision, [])
    if not form.is_valid():
        return ask(model_admin, request, decision, registrations, form=form, status=422)
    if "preview" in request.POST:
        return ask(model_admin, request, decision, registrations, form=form, every_letter=True)
    refused = _act_on(request, decision, registrations, seen, form.cleaned_data)
    if refused and form.fields:
        again = decision.form(request.POST, registrations=refused)
        again.is_valid()
        return ask(model_admin, request, decision, refused, form=again, status=422)
    if len(registrations) == 1:
        return redirect("admin:events_registration_change", registrations[0].pk)
    return redirect(_queue(model_admin, request))


def _act_on(
    request: HttpRequest, decision: Decision, registrations: Sequence[Registration], seen: dict[int, str], said: Said
) -> list[Registration]:
    """Do it to each row that is still as it was `seen`. Returns those refused for what may be helped."""
    refused: list[Registration] = []

    @transaction.atomic
    def act(registration: Registration) -> None:
        if not decision.possible_for(registration):
            raise NotAllowed(_("This is not possible for a request as it is now."))
        lock_event(registration)  # a page sent twice at once: the second sees what the first did
        registration.refresh_from_db(fields=["state"])
        if _marks([registration])[registration.pk] != seen[registration.pk]:
            raise StaleState(
                _("It is “%(state)s” by now. Please look again.") % {"state": registration.get_state_display()}
            )
        decision.act(registration, request.user, said)  # type: ignore[arg-type]

    def act_or_keep(registration: Registration) -> None:
        try:
            act(registration)
        except (NotAllowed, StaleState):
            raise
        except Refused:
            refused.append(registration)
            raise

    act_on_each(request, registrations, act_or_keep, done=decision.done)
    return refused


def _marks(registrations: Sequence[Registration]) -> dict[int, str]:
    """State and last line of the journal of each row: whatever is done to it changes its mark."""
    entries = Entry.objects.filter(
        subject_model=Registration._meta.label_lower, subject_pk__in=[one.pk for one in registrations]
    )
    last = dict(entries.order_by().values_list("subject_pk").annotate(Max("pk")))
    return {one.pk: f"{one.state}.{last.get(one.pk, 0)}" for one in registrations}


def rows_to_decide(pks: Any) -> list[Registration]:
    """Who waits in the order of the waiting list, then the order of the queue; with what page and letters need."""
    return list(
        Registration.objects.filter(pk__in=list(pks))
        .select_related("event__programme", "person", "membership__organisation")
        .prefetch_related("conversations")
        .order_by("event__held_on", F("waiting_since").asc(nulls_last=True), "requested_at", "pk")
    )
