"""Letters about suggestions and introductions; nothing here saves or sends."""

from collections.abc import Sequence

from events.emails import letter_to, page
from events.models import Registration
from matching.models import FollowUp, Introduction
from partners.models import Organisation, Person
from pwp.outbox.letters import Letter

MADE, ENDED, FOLLOW_UP, FOLLOW_UP_AGAIN = "made", "ended", "follow-up", "follow-up-again"


def suggestions_ready_key(registration: Registration) -> str:
    """How the key of the letter about the first suggestions begins; the person's code follows."""
    return f"registration:{registration.code}:suggestions-ready"


def suggestions_ready(registration: Registration, *, count: int) -> Letter | None:
    if registration.event is None or registration.person is None:
        raise ValueError("a draft has nobody to write to")
    return letter_to(
        "matching/suggestions_ready",
        registration.event,
        registration.person,
        key=suggestions_ready_key(registration),
        organisation=registration.organisation,
        count=count,
        link=page("matching:suggestion-list", registration.event.slug, language=registration.person.language),
    )


def introduction_key(introduction: Introduction, step: str) -> str:
    """How the key of a letter about an introduction begins; the person's code follows."""
    return f"introduction:{introduction.code}:{step}"


def introduction(
    introduction: Introduction,
    *,
    to: Person,
    other: Person,
    own_organisation: Organisation,
    other_organisation: Organisation,
    reasons: Sequence[str],
) -> Letter | None:
    return letter_to(
        "matching/introduction",
        introduction.suggestion.event,
        to,
        key=introduction_key(introduction, MADE),
        other=other,
        organisation=own_organisation,
        other_organisation=other_organisation,
        reasons=reasons,
    )


def introduction_ended(
    introduction: Introduction, *, to: Person, own_organisation: Organisation, other_organisation: Organisation
) -> Letter | None:
    """Thanks to one side of a pair that is not taken further, and where others are; never whose decision it was."""
    event = introduction.suggestion.event
    return letter_to(
        "matching/introduction_ended",
        event,
        to,
        key=introduction_key(introduction, ENDED),
        organisation=own_organisation,
        other_organisation=other_organisation,
        link=page("matching:suggestion-list", event.slug, language=to.language),
    )


def follow_up_key(follow_up: FollowUp, *, again: bool = False) -> str:
    """How the key of a question's letter begins, or of its one reminder; the person's code follows."""
    step = FOLLOW_UP_AGAIN if again else FOLLOW_UP
    return introduction_key(follow_up.introduction, f"{step}:{follow_up.rule}")


def follow_up(
    follow_up: FollowUp, *, other_organisation: Organisation, token: str, again: bool = False
) -> Letter | None:
    """The question how it goes, or the one reminder of it."""
    link = page("matching:follow-up", token, language=follow_up.person.language)
    letter = letter_to(
        "matching/follow_up_reminder" if again else "matching/follow_up",
        follow_up.introduction.suggestion.event,
        follow_up.person,
        key=follow_up_key(follow_up, again=again),
        other_organisation=other_organisation,
        introduced_on=follow_up.introduction.created_at,
        link=link,
        headers={
            "List-Unsubscribe": f"<{page('matching:follow-up-stop', token, language='en')}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    return letter
