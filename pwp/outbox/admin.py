from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pwp.outbox import services
from pwp.outbox.models import KeptMail, Message
from pwp.refusals import Refused


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["subject", "to_name", "to_email", "state", "sent_at", "attempts", "server_said"]
    list_filter = ["state", "language", ("bounced_at", admin.EmptyFieldListFilter)]
    search_fields = ["to_email", "to_name", "subject", "key"]
    date_hierarchy = "created_at"
    actions = ["send_again", "cancel"]
    exclude = ["html", "headers", "attachments"]

    def has_actions_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_message")

    @admin.action(description=gettext_lazy("Send again"), permissions=["actions"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._each(request, queryset, services.retry_message, _("Will be sent again: %(count)d."))

    @admin.action(description=gettext_lazy("Do not send"), permissions=["actions"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._each(request, queryset, services.cancel_message, _("Will not be sent: %(count)d."))

    def _each(self, request: HttpRequest, queryset: QuerySet[Message], act: object, words: str) -> None:
        done = 0
        for message in queryset:
            try:
                act(message)  # type: ignore[operator]
            except Refused as refusal:
                messages.warning(request, f"{message}: {refusal}")
            else:
                done += 1
        if done:
            messages.success(request, words % {"count": done})


@admin.register(KeptMail)
class KeptMailAdmin(ReadOnlyAdmin):
    list_display = ["subject", "to", "at"]
    search_fields = ["to", "subject", "text"]
    fields = ["to", "subject", "at", "letter"]

    @admin.display(description=gettext_lazy("text"))
    def letter(self, mail: KeptMail) -> SafeString:
        return mark_safe(urlize(mail.text, autoescape=True).replace("\n", "<br>"))  # noqa: S308 urlize escapes
