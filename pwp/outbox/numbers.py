"""The number a letter carries on its way, by which a report about it finds it again."""

import hashlib
import re

from pwp.outbox.models import Message

NUMBER_HEADER = "X-Portal-Letter"  # some mail systems write a Message-ID of their own
NUMBER = re.compile(r"(?<![\w.])(\d{1,18})\.([0-9a-f]{32})(?![0-9a-f])")


def number_of(message: Message) -> str:
    """The same for a letter however often it is tried, and nothing anybody could guess who has not seen the letter."""
    return f"{message.pk}.{hashlib.sha256(message.key.encode()).hexdigest()[:32]}"


def letter_with_number_in(text: str) -> Message | None:
    """The letter whose number stands somewhere in `text`; a number with a wrong second half is nobody's."""
    for found in NUMBER.finditer(text):
        message = Message.objects.filter(pk=int(found[1])).first()
        if message is not None and number_of(message) == found[0]:
            return message
    return None
