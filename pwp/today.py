"""What needs the officer now. Each item says what ends it; docs/desk.md has the same list in full.

One query for each item, however many rows it has: the count comes with the first few.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.helping import events_of, is_officer, needs_read_by
from events.models import Arrangement, Call, Conversation, Event, Invitation, Programme, Registration
from events.services import forgotten_on, people_to_forget
from matching.models import Introduction, MatchRun
from partners import services as partners
from partners.models import Concern, Difference, Listing, Membership, Organisation, Person, PersonDifference
from pwp.outbox.models import Message

SHOWN = 5
R = Registration.State
DAYS_BACK, DAYS_AHEAD = 14, 60  # events whose day pages are offered
WARNED_BEFORE = 30  # days before participants are anonymised


@dataclass(frozen=True)
class Row:
    words: str
    address: str
    note: str = ""
    late: bool = False


@dataclass(frozen=True)
class Item:
    """One thing to see to: how many, the first few, where the rest is, and the one act that takes a row off it."""

    slug: str
    title: str
    count: int
    address: str
    ends: str
    rows: Sequence[Row] = field(default_factory=tuple)
    late: int = 0


class TodaysWork:
    """The items of one member of staff at one moment; what they may not see is not asked for."""

    def __init__(self, user: Any, *, now: dt.datetime | None = None) -> None:
        self.user = user
        self.now = now or timezone.now()
        self.today = timezone.localdate(self.now)

    def items(self) -> list[Item]:
        """What is not empty, the most pressing first."""
        found = [make() for right, make in self._sources() if self.user.has_perm(right)]
        return [item for item in found if item.count]

    def days(self) -> QuerySet[Event]:
        """Events that are near, with their pages for the day."""
        near = (self.today - dt.timedelta(days=DAYS_BACK), self.today + dt.timedelta(days=DAYS_AHEAD))
        events = events_of(self.user).filter(cancelled_at=None).order_by("held_on", "pk")
        return events.filter(held_on__range=near) if is_officer(self.user) else events

    def _sources(self) -> list[tuple[str, Callable[[], Item]]]:
        return [
            ("partners.change_concern", self.open_concerns),
            ("events.change_registration", self.new_requests),
            ("events.change_registration", self.talks_to_finish),
            ("events.change_call", self.calls_to_make),
            ("outbox.change_message", self.undelivered_letters),
            ("outbox.change_message", self.letters_held_up),
            ("events.change_registration", self.offers_waiting),
            ("partners.change_listing", self.texts_to_check),
            ("partners.change_organisation", self.descriptions_to_check),
            ("events.change_arrangement", self.needs_not_arranged),
            ("events.change_registration", self.left_open),
            ("events.change_registration", self.of_cancelled_events),
            ("events.change_event", self.lopsided_mixes),
            ("events.change_programme", self.soon_forgotten),
            ("matching.view_matchrun", self.floors_not_met),
            ("matching.view_matchrun", self.failed_runs),
            ("matching.change_introduction", self.asked_for_help),
            ("matching.change_introduction", self.silent_pairs),
            ("partners.change_organisation", self.possible_duplicates),
            ("partners.change_person", self.people_twice),
        ]

    @property
    def programmes(self) -> list[Programme]:
        if not hasattr(self, "_programmes"):
            self._programmes = list(Programme.objects.all())
        return self._programmes

    def _past(self, path: str, since: str, days: str) -> Q:
        """Rows whose `since` lies more days back than their programme allows; thresholds differ between programmes."""
        found = Q(pk__in=[])
        for programme in self.programmes:
            first = self.now - dt.timedelta(days=getattr(programme, days))
            found |= Q(**{path: programme.pk, f"{since}__lt": first})
        return found

    # --- people

    def new_requests(self) -> Item:
        late = self._past("event__programme", "requested_at", "answer_within_days")
        rows = Registration.objects.to_answer().filter(event__cancelled_at=None, event__held_on__gte=self.today)
        first = _first(
            rows.select_related("event", "person", "membership__organisation"), late=Count("pk", filter=late)
        )
        late_ones = {programme.pk: programme.answer_within_days for programme in self.programmes}
        return Item(
            slug="requests",
            title=_("New requests"),
            count=_of(first),
            late=first[0].late if first else 0,
            address=_list(Registration, stage=R.REQUESTED),
            ends=_("you log a conversation with them, or decide."),
            rows=[
                Row(
                    f"{one.person}, {one.organisation.name}",
                    _page(one),
                    f"{one.event.name} {_day(one.event.held_on)}",
                    late=one.requested_at < self.now - dt.timedelta(days=late_ones[one.event.programme_id]),
                )
                for one in first
            ],
        )

    def talks_to_finish(self) -> Item:
        """Who was talked to, or let an invitation run out, and waits for a decision; with the next step agreed."""
        talks = Conversation.objects.filter(registration=OuterRef("pk")).order_by("-held_on", "-pk")
        rows = (
            Registration.objects.being_talked_to()
            .filter(event__cancelled_at=None, event__held_on__gte=self.today)
            .annotate(
                spoken_on=Subquery(talks.values("held_on")[:1]), next_step=Subquery(talks.values("next_step")[:1])
            )
            .select_related("event", "person", "membership__organisation")
        )
        long_ago = {p.pk: self.today - dt.timedelta(days=p.answer_within_days) for p in self.programmes}
        late = Q(pk__in=[])
        for programme, day in long_ago.items():
            late |= Q(event__programme=programme) & (Q(spoken_on__lt=day) | Q(spoken_on=None))
        first = _first(rows, late=Count("pk", filter=late))
        return Item(
            slug="talks",
            title=_("Talks without a decision yet"),
            count=_of(first),
            late=first[0].late if first else 0,
            address=_list(Registration, stage=R.TALKING),
            ends=_("you decide: invite, waiting list, not this time, or another event."),
            rows=[
                Row(
                    f"{one.person}, {one.organisation.name}",
                    _page(one),
                    one.next_step or f"{one.event.name} {_day(one.event.held_on)}",
                    late=one.spoken_on is None or one.spoken_on < long_ago[one.event.programme_id],
                )
                for one in first
            ],
        )

    def calls_to_make(self) -> Item:
        rows = Call.objects.to_make().select_related("registration__person", "registration__event")
        first = _first(rows, late=Count("pk", filter=Q(due_on__lt=self.today)))
        return Item(
            slug="calls",
            title=_("Calls to make"),
            count=_of(first),
            late=first[0].late if first else 0,
            address=_list(Call),
            ends=_("you press “I have rung them” or “No call needed”."),
            rows=[
                Row(
                    str(one.registration.person),
                    _page(one),
                    f"{one.get_why_display()} ({one.news})",
                    late=one.due_on < self.today,
                )
                for one in first
            ],
        )

    def offers_waiting(self) -> Item:
        rows = Invitation.objects.open_offers(self.now).select_related("registration__person", "registration__event")
        first = _first(rows)
        return Item(
            slug="offers",
            title=_("Offers of a place that wait for an answer"),
            count=_of(first),
            address=_list(Invitation, kind__exact=Invitation.Kind.OFFER, state__exact=Invitation.State.SENT),
            ends=_("they answer, you enter their answer, or the day to answer by is over."),
            rows=[
                Row(
                    str(one.registration.person),
                    _page(one.registration),
                    _("answer by %(day)s") % {"day": _day(timezone.localdate(one.reply_by))},
                )
                for one in first
            ],
        )

    def left_open(self) -> Item:
        rows = Registration.objects.left_open(self.today)
        return self._by_event(
            rows,
            slug="left-open",
            title=_("Not settled although the day is over"),
            ends=_("who came is marked on the event's page for the day, and the others have their answer."),
            address=lambda event: reverse("admin:events_event_paper", args=[event.pk]),
        )

    def of_cancelled_events(self) -> Item:
        rows = Registration.objects.of_cancelled_events()
        return self._by_event(
            rows,
            slug="cancelled",
            title=_("Undecided at a cancelled event"),
            ends=_("you move them to another event, or write to them."),
            address=lambda event: _list(Registration, event__id__exact=event.pk),
        )

    def _by_event(
        self, rows: QuerySet[Registration], *, slug: str, title: str, ends: str, address: Callable[[Event], str]
    ) -> Item:
        counts = dict(rows.order_by().values_list("event").annotate(Count("pk")))
        events = Event.objects.filter(pk__in=counts).order_by("held_on", "pk")
        found = [Row(str(event), address(event), str(counts[event.pk])) for event in events]
        return Item(
            slug=slug,
            title=title,
            count=sum(counts.values()),
            address=found[0].address if found else "",
            ends=ends,
            rows=found,
        )

    def needs_not_arranged(self) -> Item:
        mine = needs_read_by(self.user).values("pk")
        rows = Arrangement.objects.to_arrange(self.today).filter(pk__in=mine)
        rows = rows.select_related("registration__person", "registration__event")
        first = _first(rows)
        return Item(
            slug="arrangements",
            title=_("What people need to take part, not arranged"),
            count=_of(first),
            address=_list(Arrangement, arranged="no"),
            ends=_("you enter the day it was arranged on; for costs, you say yes or no."),
            rows=[
                Row(
                    str(one.registration.person),
                    _page(one),
                    f"{one.get_kind_display()}, {one.registration.event.name} {_day(one.registration.event.held_on)}",
                )
                for one in first
            ],
        )

    # --- letters and words

    def undelivered_letters(self) -> Item:
        first = _first(Message.objects.filter(state=Message.State.FAILED).only("subject", "to_email", "created_at"))
        return Item(
            slug="letters",
            title=_("Letters that did not arrive"),
            count=_of(first),
            address=_list(Message, state__exact=Message.State.FAILED),
            ends=_("you send it again, or say that it is not to be sent."),
            rows=[Row(one.subject, _page(one), one.to_email) for one in first],
        )

    def letters_held_up(self) -> Item:
        """The mail server is away or refuses our log-in, or nothing runs that would send."""
        first = _first(Message.objects.held_up(self.now).only("subject", "server_said").order_by("created_at", "pk"))
        return Item(
            slug="held-up",
            title=_("Letters that should have left"),
            count=_of(first),
            address=_list(Message, delivery="held-up"),
            ends=_("the mail server takes them: whoever looks after the portal reads here what it says."),
            rows=[Row(one.subject, _page(one), one.server_said[:120]) for one in first],
        )

    def texts_to_check(self) -> Item:
        first = _first(Listing.objects.to_check().select_related("organisation").order_by("updated_at", "pk"))
        return Item(
            slug="texts",
            title=_("Texts to check"),
            count=_of(first),
            address=_list(Listing),
            ends=_("you approve the text, send it back, or hide it."),
            rows=[Row(one.organisation.name, _page(one), one.get_side_display()) for one in first],
        )

    def descriptions_to_check(self) -> Item:
        first = _first(Organisation.objects.descriptions_to_check().order_by("updated_at", "pk"))
        return Item(
            slug="descriptions",
            title=_("Descriptions to check"),
            count=_of(first),
            address=_list(Organisation, texts="description"),
            ends=_("you approve the description, send it back, or hide it."),
            rows=[Row(one.name, _page(one)) for one in first],
        )

    def open_concerns(self) -> Item:
        rows = Concern.objects.filter(state=Concern.State.OPEN).select_related("organisation")
        first = _first(rows.order_by("reported_at", "pk"))
        return Item(
            slug="concerns",
            title=_("Open concerns"),
            count=_of(first),
            address=_list(Concern),
            ends=_("the concern is closed with what was done."),
            rows=[Row(one.organisation.name, _page(one), _day(timezone.localdate(one.reported_at))) for one in first],
        )

    def possible_duplicates(self) -> Item:
        """Counted again only when a record changed: comparing thousands of names takes a second."""
        return Item(
            slug="duplicates",
            title=_("Possible duplicates"),
            count=_counted_once("duplicates", Organisation, Difference, partners.possible_duplicates),
            address=reverse("admin:partners_organisation_duplicates"),
            ends=_("you say what the two are: the same, different, or one part of the other."),
        )

    def people_twice(self) -> Item:
        return Item(
            slug="people",
            title=_("People who may be there twice"),
            count=_counted_once("people", Person, PersonDifference, partners.possibly_one_person),
            address=reverse("admin:partners_person_duplicates"),
            ends=_("you say what the two are: the same, or different."),
        )

    # --- events and pairs

    def lopsided_mixes(self) -> Item:
        """Events soon whose places, confirmed and promised, go to one sector more than the programme wants."""
        near = Q(pk__in=[])
        for programme in self.programmes:
            last = self.today + dt.timedelta(days=programme.mix_warning_days)
            near |= Q(programme=programme.pk, held_on__range=(self.today, last), cancelled_at=None)
        events = {event.pk: event for event in Event.objects.filter(near).select_related("programme")}
        sectors: defaultdict[int, Counter[str]] = defaultdict(Counter)
        places = Registration.objects.filter(event__in=events, state__in=(R.INVITED, R.CONFIRMED)).order_by()
        for pk, sector, count in places.values_list("event", "membership__organisation__sector").annotate(Count("pk")):
            sectors[pk][sector] = count
        rows = []
        for event in sorted(events.values(), key=lambda event: (event.held_on, event.pk)):
            if not sectors[event.pk]:
                continue
            sector, most = sectors[event.pk].most_common(1)[0]
            percent = 100 * most // sectors[event.pk].total()
            if percent > event.programme.mix_most_percent:
                label = Organisation.Sector(sector).label if sector in Organisation.Sector.values else "–"
                rows.append(Row(str(event), _page(event), f"{label}: {percent} %"))
        return Item(
            slug="mix",
            title=_("The mix is lopsided"),
            count=len(rows),
            address=_list(Event),
            ends=_("no sector has more than its share of the places: invite others, or raise the share."),
            rows=rows,
        )

    def soon_forgotten(self) -> Item:
        """Programmes whose participants are anonymised within a month; later there is no way back."""
        last = self.today + dt.timedelta(days=WARNED_BEFORE)
        soon = [one for one in self.programmes if self.today <= forgotten_on(one) <= last]
        people = people_to_forget(last).count() if soon else 0
        rows = [Row(str(one), _page(one), _day(forgotten_on(one))) for one in soon]
        return Item(
            slug="forgotten",
            title=_("People who will be anonymised soon"),
            count=people,
            address=rows[0].address if rows else "",
            ends=_("the day comes, or you give the programme a later last day because it goes on."),
            rows=rows,
        )

    def floors_not_met(self) -> Item:
        """Organisations that the newest run of a coming event could not give enough suggestions."""
        newer = MatchRun.objects.filter(
            event=OuterRef("event"), rehearsal=False, state=MatchRun.State.DONE, pk__gt=OuterRef("pk")
        )
        runs = (
            MatchRun.objects.filter(rehearsal=False, state=MatchRun.State.DONE, event__held_on__gte=self.today)
            .filter(~Exists(newer), event__cancelled_at=None)
            .annotate(short=KeyTransform("shortfalls", "report"))
            .select_related("event")
            .only("event", "requested_at")
            .order_by("event__held_on", "pk")
        )
        short = [(run, len(run.short or ())) for run in runs]
        rows = [
            Row(run.event.name, _page(run), ngettext("%d organisation", "%d organisations", count) % count)
            for run, count in short
            if count
        ]
        return Item(
            slug="floor",
            title=_("Too few suggestions for somebody"),
            count=sum(count for _run, count in short),
            address=rows[0].address if rows else "",
            ends=_("a newer run has enough for them: the report says what helps."),
            rows=rows,
        )

    def failed_runs(self) -> Item:
        newer = MatchRun.objects.filter(event=OuterRef("event"), rehearsal=OuterRef("rehearsal"), pk__gt=OuterRef("pk"))
        rows = MatchRun.objects.filter(~Exists(newer), state=MatchRun.State.FAILED).select_related("event")
        first = _first(rows.defer("report", "weights", "snapshot", "survey").order_by("pk"))
        return Item(
            slug="runs",
            title=_("Runs that failed"),
            count=_of(first),
            address=_list(MatchRun, state__exact=MatchRun.State.FAILED),
            ends=_("you ask for another run of that event."),
            rows=[Row(str(one.event), _page(one), one.problem[:80]) for one in first],
        )

    def silent_pairs(self) -> Item:
        rows = Introduction.objects.silent(self.now)
        return self._pairs(rows, slug="silent", title=_("Pairs to ring: no answer to our question"), which="silent")

    def asked_for_help(self) -> Item:
        rows = Introduction.objects.asking_for_help()
        return self._pairs(rows, slug="help", title=_("Pairs that would like some help"), which="help")

    def _pairs(self, rows: QuerySet[Introduction], *, slug: str, title: str, which: str) -> Item:
        first = _first(rows.select_related("suggestion__museum", "suggestion__partner").order_by("created_at", "pk"))
        return Item(
            slug=slug,
            title=title,
            count=_of(first),
            address=_list(Introduction, heard=which),
            ends=_("you write down how it goes, on the pair's page."),
            rows=[Row(str(one), _page(one), _day(timezone.localdate(one.created_at))) for one in first],
        )


def _first(rows: QuerySet[Any], **counts: Count) -> list[Any]:
    """The first few rows, each with `of`, how many there are in all, and the other counts over all of them."""
    windows = {name: Window(count) for name, count in counts.items()}
    return list(rows.annotate(of=Window(Count("pk")), **windows)[:SHOWN])


def _counted_once(name: str, records: Any, differences: Any, find: Callable[[], Sequence[object]]) -> int:
    """How many pairs look alike; counted again only when a record changed."""
    known = records.objects.aggregate(count=Count("pk"), last=Max("updated_at"))
    said = differences.objects.aggregate(count=Count("pk"))["count"]
    hats = Membership.objects.aggregate(count=Count("pk"), last=Max("pk"))
    mark = f"alike:{name}:{known['count']}:{known['last']}:{said}:{hats['count']}:{hats['last']}".replace(" ", "_")
    count: int | None = cache.get(mark)
    if count is None:
        count = len(find())
        cache.set(mark, count, 24 * 3600)
    return count


def _of(first: list[Any]) -> int:
    return first[0].of if first else 0


def _list(model: Any, **filters: object) -> str:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return f"{address}?{query}" if query else address


def _page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _day(day: dt.date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")
