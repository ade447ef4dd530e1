"""Letters: what waits, what left, what did not arrive and what to do about it; and the mailbox of this machine."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from pwp.journal.admin import ReadOnlyAdmin, moment
from pwp.outbox import services
from pwp.outbox.admin.frames import frame, framed, with_frames
from pwp.outbox.admin.words import act_on_each, as_written, became, note, what_to_do
from pwp.outbox.bounces import mark_bounced
from pwp.outbox.models import KeptMail, Message
from pwp.refusals import Refused

S = Message.State
HELD_UP = "held-up"


def fates(now: Any) -> dict[str, tuple[Any, Q]]:
    """What can have become of a letter, in the order of its life: a name for the address, the words, the rows."""
    waiting, whole = Q(state=S.QUEUED), Q(bounced_at=None)
    return {
        "held": (gettext_lazy("held, can be undone"), waiting & Q(send_after__gt=now, attempts=0)),
        "queued": (gettext_lazy("waiting to leave"), waiting & Q(send_after__lte=now, attempts=0)),
        "later": (gettext_lazy("will be tried again"), waiting & Q(attempts__gt=0)),
        "sending": (gettext_lazy("leaving now"), Q(state=S.SENDING)),
        "sent": (gettext_lazy("handed over"), Q(state=S.SENT, delays=0)),
        "delayed": (gettext_lazy("delayed on the way"), Q(state=S.SENT, delays__gt=0)),
        "bounced": (gettext_lazy("bounced"), Q(state=S.FAILED) & ~whole),
        "failed": (gettext_lazy("nobody knows, or given up"), Q(state=S.FAILED) & whole),
        "cancelled": (gettext_lazy("not sent"), Q(state=S.CANCELLED)),
    }


class DeliveryFilter(admin.SimpleListFilter):
    title = gettext_lazy("what became of it")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        known = [(name, words) for name, (words, _rows) in fates(timezone.now()).items()]
        return [*known, (HELD_UP, gettext_lazy("should have left"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        if self.value() == HELD_UP:
            return queryset.filter(pk__in=Message.objects.held_up(timezone.now()).values("pk"))
        fate = fates(timezone.now()).get(self.value() or "")
        return queryset.filter(fate[1]) if fate else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["subject", "to", "what_became", "to_do", "written", "handed_over", "said"]
    list_per_page = 50
    list_filter = [DeliveryFilter, "language"]
    search_fields = ["to_email", "to_name", "subject", "key"]
    date_hierarchy = "created_at"
    actions = ["send_again", "cancel"]
    fields = [
        "subject",
        ("to_name", "to_email", "language"),
        ("what_became", "attempts", "delays", "said"),
        ("created_at", "send_after", "sent_at", "bounced_at"),
        "urgent",
        "as_it_looks",
        "letter",
        "attached",
        "key",
    ]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("html", "headers")

    def has_actions_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_message")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/look/", wrap(self.look), name="outbox_message_look"),
            path("<int:pk>/act/", wrap(self.act), name="outbox_message_act"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        rows = fates(timezone.now())
        counts = Message.objects.aggregate(**{name: Count("pk", filter=q) for name, (_words, q) in rows.items()})
        summary = [(name, words, counts[name]) for name, (words, _q) in rows.items() if counts[name]]
        wrong = counts["bounced"] + counts["failed"]
        more = {"title": _("Letters"), "fates": summary, "wrong": wrong}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        message = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if message is not None:
            more = {
                "message": message,
                "what_to_do": what_to_do(message),
                "may_act": self.has_actions_permission(request),
            }
        return with_frames(super().change_view(request, object_id, form_url, {**more, **(extra_context or {})}))

    @method_decorator(require_safe)
    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part alone, for the frame on the letter's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return framed(get_object_or_404(Message.objects.only("html"), pk=pk).html)

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One of the buttons on a letter's page."""
        if not self.has_actions_permission(request):
            raise PermissionDenied
        message = get_object_or_404(Message, pk=pk)
        act = {"send": self._send, "stop": self._stop, "bounced": self._bounced}.get(request.POST.get("act", ""))
        try:
            if act:
                act(request, message)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("admin:outbox_message_change", pk)

    def _send(self, request: HttpRequest, message: Message) -> None:
        to_email = request.POST.get("to_email", "").strip()
        try:
            Message._meta.get_field("to_email").clean(to_email or message.to_email, message)  # type: ignore[union-attr]
        except ValidationError as error:
            raise Refused(error.messages[0]) from None
        corrected = to_email and to_email != message.to_email
        self._send_and_note(request, message, to_email=to_email)
        messages.success(request, _("The letter will be sent again."))
        if corrected:
            messages.warning(
                request,
                _("This letter alone goes to the new address. Correct it on the person's page too, for the next ones."),
            )

    def _send_and_note(self, request: HttpRequest, message: Message, to_email: str = "") -> None:
        before = {"email": message.to_email, "said": message.server_said or "–"}
        services.retry_message(message, to_email=to_email)
        note(request, message, _("Sent again. Before, to %(email)s: %(said)s") % before)

    def _stop(self, request: HttpRequest, message: Message) -> None:
        services.cancel_message(message)
        note(request, message, _("Not to be sent."))
        messages.success(request, _("The letter will not be sent."))

    def _bounced(self, request: HttpRequest, message: Message) -> None:
        said = " ".join(request.POST.get("said", "").split())[:250] or _("marked by staff")
        if mark_bounced(message, said=said):
            note(request, message, _("Marked as bounced: %(said)s") % {"said": said})
        messages.success(request, _("The letter is marked as bounced."))

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
    def what_became(self, message: Message) -> str:
        return became(message, timezone.now())

    @admin.display(description=gettext_lazy("what to do"))
    def to_do(self, message: Message) -> str:
        return what_to_do(message)

    @admin.display(description=gettext_lazy("what the server said"))
    def said(self, message: Message) -> str:
        return message.server_said

    @admin.display(description=gettext_lazy("as it looks"))
    def as_it_looks(self, message: Message) -> SafeString:
        return frame(reverse("admin:outbox_message_look", args=[message.pk]), _("The letter as it looks"))

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
            lambda message: self._send_and_note(request, message),
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
    list_display = ["subject", "to", "at"]
    search_fields = ["to", "subject"]  # a letter may quote words that are under a concern by now
    date_hierarchy = "at"
    fields = ["to", "subject", "at", "as_it_looks", "letter", "attached"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeptMail]:
        return super().get_queryset(request).defer("html")

    def get_urls(self) -> list[URLPattern]:
        look = self.admin_site.admin_view(self.look)
        return [path("<int:pk>/look/", look, name="outbox_keptmail_look"), *super().get_urls()]

    @method_decorator(require_safe)
    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return framed(get_object_or_404(KeptMail.objects.only("html"), pk=pk).html)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Mailbox of this machine"), **(extra_context or {})})

    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return with_frames(super().change_view(*args, **kwargs))

    @admin.display(description=gettext_lazy("as it looks"))
    def as_it_looks(self, mail: KeptMail) -> SafeString | str:
        if not mail.html:
            return _("This mail is plain text.")
        return frame(reverse("admin:outbox_keptmail_look", args=[mail.pk]), _("The letter as it looks"))

    @admin.display(description=gettext_lazy("text"))
    def letter(self, mail: KeptMail) -> SafeString:
        return as_written(mail.text)

    @admin.display(description=gettext_lazy("attached"))
    def attached(self, mail: KeptMail) -> str:
        return ", ".join(part[0] for part in mail.attachments) or _("nothing")
