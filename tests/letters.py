"""Letters to test with."""

from typing import Any

from pwp.outbox.letters import Letter
from pwp.outbox.models import Message


def a_letter(number: int = 1, **fields: Any) -> Letter:
    return Letter(
        **{
            "key": f"test:{number}",
            "to_email": f"person{number}@group.example",
            "subject": f"Letter {number}",
            "text": "Hello.\n",
            **fields,
        }
    )


def waiting(number: int = 1, **fields: Any) -> Message:
    """A letter in the outbox, without waking anybody."""
    return Message.objects.create(
        **{
            "key": f"test:{number}",
            "to_email": f"person{number}@group.example",
            "subject": f"Letter {number}",
            "text": "Hello.\n",
            **fields,
        }
    )


def states() -> list[str]:
    return list(Message.objects.order_by("key").values_list("state", flat=True))
