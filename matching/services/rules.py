"""Rules of staff for a pair: making one, which takes effect at once, and lifting it."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from events.models import Event
from matching import snapshot, states
from matching.models import PairRule, Suggestion, Trio
from matching.services.runs import request_run
from partners.models import Organisation
from pwp.journal.models import By
from pwp.refusals import Refused
from pwp.states import advance

Rule = PairRule.Rule


@dataclass(frozen=True)
class Made:
    """A rule and what making it did: `is_new` is False where it was there already.

    `dropped` suggestions are no longer shown; `introduced` ones stay, because details that were shared cannot be taken
    back; `declined` ones come back only when their six months are over, whatever the rule says.
    """

    rule: PairRule
    is_new: bool = False
    dropped: tuple[Suggestion, ...] = ()
    introduced: tuple[Suggestion, ...] = ()
    declined: tuple[Suggestion, ...] = ()


@transaction.atomic
def make_rule(
    *,
    museum: Organisation,
    partner: Organisation,
    rule: str,
    reason: str,
    by: By,
    event: Event | None = None,
    until: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Made:
    """Keep a rule for a pair, at one event or at all of them, take away what it forbids, and ask for runs.

    The same rule again is the rule that is there. Raises Refused if it cannot hold, or against a rule that is there.
    """
    today = timezone.localdate(now)
    _hold(event)
    check_rule(museum=museum, partner=partner, rule=rule, reason=reason, event=event, until=until, today=today)
    there = _there(museum, partner, event, today).first()
    if there:
        return Made(there)
    for past in PairRule.objects.for_pair(museum, partner).filter(state=PairRule.State.IN_FORCE, until__lt=today):
        advance(past, PairRule.State.LIFTED, table=states.PAIR_RULE, by=by, reason=_("past its last day"))
    made = PairRule.objects.create(
        event=event, museum=museum, partner=partner, rule=rule, reason=reason.strip(), until=until, made_by=str(by)
    )
    pairs = Suggestion.objects.filter(museum=museum, partner=partner).select_related("museum", "partner", "event")
    said = list(pairs.filter(event=event) if event else pairs)
    dropped = [pair for pair in said if pair.state == Suggestion.State.SHOWN] if made.separates else []
    for pair in dropped:
        advance(pair, Suggestion.State.DROPPED, table=states.SUGGESTION, by=by, reason=made.get_rule_display())
    if made.rule == Rule.KEEP_APART:
        _trios_of(made).delete()
    _request_runs(made, by=by, today=today)
    return Made(
        made,
        is_new=True,
        dropped=tuple(dropped),
        introduced=tuple(pair for pair in said if pair.state == Suggestion.State.INTRODUCED),
        declined=tuple(pair for pair in said if pair.state == Suggestion.State.DECLINED),
    )


@transaction.atomic
def lift_rule(rule: PairRule, *, by: By, reason: str, now: dt.datetime | None = None) -> None:
    """From now on the pair is scored like any other. Raises Refused without a reason, StaleState if it was lifted."""
    if not reason.strip():
        raise Refused(_("Please say why you lift it."))
    _hold(rule.event)
    advance(rule, PairRule.State.LIFTED, table=states.PAIR_RULE, by=by, reason=reason.strip())
    _request_runs(rule, by=by, today=timezone.localdate(now))


def check_rule(
    *,
    museum: Organisation,
    partner: Organisation,
    rule: str,
    reason: str,
    event: Event | None,
    until: dt.date | None,
    today: dt.date,
) -> None:
    """Raises Refused if such a rule cannot hold, or another one for these two is in its way."""
    _check_pair(museum, partner, rule)
    if not reason.strip():
        raise Refused(_("Please say why. Only staff read it."))
    if until and until < today:
        raise Refused(_("The last day is past. Choose a later one, or leave it empty."))
    if event and event.held_on < today:
        raise Refused(_("%(event)s is over.") % {"event": event})
    there = PairRule.objects.for_pair(museum, partner).holding(today)
    overlapping = there.filter(Q(event=event) | Q(event=None)) if event else there
    for other in overlapping.select_related("event").order_by("pk"):
        words = {"rule": other.get_rule_display(), "where": other.event or _("all events")}
        if other.rule != rule:
            raise Refused(_("There is another rule for these two: %(rule)s (%(where)s). Lift that one first.") % words)
        narrower = event is None and other.event is not None
        if not narrower and other.until and (until is None or until > other.until):
            words["day"] = date_format(other.until)
            raise Refused(_("This rule holds until %(day)s (%(where)s). Lift that one to choose another day.") % words)


def _there(museum: Organisation, partner: Organisation, event: Event | None, today: dt.date) -> QuerySet[PairRule]:
    """What holds already at this event, or at all of them if there is none."""
    rules = PairRule.objects.for_pair(museum, partner)
    return rules.in_force(event=event, on=today) if event else rules.holding(today).filter(event=None)


def _check_pair(museum: Organisation, partner: Organisation, rule: str) -> None:
    """Raises Refused unless one is a museum, the other is not, and a rule to meet can be kept."""
    if museum.sector != Organisation.Sector.MUSEUM:
        raise Refused(_("%(name)s is not a museum. Choose the museum of the two first.") % {"name": museum})
    if partner.sector == Organisation.Sector.MUSEUM:
        raise Refused(_("Both are museums, and two museums are never suggested to each other."))
    if rule != Rule.MUST_MEET:
        return
    for one in (museum, partner):
        if not one.open_to_contact:
            raise Refused(
                _("%(name)s is not open to being contacted, so they cannot be suggested. Ask them first.")
                % {"name": one}
            )


def _hold(event: Event | None) -> None:
    """Wait for runs that are being stored, and for whoever makes a rule there, or anywhere if there is no event."""
    events = Event.objects.select_for_update().order_by("pk")
    list((events.filter(pk=event.pk) if event else events).values_list("pk"))


def _trios_of(rule: PairRule) -> QuerySet[Trio]:
    """Trios that bring these two together, although they are not the pair."""
    trios = Trio.objects.filter(suggestion__museum=rule.museum, third=rule.partner)
    return trios.filter(suggestion__event=rule.event) if rule.event else trios


def _request_runs(rule: PairRule, *, by: By, today: dt.date) -> None:
    """For the event if it is still to come; for a rule at all events, where both take part."""
    if rule.event:
        events = [rule.event] if rule.event.held_on >= today else []
    else:
        to_come = Event.objects.filter(held_on__gte=today)
        both = Q(pk=rule.museum_id) | Q(pk=rule.partner_id)
        events = [event for event in to_come if snapshot.taking_part(event).filter(both).count() == 2]
    for event in events:
        request_run(event, by=str(by))
