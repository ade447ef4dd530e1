"""The moves a request, an invitation and a call may make."""

from events.models import Call, Invitation, Registration
from pwp.states import Table

R = Registration.State
I = Invitation.State  # noqa: E741
C = Call.State

_TURNED_UP = {R.ATTENDED}  # whoever stands at the door is let in, with or without a place

REGISTRATION: Table = {
    R.DRAFT: {R.REQUESTED},
    R.REQUESTED: {R.TALKING, R.WAITING, R.NOT_THIS_TIME, R.ELSEWHERE, R.INVITED, R.WITHDRAWN, R.MOVED} | _TURNED_UP,
    R.TALKING: {R.WAITING, R.NOT_THIS_TIME, R.ELSEWHERE, R.INVITED, R.WITHDRAWN, R.MOVED} | _TURNED_UP,
    R.WAITING: {R.TALKING, R.NOT_THIS_TIME, R.ELSEWHERE, R.INVITED, R.WITHDRAWN, R.MOVED} | _TURNED_UP,
    R.NOT_THIS_TIME: {R.TALKING, R.WAITING, R.INVITED} | _TURNED_UP,
    R.ELSEWHERE: {R.TALKING, R.WAITING, R.INVITED} | _TURNED_UP,
    R.INVITED: {R.CONFIRMED, R.WAITING, R.DECLINED, R.WITHDRAWN, R.TALKING, R.MOVED} | _TURNED_UP,
    R.CONFIRMED: {R.WITHDRAWN, R.MOVED, R.ATTENDED, R.ABSENT, R.TALKING},
    R.DECLINED: {R.TALKING, R.WAITING, R.INVITED} | _TURNED_UP,
    R.WITHDRAWN: {R.TALKING, R.WAITING, R.INVITED} | _TURNED_UP,
    R.MOVED: set(),
    R.ATTENDED: {R.ABSENT},
    R.ABSENT: {R.ATTENDED},
}

DECIDED = (R.INVITED, R.WAITING, R.TALKING, R.NOT_THIS_TIME, R.ELSEWHERE)  # by staff, with a letter that waits an hour

# Back to where a request came from, while the letter that says so has not left.
UNDO: Table = {
    decided: {before for before, moves in REGISTRATION.items() if decided in moves} if decided in DECIDED else set()
    for decided in R
}

INVITATION: Table = {
    I.HELD: {I.SENT, I.WITHDRAWN, I.EXPIRED},
    I.SENT: {I.ACCEPTED, I.DECLINED, I.EXPIRED, I.WITHDRAWN},
    I.ACCEPTED: {I.WITHDRAWN},
    I.DECLINED: set(),
    I.EXPIRED: set(),
    I.WITHDRAWN: set(),
}

CALL: Table = {
    C.TO_MAKE: {C.MADE, C.NOT_NEEDED},
    C.MADE: {C.TO_MAKE},
    C.NOT_NEEDED: {C.TO_MAKE},
}
