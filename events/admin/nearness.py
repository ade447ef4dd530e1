"""How near a request is, in full, and the page on which staff say otherwise."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.locality import events_nearby, locality_of
from events.models import Event, Registration
from events.services.nearness import say_how_near
from partners.admin.pages import Confirmation, ask_first, link_to, require_change

AS_LISTED = "list"


class NearnessForm(forms.Form):
    level = forms.ChoiceField(
        label=gettext_lazy("How near it counts"),
        choices=[*Registration.CountsAs.choices, (AS_LISTED, gettext_lazy("as the council list says"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=250,
        help_text=gettext_lazy("For the journal and the queue; only staff read it."),
        widget=forms.TextInput(attrs={"size": 70}),
    )


def in_full(registration: Registration) -> SafeString:
    """What was typed, how near that is, what other event is near, and the way to say otherwise."""
    organisation = registration.organisation
    typed = ", ".join(f"“{words}”" for words in (organisation.work_place, organisation.postcode) if words)
    others = Event.objects.asking_open().exclude(pk=registration.event_id).prefetch_related("areas")
    nearby = "; ".join(f"{one.event_name}: {one.level_words}" for one in events_nearby(organisation, list(others)))
    return format_html(
        '{}<br>{}<a href="{}">{}</a>',
        ": ".join(filter(None, (typed, locality_of(registration).staff_words))),
        _("Other events: %(events)s. ") % {"events": nearby} if nearby else "",
        reverse("admin:events_registration_nearness", args=[registration.pk]),
        _("Say how near it counts"),
    )


def nearness_view(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST writes it down."""
    require_change(model_admin, request)
    complete = Registration.objects.exclude(membership=None).exclude(event=None)
    registration = get_object_or_404(
        complete.select_related("event", "person", "membership__organisation").prefetch_related("event__areas"), pk=pk
    )
    back = reverse("admin:events_registration_change", args=[registration.pk])
    form = NearnessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        level = form.cleaned_data["level"]
        by: Any = request.user
        say_how_near(registration, "" if level == AS_LISTED else level, by=by, reason=form.cleaned_data["reason"])
        messages.success(request, _("Noted, with your reason."))
        return redirect(back)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("How near does this request count?"),
            explanation=_("The council list and the distance are hints; you know more. Nobody is written to."),
            button=_("Let it count so"),
            headings=[_("Person"), _("Organisation"), _("Event"), _("Now")],
            rows=[
                [
                    link_to(registration, registration.person),
                    registration.organisation,
                    registration.event,
                    locality_of(registration).staff_words,
                ]
            ],
            post_to=request.path,
            back_to=back,
            form=form,
        ),
        status=422 if form.errors else 200,
    )
