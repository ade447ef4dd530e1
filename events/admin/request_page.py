"""One request in full, as its page shows it: who, what they wrote, what was said and done, every letter."""

import datetime as dt

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.admin import nearness, worries
from events.admin.invitations import invitations_of
from events.locality import locality_of
from events.models import Registration
from partners.admin.duplicates import both_look_like
from partners.admin.pages import link_to
from partners.admin.people import consents_of, reach
from partners.admin.texts import in_full
from partners.models import Membership
from pwp.journal.admin import journal_of, moment, table
from pwp.journal.models import Entry
from pwp.outbox.admin import letters_to


class RequestInFull:
    """What the page of a request shows and nobody types."""

    @admin.display(description=gettext_lazy("event"))
    def event_link(self, registration: Registration) -> SafeString | str:
        return link_to(registration.event)

    @admin.display(description=gettext_lazy("person"))
    def person_link(self, registration: Registration) -> SafeString | str:
        return link_to(registration.person)

    @admin.display(description=gettext_lazy("how to reach them"))
    def reached(self, registration: Registration) -> SafeString | str:
        return reach(registration.person) if registration.person else "–"

    @admin.display(description=gettext_lazy("language for letters"))
    def letter_language(self, registration: Registration) -> str:
        return registration.person.get_language_display() if registration.person else "–"

    @admin.display(description=gettext_lazy("what they agree to"))
    def agreed(self, registration: Registration) -> SafeString | str:
        return consents_of(registration.person) if registration.person else "–"

    @admin.display(description=gettext_lazy("organisation"))
    def organisation_link(self, registration: Registration) -> SafeString | str:
        return link_to(registration.organisation)

    @admin.display(description=gettext_lazy("looks like one we know"))
    def looks_like(self, registration: Registration) -> SafeString | str:
        return both_look_like(registration.organisation, registration.person)

    @admin.display(description=gettext_lazy("what it is"))
    def what_it_is(self, registration: Registration) -> str:
        organisation = registration.organisation
        facts = [organisation.get_sector_display(), organisation.get_type_display(), organisation.get_size_display()]
        about = [*organisation.themes.all(), *organisation.audiences.all()]
        return ", ".join(str(fact) for fact in [*facts, *about] if fact)

    @admin.display(description=gettext_lazy("where most of the work happens"))
    def place(self, registration: Registration) -> SafeString | str:
        return nearness.in_full(registration)

    @admin.display(description=gettext_lazy("can decide"))
    def can_decide(self, registration: Registration) -> SafeString | str:
        membership = registration.membership
        if membership is None:
            return "–"
        facts = [membership.get_authority_display(), membership.get_role_display(), membership.decider]
        now = ", ".join(str(fact) for fact in facts if fact)
        changes = [
            (moment(entry.at), Membership.Authority(entry.from_state).label, entry.by_name)
            for entry in Entry.objects.about(membership)
        ]
        before = _("Until %(moment)s: %(answer)s (changed by %(who)s)")
        lines = [(before % {"moment": when, "answer": answer, "who": who},) for when, answer, who in changes]
        return format_html("{}{}", now, format_html_join("", "<br><small>{}</small>", lines))

    @admin.display(description=gettext_lazy("what they wrote"))
    def texts(self, registration: Registration) -> SafeString | str:
        return table(
            [_("What"), _("As they typed it"), _("Kinds"), _("Others see"), _("Returned because")],
            [
                [
                    listing.get_side_display(),
                    in_full(
                        " · ".join(filter(None, [listing.latest_text, listing.latest_when, listing.latest_how_much]))
                    ),
                    ", ".join(str(kind) for kind in listing.kinds.all()),
                    _("the same") if listing.text and not listing.pending_text else in_full(listing.text),
                    listing.hidden_reason,
                ]
                for listing in registration.organisation.listings.filter(restricted_at=None).prefetch_related("kinds")
            ],
            empty=_("Nothing yet."),
        )

    @admin.display(description=gettext_lazy("dates"))
    def dates(self, registration: Registration) -> str:
        known = {
            _("started"): registration.started_at,
            _("asked"): registration.requested_at,
            _("confirmed"): registration.confirmed_at,
            _("left"): registration.left_at,
            _("thanked"): registration.thanked_at,
        }
        return ", ".join(f"{what} {moment(at)}" for what, at in known.items() if at)

    @admin.display(description=gettext_lazy("moved or sent by"))
    def history(self, registration: Registration) -> SafeString | str:
        """The requests this one came from and went to."""
        known = {
            _("moved from"): registration.moved_from,
            _("moved to"): getattr(registration, "moved_to", None),
            _("comes for"): registration.substitute_for,
            _("sends"): getattr(registration, "substitute", None),
        }
        links = [format_html("{} {}", what, link_to(one)) for what, one in known.items() if one]
        return format_html_join(mark_safe("<br>"), "{}", ((link,) for link in links)) or "–"

    @admin.display(description=gettext_lazy("others of this organisation"))
    def colleagues(self, registration: Registration) -> SafeString | str:
        """Who else of them asks to come to this event: places are short, and one of them may be enough."""
        others = (
            Registration.objects.filter(event=registration.event, membership__organisation=registration.organisation)
            .exclude(pk=registration.pk)
            .select_related("person", "event")
        )
        rows = ((link_to(one, one.person), one.get_state_display()) for one in others)
        return format_html_join(mark_safe("<br>"), "{} ({})", rows) or "–"

    @admin.display(description=gettext_lazy("entered for somebody"))
    def entered(self, registration: Registration) -> str:
        if registration.entered_by is None and not registration.agreed_with:
            return "–"
        return _("by %(staff)s; agreed with %(whom)s on %(day)s") % {
            "staff": registration.entered_by or _("staff"),
            "whom": registration.agreed_with,
            "day": date_format(registration.agreed_on, "SHORT_DATE_FORMAT") if registration.agreed_on else "–",
        }

    @admin.display(description=gettext_lazy("said again that they come"))
    def still_comes(self, registration: Registration) -> str:
        if registration.warm_up_sent_at is None:
            return "–"
        said = moment(registration.warm_up_answered_at) or _("no answer yet")
        return ": ".join(filter(None, (said, registration.warm_up_answer)))

    @admin.display(description=gettext_lazy("talks before it was moved"))
    def earlier_talks(self, registration: Registration) -> SafeString | str:
        talks = []
        before = registration.moved_from
        while before is not None:
            talks += list(before.conversations.all())
            before = before.moved_from
        return table(
            [_("Date"), _("How"), _("What was said"), _("Next step")],
            [
                [
                    date_format(talk.held_on, "SHORT_DATE_FORMAT"),
                    talk.get_means_display(),
                    in_full(talk.summary),
                    talk.next_step,
                ]
                for talk in talks
            ],
            empty="–",
        )

    @admin.display(description=gettext_lazy("concern"))
    def concern(self, registration: Registration) -> SafeString | str:
        return worries.report_link(registration)

    @admin.display(description=gettext_lazy("calls"))
    def calls(self, registration: Registration) -> SafeString | str:
        return table(
            [_("By"), _("Why"), _("State"), _("What was said")],
            [
                [
                    link_to(call, date_format(call.due_on, "SHORT_DATE_FORMAT")),
                    call.get_why_display(),
                    call.get_state_display(),
                    in_full(call.note),
                ]
                for call in registration.calls.all()
            ],
            empty="–",
        )

    @admin.display(description=gettext_lazy("invitations"))
    def invitations(self, registration: Registration) -> SafeString | str:
        return invitations_of(registration)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, registration: Registration) -> SafeString | str:
        return journal_of(registration)

    @admin.display(description=gettext_lazy("letters to this person"))
    def letters(self, registration: Registration) -> SafeString | str:
        return letters_to(registration.person.code) if registration.person else "–"

    @admin.display(description=gettext_lazy("as typed so far"))
    def typed(self, registration: Registration) -> SafeString | str:
        rows = [[name, value] for name, value in registration.answers.items() if value not in ("", False, None)]
        return table([_("Question"), _("Answer")], rows, empty=_("Nothing yet."))


def short_day(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATE_FORMAT")


def how_near(registration: Registration) -> str:
    """Local, near or far, the council and the distance; asks nothing of the database in lists."""
    if registration.event is None or registration.membership is None:
        return ""
    return locality_of(registration).staff_words
