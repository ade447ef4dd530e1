"""Load the demo: invented organisations in every state of the journey, and suggestions by the real engine."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import transaction
from django.utils import timezone

from events import services as events
from events import states
from events.asking import Asked
from events.models import Conversation, Event, Programme, Registration
from events.season import load_season, next_season
from matching import services as matching
from matching.models import Answer, Suggestion
from partners import services as partners
from partners.models import Kind, Membership, Organisation, Person, Theme, User
from partners.models.vocabulary import Audience
from pwp.states import advance

DATA = Path(__file__).parents[2] / "data" / "demo.json"
PASSWORDS = {"officer": "officer-at-the-desk", "museum": "museum-on-the-hill", "community": "community-in-the-hall"}
ALL_CONSENTS = {"visible_at_event": True, "share_after_two_yes": True, "evaluation": True, "keep_in_touch": False}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--in-production", action="store_true", help="also where the portal is not on this machine")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED and not options["in_production"]:
            raise CommandError("The demo has printed passwords. Add --in-production if you mean it, and change them.")
        if Programme.objects.exists():
            raise CommandError("There is a programme already. The demo is loaded into an empty database only.")
        call_command("load_vocabulary", stdout=self.stdout)
        content = json.loads(DATA.read_text(encoding="utf-8"))
        with transaction.atomic():
            Season(content).play()
        print_accounts(self.stdout)


def print_accounts(stdout: OutputWrapper) -> None:
    """The demo's log-ins; nothing where the demo was not loaded."""
    content = json.loads(DATA.read_text(encoding="utf-8"))
    emails = _account_emails(content)
    known = set(User.objects.filter(email__in=emails.values()).values_list("email", flat=True))
    for role, email in emails.items():
        if email in known:
            stdout.write(f"  {role:<10} {email:<42} {PASSWORDS[role]}")


def _account_emails(content: dict[str, Any]) -> dict[str, str]:
    accounts = content["accounts"]
    people = {row["slug"]: row["person"]["email"] for row in content["organisations"]}
    return {
        "officer": accounts["officer"]["email"],
        "museum": people[accounts["museum"]],
        "community": people[accounts["community"]],
    }


