"""Letters: what waits, what left, what bounced; and the mailbox of a portal without a mail server."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pwp.journal.admin import ReadOnlyAdmin, moment, table
from pwp.outbox import services
from pwp.outbox.models import KeptMail, Message
from pwp.refusals import Refused

NAMED_REFUSALS = 10

Row = TypeVar("Row", bound=models.Model)


def act_on_each(
    request: HttpRequest, rows: Iterable[Row], act: Callable[[Row], Any], *, done: Callable[[int], str]
) -> int:
    """Try `act` on each row: count what was done, name what was refused and why. Returns how many were done."""
    count, refused = 0, []
    for row in rows:
        try:
            act(row)
        except Refused as refusal:
            refused.append(f"{row}: {refusal}")
        else:
            count += 1
    if count:
        messages.success(request, done(count))
    for words in refused[:NAMED_REFUSALS]:
        messages.warning(request, words)
    more = len(refused) - NAMED_REFUSALS
    if more > 0:
        messages.warning(request, ngettext("%d more was refused.", "%d more were refused.", more) % more)
    return count


def delivery_words(state: str | None, bounced_at: object = None) -> str:
    """What is known about a letter's way; no letter means that somebody calls."""
    if not state:
        return _("no letter: please call")
    return _("bounced") if bounced_at else str(Message.State(state).label)


def letters_to(person_code: str) -> SafeString | str:
    """The letters to one person, newest first, and what became of each."""
    letters = Message.objects.to_person(person_code).defer("text", "html", "headers", "attachments")
    return table(
        [_("Letter"), _("Became"), _("Handed over"), _("The server said")],
        [
            [
                format_html(
                    '<a href="{}">{}</a>', reverse("admin:outbox_message_change", args=[letter.pk]), letter.subject
                ),
                delivery_words(letter.state, letter.bounced_at),
                moment(letter.sent_at),
                letter.server_said,
            ]
            for letter in letters
        ],
        empty=_("No letters yet."),
    )


def as_written(text: str) -> SafeString:
    """Plain text with its line breaks; addresses in it can be clicked, everything else is escaped."""
    return mark_safe(urlize(text, autoescape=True).replace("\n", "<br>"))  # noqa: S308 urlize escapes


class DeliveryFilter(admin.SimpleListFilter):
    """The states, with `bounced` apart from the other letters that did not arrive."""

    title = gettext_lazy("what became of it")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        states = [(state.value, state.label) for state in Message.State]
        return [*states, ("bounced", gettext_lazy("bounced"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        if self.value() == "bounced":
            return queryset.filter(bounced_at__isnull=False)
        if self.value() in Message.State.values:
            return queryset.filter(state=self.value(), bounced_at__isnull=True)
        return queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["subject", "to", "became", "written", "handed_over", "attempts", "said"]
    list_per_page = 50
    list_filter = [DeliveryFilter, "language"]
    search_fields = ["to_email", "to_name", "subject", "key"]
    date_hierarchy = "created_at"
    actions = ["send_again", "cancel"]
    fields = [
        "subject",
        ("to_name", "to_email", "language"),
        ("became", "attempts", "said"),
        ("created_at", "send_after", "sent_at", "bounced_at"),
        "letter",
        "attached",
        "key",
    ]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("html", "headers")

    def has_actions_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_message")

    @admin.display(description=gettext_lazy("to"), ordering="to_email")
    def to(self, message: Message) -> SafeString:
        return format_html("{}<br><small>{}</small>", message.to_name, message.to_email)

    @admin.display(description=gettext_lazy("written"), ordering="created_at")
    def written(self, message: Message) -> str:
        return moment(message.created_at)

    @admin.display(description=gettext_lazy("handed over"), ordering="sent_at")
    def handed_over(self, message: Message) -> str:
        return moment(message.sent_at)

    @admin.display(description=gettext_lazy("became"), ordering="state")
    def became(self, message: Message) -> str:
        return delivery_words(message.state, message.bounced_at)

    @admin.display(description=gettext_lazy("what the server said"))
    def said(self, message: Message) -> str:
        return message.server_said

    @admin.display(description=gettext_lazy("text"))
    def letter(self, message: Message) -> SafeString:
        return as_written(message.text)

    @admin.display(description=gettext_lazy("attached"))
    def attached(self, message: Message) -> str:
        return ", ".join(part[0] for part in message.attachments) or _("nothing")

    @admin.action(description=gettext_lazy("Send again"), permissions=["actions"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        act_on_each(
            request,
            queryset,
            services.retry_message,
            done=lambda n: ngettext("%d letter will be sent again.", "%d letters will be sent again.", n) % n,
        )

    @admin.action(description=gettext_lazy("Do not send"), permissions=["actions"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        act_on_each(
            request,
            queryset,
            services.cancel_message,
            done=lambda n: ngettext("%d letter will not be sent.", "%d letters will not be sent.", n) % n,
        )


@admin.register(KeptMail)
class KeptMailAdmin(ReadOnlyAdmin):
    """The text alone: the HTML part says the same, and a mailbox page never runs what a letter contains."""

    list_display = ["subject", "to", "at"]
    search_fields = ["to", "subject", "text"]
    date_hierarchy = "at"
    fields = ["to", "subject", "at", "letter", "attached"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeptMail]:
        return super().get_queryset(request).defer("html")

    @admin.display(description=gettext_lazy("text"))
    def letter(self, mail: KeptMail) -> SafeString:
        return as_written(mail.text)

    @admin.display(description=gettext_lazy("attached"))
    def attached(self, mail: KeptMail) -> str:
        return ", ".join(part[0] for part in mail.attachments) or _("nothing")
