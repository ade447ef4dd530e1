from pwp.outbox.models import Message
from pwp.states import Table

S = Message.State

TRANSITIONS: Table = {
    S.QUEUED: {S.SENDING, S.CANCELLED},
    S.SENDING: {S.SENT, S.QUEUED, S.FAILED},
    S.SENT: set(),
    S.FAILED: {S.QUEUED},
    S.CANCELLED: {S.QUEUED},
}
