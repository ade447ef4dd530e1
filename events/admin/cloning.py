"""Copying an event, or a programme for its next round: one date, and a page that says what is taken over."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import services
from events.models import Event, Programme
from partners.admin.pages import Confirmation, ask_first, require_change
from pwp.refusals import Refused


class DayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("The new day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def clone_event(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(Event, pk=pk)
    return _clone(
        model_admin,
        request,
        event,
        title=_("Copy this event to another day?"),
        explanation=_(
            "Times, venue, places, the mix, councils and texts are taken over. Requests, people and helpers are not."
        ),
        act=lambda day, by: services.clone_event(event, day, by=by),
        rows=[[event, event.held_on, event.capacity]],
    )


def clone_programme(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    programme = get_object_or_404(Programme, pk=pk)
    return _clone(
        model_admin,
        request,
        programme,
        title=_("Copy this programme for a next round?"),
        explanation=_(
            "Give the day of the first event; the others keep their distance to it. The new programme is closed until "
            "you open it. Texts, officer and thresholds are taken over; requests, people and helpers are not."
        ),
        act=lambda day, by: services.clone_programme(programme, day, by=by),
        rows=[
            [event, event.held_on, event.capacity]
            for event in programme.events.filter(cancelled_at=None).order_by("held_on", "pk")
        ],
    )


def _clone(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    original: Event | Programme,
    *,
    title: str,
    explanation: str,
    act: Any,
    rows: list[list[object]],
) -> HttpResponse:
    require_change(model_admin, request)
    route = f"admin:events_{original._meta.model_name}_change"
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = act(form.cleaned_data["day"], request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect(route, original.pk)
        messages.success(request, _("Copied. Please look at the dates and words."))
        return redirect(route, new.pk)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=title,
            explanation=explanation,
            button=_("Copy"),
            headings=[_("Event"), _("Day now"), _("Places")],
            rows=rows,
            post_to=request.path,
            back_to=reverse(route, args=[original.pk]),
            form=form,
        ),
        status=422 if form.errors else 200,
    )
