"""Calls to make: who to ring, about what, and one page for what was said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import services, states
from events.forms import asked_with_a_yes, said_with_a_yes
from events.models import Call, Event, Registration
from partners.admin.pages import (
    Confirmation,
    RecordAdmin,
    ask_first,
    link_to,
    list_address,
    read_seen,
    require_change,
    seen_rows,
)
from partners.admin.people import reach
from partners.models import User
from pwp.journal.admin import journal_of
from pwp.outbox.admin import act_on_each
from pwp.states import StaleState


class AboutCalls(forms.Form):
    """Knows the `calls` on the page."""

    def __init__(self, *args: Any, calls: Sequence[Call], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls = calls


class MadeForm(AboutCalls):
    note = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=gettext_lazy("It is kept as a conversation beside the request."),
    )
    answer = forms.ChoiceField(
        label=gettext_lazy("Their answer, if they gave one"),
        required=False,
        choices=[(services.YES, gettext_lazy("Yes, they come")), (services.NO, gettext_lazy("No, they do not come"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if any(call.why == Call.Why.PARTNERS for call in self.calls):
            del self.fields["answer"]  # that call was not about coming
        elif len(self.calls) == 1 and self.calls[0].registration.state == Registration.State.INVITED:
            self.fields |= asked_with_a_yes(self.calls[0].registration, spoken=True)
        if "membership" in self.fields:
            self.fields["membership"].required = False  # with a yes alone

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("answer") == services.YES and "membership" in self.fields and not said.get("membership"):
            self.add_error("membership", self.fields["membership"].error_messages["required"])
        return said


class WhyForm(AboutCalls):
    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"), required=False, max_length=300, widget=forms.TextInput(attrs={"size": 70})
    )


@dataclass(frozen=True)
class Deed:
    """One thing staff can do with a call."""

    slug: str
    label: Any
    explanation: Any
    to: str
    act: Callable[[Call, User, dict[str, Any]], Any]
    done: Callable[[int], str]
    form: type[AboutCalls]


MADE = Deed(
    slug="made",
    label=gettext_lazy("I have rung them"),
    explanation=gettext_lazy(
        "The call leaves the list. An answer counts like one by the button, and is marked as by phone."
    ),
    to=Call.State.MADE,
    act=lambda call, by, said: services.make_call(
        call, by=by, note=said["note"], answer=said.get("answer", ""), **said_with_a_yes(said)
    ),
    done=lambda n: ngettext("%d call is made.", "%d calls are made.", n) % n,
    form=MadeForm,
)
NOT_NEEDED = Deed(
    slug="not-needed",
    label=gettext_lazy("No call needed"),
    explanation=gettext_lazy("The call leaves the list; nothing else changes."),
    to=Call.State.NOT_NEEDED,
    act=lambda call, by, said: services.drop_call(call, by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d call is not needed.", "%d calls are not needed.", n) % n,
    form=WhyForm,
)
AGAIN = Deed(
    slug="again",
    label=gettext_lazy("Put it on the list again"),
    explanation=gettext_lazy("Nobody answered, or it was not over after all."),
    to=Call.State.TO_MAKE,
    act=lambda call, by, said: services.reopen_call(call, by=by, reason=said["reason"]),
    done=lambda n: ngettext("%d call is on the list again.", "%d calls are on the list again.", n) % n,
    form=WhyForm,
)
DEEDS = {deed.slug: deed for deed in (MADE, NOT_NEEDED, AGAIN)}


class ToMakeFilter(admin.SimpleListFilter):
    """What is to be made, unless somebody asks for more."""

    title = gettext_lazy("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", gettext_lazy("All")), *((s.value, s.label) for s in Call.State if s != Call.State.TO_MAKE)]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield next(choices) | {"display": _("To make")}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() if self.value() in Call.State.values else Call.State.TO_MAKE)


@admin.register(Call)
class CallAdmin(RecordAdmin):
    """Calls come and go by themselves and by the two buttons; nothing here is typed over."""

    list_title = gettext_lazy("Calls to make")
    list_display = ["who", "number", "event", "why", "news", "due_on", "state"]
    list_filter = [ToMakeFilter, "why", ("registration__event", admin.RelatedOnlyFieldListFilter)]
    list_per_page = 50
    search_fields = ["registration__person__name", "registration__membership__organisation__name", "note"]
    ordering = ["due_on", "pk"]
    actions = ["not_needed"]
    change_form_template = "admin/events/call/change_form.html"
    fields = readonly_fields = ["request", "number", "why", "news", "due_on", "state", "note", "made_at", "journal"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return (
            super()
            .get_queryset(request)
            .select_related("registration__person", "registration__event", "registration__membership__organisation")
        )

    @admin.display(description=gettext_lazy("whom"), ordering="registration__person__name")
    def who(self, call: Call) -> str:
        return f"{call.registration.person}, {call.registration.organisation}"

    @admin.display(description=gettext_lazy("how to reach them"))
    def number(self, call: Call) -> SafeString | str:
        return reach(call.registration.person) if call.registration.person else "–"

    @admin.display(description=gettext_lazy("event"), ordering="registration__event__held_on")
    def event(self, call: Call) -> Event | None:
        return call.registration.event

    @admin.display(description=gettext_lazy("what to tell or ask them"))
    def news(self, call: Call) -> str:
        return call.news

    @admin.display(description=gettext_lazy("request"))
    def request(self, call: Call) -> SafeString | str:
        return link_to(call.registration)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, call: Call) -> SafeString | str:
        return journal_of(call)

    def get_urls(self) -> list[Any]:
        deed = self.admin_site.admin_view(self.deed_view)
        return [path("deed/<slug:slug>/", deed, name="events_call_deed"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        call = kwargs.get("obj")
        if call is not None and self.has_change_permission(request, call):
            context["deeds"] = [deed for deed in DEEDS.values() if deed.to in states.CALL[call.state]]
        context |= {"show_save": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=NOT_NEEDED.label, permissions=["change"])
    def not_needed(self, request: HttpRequest, queryset: QuerySet[Call]) -> HttpResponse:
        return self._ask(request, NOT_NEEDED, list(queryset))

    def deed_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """GET asks about `?id=`; POST does what the page showed, once, to each call that is still as it was."""
        require_change(self, request)
        deed = DEEDS.get(slug)
        if deed is None:
            raise Http404
        if request.method != "POST":
            wanted = [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal() and len(pk) < 19]
            return self._ask(request, deed, self._calls(request, wanted))
        seen = read_seen(request.POST.get("seen", ""))
        calls = self._calls(request, seen)
        form = deed.form(request.POST, calls=calls)
        if not calls or not form.is_valid():
            return self._ask(request, deed, calls, form=form, status=422)

        def act(call: Call) -> None:
            if call.state != seen[call.pk]:
                raise StaleState(
                    _("It is “%(state)s” by now. Please look again.") % {"state": call.get_state_display()}
                )
            deed.act(call, request.user, form.cleaned_data)  # type: ignore[arg-type]

        act_on_each(request, calls, act, done=deed.done)
        return redirect(list_address(Call))

    def _calls(self, request: HttpRequest, pks: Any) -> list[Call]:
        return list(self.get_queryset(request).filter(pk__in=list(pks)).order_by("due_on", "pk"))

    def _ask(
        self, request: HttpRequest, deed: Deed, calls: list[Call], *, form: forms.Form | None = None, status: int = 200
    ) -> HttpResponse:
        chosen = [call for call in calls if deed.to in states.CALL[call.state]]
        if not chosen:
            self.message_user(request, _("There is nothing left to do about these calls."), level="warning")
            return redirect(list_address(Call))
        return ask_first(
            self,
            request,
            Confirmation(
                title=f"{deed.label}?" if len(chosen) == 1 else f"{deed.label}: {len(chosen)}",
                explanation=str(deed.explanation),
                button=str(deed.label),
                headings=[_("Whom"), _("How to reach them"), _("Event"), _("Why"), _("What to tell or ask them")],
                rows=[[self.who(c), self.number(c), self.event(c), c.get_why_display(), c.news] for c in chosen],
                post_to=reverse("admin:events_call_deed", args=[deed.slug]),
                back_to=list_address(Call),
                seen=seen_rows([(call.pk, call.state) for call in chosen]),
                form=form or deed.form(calls=chosen),
            ),
            status=status,
        )
