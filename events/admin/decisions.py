"""What staff can decide about a request: each with the states it is for, the letter it writes, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import emails, services, states
from events.admin import decision_forms as forms
from events.admin.decision_forms import Decided, words_for
from events.forms import said_with_a_yes
from events.models import Invitation, Registration
from partners.models import User
from pwp.outbox.letters import Letter
from pwp.refusals import Refused

R = Registration.State
PHONE = Invitation.Via.PHONE
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