class Season:
    """Plays every invented organisation through the real services, some weeks back from now."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.now = timezone.now()
        self.officer = User.objects.create_superuser(content["accounts"]["officer"]["email"], PASSWORDS["officer"])
        loaded = load_season(next_season(timezone.localdate()))
        self.events = {event.slug.rsplit("-", 1)[0]: event for event in loaded}
        self.kinds = {kind.slug: kind for kind in Kind.objects.all()}
        self.organisations: dict[str, Organisation] = {}

    def play(self) -> None:
        rows = enumerate(self.content["organisations"])
        for number, row in sorted(rows, key=lambda one: one[1]["state"] == "waiting"):  # who waits comes last
            asked_at = self.now - dt.timedelta(days=40 - number // 2, hours=number % 7)
            self._play(row, asked_at)
        for email in _account_emails(self.content).values():
            self._open(email)
        for event in self.events.values():
            matching.perform_run(matching.request_run(event, by=str(self.officer)))
        self._answers()

    def _play(self, row: dict[str, Any], asked_at: dt.datetime) -> None:
        event = self.events[row["event"]]
        if row["state"] == "draft":
            events.keep_draft(
                None, {"organisation": row["name"], "name": row["person"]["name"], "sector": row["sector"]}
            )
            return
        registration = self._ask(row, row["person"], event, asked_at)
        self._complete(registration.organisation, row)
        if row["state"] != "requested":
            partners.approve_texts(registration.organisation)
        self._decide(registration, row, asked_at)
        for person in row.get("more_people", []):
            self._colleague(registration, person, row, asked_at)

    def _ask(self, row: dict[str, Any], person: dict[str, Any], event: Event, asked_at: dt.datetime) -> Registration:
        registration = events.keep_draft(None, {})
        events.submit_request(
            registration,
            Asked(
                event=event,
                name=person["name"],
                email=person["email"],
                phone=person["phone"],
                language=person["language"],
                organisation=row["name"],
                sector=row["sector"],
                work_place=row["work_place"],
                size=row["size"],
                authority=person["authority"],
                offer="",
                need="",
                consents=ALL_CONSENTS,
            ),
            now=asked_at,
        )
        return registration

    def _complete(self, organisation: Organisation, row: dict[str, Any]) -> None:
        organisation.type = row["type"]
        organisation.postcode = row.get("office_postcode", "")
        organisation.pending_description = row["description"]
        organisation.language = row["language"]
        organisation.open_to_contact = row["open_to_contact"]
        organisation.gives_grants = row["gives_grants"]
        organisation.save()
        organisation.themes.set(Theme.objects.filter(slug__in=row["themes"]))
        organisation.audiences.set(Audience.objects.filter(slug__in=row["audiences"]))
        Membership.objects.filter(organisation=organisation).update(role=row["person"]["role"])
        for side in ("offer", "need"):
            for line in row[f"{side}s"]:
                words = partners.ListingWords(
                    side=side,
                    text=line["text"],
                    when=line["when"],
                    how_much=line["how_much"],
                    kinds=tuple(self.kinds[slug] for slug in line["kinds"]),
                )
                partners.add_listing(organisation, words, language=row["language"])
        self.organisations[row["slug"]] = organisation

    def _decide(self, registration: Registration, row: dict[str, Any], asked_at: dt.datetime) -> None:
        state = row["state"]
        person = str(registration.person)
        later = asked_at + dt.timedelta(days=3)
        if state in ("invited", "confirmed", "declined", "withdrawn", "moved"):
            self._talk(registration, later)
            invitation = events.invite(registration, by=self.officer, now=min(later, self.now))
            if state in ("confirmed", "withdrawn", "moved"):
                events.accept_invitation(invitation, by=person, now=min(later + dt.timedelta(days=2), self.now))
            if state == "declined":
                events.decline_invitation(invitation, by=person)
            if state == "withdrawn":
                events.withdraw(registration, by=person, reason="The roof is being mended that week.")
            if state == "moved":
                self._end(registration, state, row.get("move_reason", ""))
        elif state == "talking":
            self._talk(registration, later)
        elif state == "waiting":
            self._fill(self.events[row["event"]])
            self._talk(registration, later)
            events.keep_waiting(registration, by=self.officer, now=later)
        elif state == "not_this_time":
            events.not_this_time(
                registration, by=self.officer, reason="Your work is mostly outside the four areas this time."
            )
        elif state == "elsewhere":
            self._end(registration, state, "Nearer to another programme; we sent its address.")

    def _fill(self, event: Event) -> None:
        """As many places as there are people: nobody waits where there is room."""
        event.capacity = max(1, events.places_promised(event))
        event.save(update_fields=["capacity"])

    def _talk(self, registration: Registration, at: dt.datetime) -> None:
        events.log_conversation(
            Conversation(
                registration=registration,
                means=Conversation.Means.CALL,
                held_on=timezone.localdate(at),
                summary="Talked through the day and what they hope for.",
            ),
            by=self.officer,
        )

    def _end(self, registration: Registration, state: str, reason: str) -> None:
        advance(registration, state, table=states.REGISTRATION, by=self.officer, reason=reason, left_at=self.now)

    def _colleague(
        self, registration: Registration, person: dict[str, Any], row: dict[str, Any], asked_at: dt.datetime
    ) -> None:
        """A second person of the same organisation, whom staff put there: a request never attaches itself."""
        colleague = self._ask(row, person, self.events[row["event"]], asked_at)
        lonely = colleague.organisation
        Membership.objects.filter(registrations=colleague).update(
            organisation=registration.organisation, role=person["role"]
        )
        lonely.delete()

    def _open(self, email: str) -> None:
        user = partners.open_mailbox(email)
        partners.attach_people(user)
        role = next(role for role, address in _account_emails(self.content).items() if address == email)
        user.set_password(PASSWORDS[role])
        user.save(update_fields=["password"])

    def _answers(self) -> None:
        """A few answers: a yes that waits for the demo's museum, one introduction, a not now and a no."""
        accounts = self.content["accounts"]
        museum = self.organisations[accounts["museum"]]
        community = self.organisations[accounts["community"]]
        shown = Suggestion.objects.showing()
        waiting = shown.about(museum).exclude(partner=community).first()
        if waiting:
            self._say(waiting, waiting.partner, Answer.Choice.YES)
        swansea = list(shown.filter(event=self.events["swansea"])[:3])
        for suggestion, choices in zip(swansea, (("yes", "yes"), ("yes", "not_now"), ("no", "")), strict=False):
            for organisation, choice in zip((suggestion.museum, suggestion.partner), choices, strict=True):
                if choice:
                    self._say(suggestion, organisation, choice)

    def _say(self, suggestion: Suggestion, organisation: Organisation, choice: str) -> None:
        person = Person.objects.filter(memberships__organisation=organisation).earliest("pk")
        matching.answer_suggestion(suggestion, organisation=organisation, person=person, choice=choice)
