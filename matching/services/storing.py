"""What a run says becomes what people see: suggestions, and a letter to whoever has their first."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.utils import timezone

from events.models import Call, Event, Registration
from events.services import add_calls
from matching import emails, engine, snapshot, states
from matching.models import Answer, MatchRun, PairRule, Suggestion, WeightSet
from matching.services.answers import ENGINE
from matching.services.reporting import chance, plain, score_in_full
from pwp.outbox.models import Message
from pwp.outbox.services import queue_letters
from pwp.states import advance_all

WRITTEN = ["run", "band", "score", "percentile", "chance", "pinned", "exploring", "distance_km"]
WRITTEN += ["parts", "reasons", "cautions", "times_shown"]
SAME_SCORE = 1e-9
ONCE = ["event", "museum", "partner"]
AT_A_TIME = 500
HELD_APART = (PairRule.Rule.KEEP_APART.value, PairRule.Rule.PARTNERS.value)

KEY_OF_FIRST = (Value("registration:"), OuterRef("code"), Value(":suggestions-ready"))

Keys = tuple[int, int]  # of the museum and the partner


class Standing(NamedTuple):
    """What a suggestion's row says now, as far as a run compares it: its names are the model's."""

    pk: int
    code: str
    museum_id: int
    partner_id: int
    run_id: int
    state: str
    times_shown: int
    band: str
    score: float
    percentile: float
    chance: float | None
    pinned: bool
    exploring: bool


def store_suggestions(run: MatchRun, said: engine.Matching, *, edited: Collection[str] = ()) -> set[tuple[str, str]]:
    """Make the event's suggestions what this run says. Bulk statements, however many there are.

    Pairs that somebody said yes to stay whatever it says, unless staff hold them apart. Who withdrew or was held apart
    while the engine worked is left out. A refresh counts no pair as shown again, and leaves alone what stands as its
    whole run wrote it: pairs of which neither side is among the codes `edited` since. Returns those, by their codes.
    """
    here = dict(snapshot.taking_part(run.event).values_list("code", "pk"))
    barred = snapshot.exclusions(run.event, as_of=timezone.now())
    known = Suggestion.objects.filter(event=run.event).order_by()
    rows = {(row.museum_id, row.partner_id): row for row in map(Standing._make, known.values_list(*Standing._fields))}
    pairs = {
        (here[pair.museum], here[pair.partner]): pair
        for pair in said.suggestions
        if pair.museum in here and pair.partner in here and _pair(pair.museum, pair.partner) not in barred
    }
    unchanged = {
        keys
        for keys, pair in pairs.items()
        if keys in rows
        and rows[keys].run_id == run.refresh_of_id
        and pair.museum not in edited
        and pair.partner not in edited
        and _stands_the_same(rows[keys], pair, run.weight_set)
    }
    _show_again([row for keys, row in rows.items() if keys in pairs])
    written = [keys for keys in pairs if keys not in unchanged]
    for first in range(0, len(written), AT_A_TIME):  # rows weigh ten times as much as what they are made of
        some = written[first : first + AT_A_TIME]
        Suggestion.objects.bulk_create(
            [_row(run, keys, pairs[keys], rows.get(keys)) for keys in some],
            update_conflicts=True,
            unique_fields=ONCE,
            update_fields=WRITTEN,
        )
    _drop(run, [row for keys, row in rows.items() if keys not in pairs], here=here, barred=barred)
    return {(pairs[keys].museum, pairs[keys].partner) for keys in unchanged}


def _stands_the_same(row: Standing, pair: engine.Suggestion, weight_set: WeightSet | None) -> bool:
    """What may change by others' edits alone is as it is written; its reasons change by an edit of its own only."""
    return (
        abs(row.score - pair.score.value) < SAME_SCORE
        and int(row.percentile) == int(pair.score.percentile)
        and (row.band, row.pinned, row.exploring) == (pair.band.value, pair.pinned, pair.exploring)
        and row.chance == chance(pair, weight_set)
    )


