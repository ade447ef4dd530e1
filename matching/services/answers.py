"""Answers to suggestions, and the introduction that two yeses make."""

import datetime as dt

from django.db import transaction
from django.db.models import Count
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Event, Registration
from events.working_days import off_holidays
from matching import emails, snapshot, states
from matching.models import Answer, FollowUp, Introduction, Suggestion
from matching.services.telling import tell
from matching.wording import Words
from partners.models import Consent, Organisation, Person, User
from partners.services import record_consents
from pwp.journal.models import By, write_entry
from pwp.refusals import Refused
from pwp.states import advance

ENGINE = "the matching engine"
FOLLOW_UP_AFTER = {
    FollowUp.Rule.TWO_WEEKS: dt.timedelta(days=14),
    FollowUp.Rule.THREE_MONTHS: dt.timedelta(days=90),
}


@transaction.atomic
def answer_suggestion(
    suggestion: Suggestion,
    *,
    organisation: Organisation,
    person: Person,
    choice: str,
    reason: str = "",
    reason_text: str = "",
    may_share: bool = False,
    entered_by: User | None = None,
    now: dt.datetime | None = None,
) -> Introduction | None:
    """Keep one side's answer; the second yes makes the introduction, and a no takes the pair away for six months.

    `entered_by` is whoever of the staff enters what `person` said by phone; the journal then says so.
    Returns: the introduction, if there is one now. Raises Refused if the pair is no longer open to answers, or if
    somebody says yes without agreeing that their details may be passed on.
    """
    now = now or timezone.now()
    by = entered_by or str(person)
    Event.objects.select_for_update().get(pk=suggestion.event_id)  # a run that is being stored holds it too
    row = (
        Suggestion.objects.select_for_update()
        .select_related("museum", "partner", "event__programme")
        .get(pk=suggestion.pk)
    )
    if row.state == Suggestion.State.INTRODUCED:
        return row.introduction
    if row.state != Suggestion.State.SHOWN:
        raise Refused(gettext_lazy("This suggestion is no longer open. Your list shows what is."))
    channel = Consent.Channel.PHONE if entered_by else Consent.Channel.PAGE
    if choice == Answer.Choice.YES and not _agrees_to_share(person, may_share, channel):
        raise Refused(
            gettext_lazy("To be introduced, please tick that we may pass on your details if they say yes too.")
        )
    Answer.objects.update_or_create(
        suggestion=row,
        organisation=organisation,
        defaults={
            "person": person,
            "choice": choice,
            "reason": reason,
            "reason_text": reason_text,
            "score": row.parts,
            "at": now,
        },
    )
    if entered_by:
        said = _("by phone, for %(organisation)s: %(answer)s") % {
            "organisation": organisation,
            "answer": Answer.Choice(choice).label,
        }
        write_entry(row, row.state, row.state, by=entered_by, reason=said)
    if choice == Answer.Choice.NO:
        advance(row, Suggestion.State.DECLINED, table=states.SUGGESTION, by=by, declined_at=now)
        return None
    return _introduce_if_both(row, by=by, now=now)


def _introduce_if_both(suggestion: Suggestion, *, by: By, now: dt.datetime) -> Introduction | None:
    said_yes = _yeses_that_hold(suggestion)
    if len(said_yes) < 2:
        return None
    museum, partner = said_yes[suggestion.museum_id], said_yes[suggestion.partner_id]
    return _introduce(suggestion, museum, partner, by=by, now=now)


def introduce_who_agreed_late(event: Event) -> None:
    """Pairs whose second yes waited for a consent or a place that is there again."""
    open_pairs = Suggestion.objects.filter(
        event=event, state=Suggestion.State.SHOWN, answers__choice=Answer.Choice.YES
    ).select_related("museum", "partner", "event__programme")
    for suggestion in open_pairs.annotate(yeses=Count("answers")).filter(yeses=2):
        _introduce_if_both(suggestion, by=ENGINE, now=timezone.now())


def _yeses_that_hold(suggestion: Suggestion) -> dict[int, Person]:
    """Who said yes for each side, as long as they still agree to pass on details and still have a place there."""
    agreeing = Person.objects.agreeing(Consent.Purpose.SHARE_AFTER_TWO_YES)
    coming = Registration.objects.coming().filter(event=suggestion.event)
    yeses = suggestion.answers.filter(
        choice=Answer.Choice.YES,
        person__in=agreeing.filter(registrations__in=coming),
        organisation__in=snapshot.taking_part(suggestion.event),
    )
    return {answer.organisation_id: answer.person for answer in yeses.select_related("person")}


def _agrees_to_share(person: Person, may_share: bool, channel: Consent.Channel) -> bool:
    if person.agrees_to(Consent.Purpose.SHARE_AFTER_TWO_YES):
        return True
    if may_share:
        record_consents(person, {Consent.Purpose.SHARE_AFTER_TWO_YES: True}, channel=channel)
    return may_share


def _introduce(suggestion: Suggestion, museum: Person, partner: Person, *, by: By, now: dt.datetime) -> Introduction:
    """Make the introduction: a letter or a call to each side at the same moment, and two questions later on."""
    advance(suggestion, Suggestion.State.INTRODUCED, table=states.SUGGESTION, by=by)
    introduction = Introduction.objects.create(
        suggestion=suggestion, museum_person=museum, partner_person=partner, created_at=now
    )
    sides = [
        (museum, suggestion.museum, partner, suggestion.partner),
        (partner, suggestion.partner, museum, suggestion.museum),
    ]
    for person, own, other, others in sides:
        with translation.override(person.language):
            reasons = [str(sentence) for sentence in Words([suggestion]).reasons(suggestion, viewer=own)]
        letter = emails.introduction(
            introduction, to=person, other=other, own_organisation=own, other_organisation=others, reasons=reasons
        )
        tell(person, suggestion.event, letter, about=emails.introduction_key(introduction, emails.MADE))
    for rule, after in FOLLOW_UP_AFTER.items():
        for person in introduction.people():
            due_on = off_holidays(timezone.localdate(now) + after, suggestion.event)
            FollowUp.objects.create(introduction=introduction, rule=rule, person=person, due_on=due_on)
    return introduction
