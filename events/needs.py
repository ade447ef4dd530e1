"""The page where somebody who is invited says what they need to take part. Private, optional, and soon forgotten."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from events import services
from events.models import Arrangement, Registration
from events.views import behind_link, link_not_valid
from pwp.refusals import Refused

Kind = Arrangement.Kind
QUESTIONS: dict[Kind, tuple[Any, Any]] = {
    Kind.ACCESS: (
        gettext_lazy("Getting in and around (optional)"),
        gettext_lazy("For example a ramp, a seat near the door, large print, a hearing loop."),
    ),
    Kind.LANGUAGE: (
        gettext_lazy("Language or an interpreter (optional)"),
        gettext_lazy("For example British Sign Language, or Welsh."),
    ),
    Kind.QUIET: (gettext_lazy("A quiet space (optional)"), gettext_lazy("A room to rest in, or breaks.")),
    Kind.DIET: (
        gettext_lazy("Food and drink (optional)"),
        gettext_lazy("The caterer reads how many need what, and no names."),
    ),
    Kind.COST: (
        gettext_lazy("Help with costs (optional)"),
        gettext_lazy("For example travel, or somebody to look after a child."),
    ),
    Kind.OTHER: (gettext_lazy("Something else (optional)"), ""),
}


class NeedsForm(forms.Form):
    """One box for each kind, all optional; with words in any of them the agreement is needed too."""

    agree = forms.BooleanField(
        label=gettext_lazy("I agree that you keep what I wrote here until thirty days after the event."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, (label, help_text) in QUESTIONS.items():
            self.fields[kind.value] = forms.CharField(
                label=label,
                help_text=help_text,
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.order_fields([*(kind.value for kind in QUESTIONS), "agree"])

    def words(self) -> dict[str, str]:
        return {kind: self.cleaned_data.get(kind, "") for kind in Kind.values}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if any(self.words().values()) and not said.get("agree"):
            self.add_error("agree", _("Please tick this, or leave the boxes empty: we keep nothing without it."))
        return said


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_needs(request: HttpRequest, token: str) -> HttpResponse:
    registration = behind_link(token)
    if registration is None:
        return link_not_valid(request)
    form = _form(request, registration)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_needs(registration, form.words())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Thank you. We will see to it, and ring you where something is not clear."))
        return redirect("events:request-detail", token)
    context = {
        "registration": registration,
        "event": registration.event,
        "token": token,
        "form": form,
        "is_open": services.may_say_needs(registration),
    }
    return render(request, "events/request_needs.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, registration: Registration) -> NeedsForm:
    if request.method == "POST":
        return NeedsForm(request.POST)
    known = {need.kind: need.words for need in registration.arrangements.all()}
    return NeedsForm(initial={**known, "agree": bool(known)})