def _drop(
    run: MatchRun, rows: list[Standing], *, here: Mapping[str, int], barred: Mapping[tuple[str, str], str]
) -> None:
    """Take away what the run does not say, but for pairs that somebody said yes to and that may still meet."""
    codes = {pk: code for code, pk in here.items()}
    promised = _promised(run.event)
    gone = [
        row.pk
        for row in rows
        if row.state == Suggestion.State.SHOWN
        and (
            row.pk not in promised
            or row.museum_id not in codes
            or row.partner_id not in codes
            or barred.get(_pair(codes[row.museum_id], codes[row.partner_id])) in HELD_APART
        )
    ]
    dropped = Suggestion.objects.filter(state=Suggestion.State.SHOWN).in_bulk(gone).values()
    advance_all(dropped, Suggestion.State.DROPPED, table=states.SUGGESTION, by=ENGINE, reason=f"run {run.code}")


def _pair(one: str, other: str) -> tuple[str, str]:
    return min(one, other), max(one, other)


def _show_again(rows: list[Standing]) -> None:
    """Pairs that were dropped, or declined more than six months ago: these are asked afresh."""
    declined = [row.pk for row in rows if row.state == Suggestion.State.DECLINED]
    Answer.objects.filter(suggestion__in=declined).delete()
    away = (Suggestion.State.DROPPED, Suggestion.State.DECLINED)
    back = Suggestion.objects.filter(state__in=away).in_bulk([row.pk for row in rows if row.state in away])
    advance_all(back.values(), Suggestion.State.SHOWN, table=states.SUGGESTION, by=ENGINE, declined_at=None)


def _row(run: MatchRun, keys: Keys, pair: engine.Suggestion, before: Standing | None) -> Suggestion:
    known = {"code": before.code} if before else {}
    times_shown = before.times_shown if before else 0
    return Suggestion(
        event=run.event,
        museum_id=keys[0],
        partner_id=keys[1],
        run=run,
        band=pair.band.value,
        score=pair.score.value,
        percentile=pair.score.percentile,
        chance=chance(pair, run.weight_set),
        pinned=pair.pinned,
        exploring=pair.exploring,
        distance_km=pair.score.distance_km,
        parts=score_in_full(pair.score),
        reasons=[plain(reason) for reason in pair.reasons],
        cautions=[plain(caution) for caution in pair.cautions],
        times_shown=times_shown if before and run.refresh_of_id else times_shown + 1,
        **known,
    )


def _promised(event: Event) -> set[int]:
    yeses = Answer.objects.filter(suggestion__event=event, choice=Answer.Choice.YES)
    return set(yeses.values_list("suggestion_id", flat=True))


def tell_who_has_suggestions(event: Event) -> None:
    """One letter to each person, the first time there is something to look at; a call where no letter can go."""
    counts: Counter[int] = Counter()
    for pair in Suggestion.objects.filter(event=event).showing().values_list("museum_id", "partner_id"):
        counts.update(pair)
    key = Concat(*KEY_OF_FIRST, Value(":"), OuterRef("person__code"))
    told = Message.objects.filter(key=key)  # what was written once is not even put into words again
    called = Call.objects.filter(registration=OuterRef("pk"), about=Concat(*KEY_OF_FIRST))
    places = Registration.objects.filter(~Exists(told), event=event, state=Registration.State.CONFIRMED)
    places = places.exclude(Exists(called), person__contact_email="")
    with_some = [
        place
        for place in places.select_related("person", "event__programme", "membership__organisation")
        if counts[place.organisation.pk]
    ]
    queue_letters(emails.suggestions_ready(place, count=counts[place.organisation.pk]) for place in with_some)
    by_phone = [place for place in with_some if place.person and not place.person.contact_email]
    add_calls(((place, emails.suggestions_ready_key(place)) for place in by_phone), Call.Why.PARTNERS)
