from pwp.outbox.models import Message
from pwp.states import Table

S = Message.State

TRANSITIONS: Table = {
    S.QUEUED: {S.SENDING, S.CANCELLED},
    S.SENDING: {S.SENT, S.QUEUED, S.FAILED},
    S.SENT: {S.FAILED},  # it came back
    S.FAILED: {S.QUEUED, S.CANCELLED},
    S.CANCELLED: {S.QUEUED},
}
STOPPED: Table = {S.QUEUED: {S.FAILED}}  # it quotes words that somebody is worried about: a person looks at it
