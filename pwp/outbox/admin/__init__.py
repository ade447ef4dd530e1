"""What staff see of letters."""

from pwp.outbox.admin.letters import DeliveryFilter, KeptMailAdmin, MessageAdmin
from pwp.outbox.admin.wording import LetterTextAdmin
from pwp.outbox.admin.words import act_on_each, as_written, delivery_words, letters_to, note

__all__ = [
    "DeliveryFilter",
    "KeptMailAdmin",
    "LetterTextAdmin",
    "MessageAdmin",
    "act_on_each",
    "as_written",
    "delivery_words",
    "letters_to",
    "note",
]
