"""The day: printed lists, and who came. Officers at every event; helpers and the door at their own, else not found."""

from collections.abc import Callable
from functools import partial, wraps
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import helping, services
from events.asking import Asked
from events.models import Event, Registration
from events.models.attending import COMING, OPEN, RegistrationQuerySet
from partners.models import Organisation
from partners.models.people import Language
from pwp.refusals import Refused

R = Registration.State
HELPERS = (helping.HELPER,)
EXPECTED = (*COMING, R.INVITED)
TWICE_SECONDS = 3600
MOST_FOUND = 40  # rows of one search at the door

DayView = Callable[[admin.ModelAdmin, HttpRequest, Event], HttpResponse]


def for_roles(*roles: str) -> Callable[[DayView], Callable[..., HttpResponse]]:
    """Lets in the officer, and those who help at this event in one of `roles`; nobody else learns that it exists."""

    def wrap(view: DayView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def look(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
            return view(model_admin, request, helping.event_for(request.user, pk, roles))

        return look

    return wrap


def urls(model_admin: admin.ModelAdmin) -> list[Any]:
    pages: dict[str, Callable[..., HttpResponse]] = {
        "": day,
        "register/": register,
        "badges/": badges,
        "door/": door,
        "door/mark/": mark,
        "door/walk-in/": walk_in,
        "door/colleague/": colleague,
        "paper/": paper,
        "caterer/": caterer,
    }
    return [
        path(
            f"<int:pk>/day/{end}",
            model_admin.admin_site.admin_view(partial(view, model_admin)),
            name="_".join(["events_event", view.__name__.replace("-", "_")]),
        )
        for end, view in pages.items()
    ]


def _page(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    event: Event,
    name: str,
    title: str,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    everything = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "event": event,
        "is_officer": helping.is_officer(request.user),
        **context,
    }
    return TemplateResponse(request, f"admin/events/event/{name}.html", everything, status=status)


def people_of(event: Event, *states: str) -> RegistrationQuerySet:
    """In the order of a printed list: by name, whatever its capitals."""
    rows = Registration.objects.filter(event=event, state__in=states)
    return rows.select_related("person", "membership__organisation").order_by("person__name", "pk")


def counts_of(event: Event) -> dict[str, int]:
    """How many are in, and of how many; `promised` have not answered yet."""
    states = list(event.registrations.filter(state__in=EXPECTED).values_list("state", flat=True))
    return {
        "came": states.count(R.ATTENDED),
        "absent": states.count(R.ABSENT),
        "open": states.count(R.CONFIRMED),
        "promised": states.count(R.INVITED),
        "expected": len(states) - states.count(R.INVITED),
    }


# --- to print --------------------------------------------------------------------------------------------------------


@for_roles(*helping.ROLES)
def day(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    """Where everything of the day is; helpers see how to ring those who come, the door does not."""
    helps = helping.events_of(request.user, HELPERS).filter(pk=event.pk).exists()
    return _page(
        model_admin,
        request,
        event,
        "day",
        _("The day: %(event)s") % {"event": event},
        counts=counts_of(event),
        helps=helps,
        people=people_of(event, *EXPECTED).with_reach() if helps else [],
    )


@for_roles(*HELPERS)
def register(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    people = people_of(event, *COMING)
    return _page(
        model_admin,
        request,
        event,
        "register",
        _("Register: %(event)s") % {"event": event},
        people=people,
        empty=range(6),
    )


@for_roles(*HELPERS)
def badges(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    """One badge for each who comes; where a Welsh council is local, place and programme are in both languages."""
    welsh = event.areas.filter(council_code__startswith="W").exists()
    programme = event.programme
    places = [event.name_en, event.name_cy] if welsh else [event.name_en]
    names = [programme.name_en, programme.name_cy] if welsh else [programme.name_en]
    return _page(
        model_admin,
        request,
        event,
        "badges",
        _("Badges: %(event)s") % {"event": event},
        people=people_of(event, *COMING),
        places=list(zip(("en", "cy"), dict.fromkeys(filter(None, places)), strict=False)),
        names=list(zip(("en", "cy"), dict.fromkeys(filter(None, names)), strict=False)),
    )


def caterer(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """How many eat what. For the two roles that read needs; what leaves the house on it has no names."""
    if not request.user.has_perm("events.view_arrangement"):
        raise Http404
    event = get_object_or_404(Event, pk=pk)
    diets = services.diets_of(event)
    return _page(
        model_admin,
        request,
        event,
        "caterer",
        _("For the caterer: %(event)s") % {"event": event},
        diets=diets,
        coming=people_of(event, *COMING).count(),
        with_needs=sum(count for _words, count in diets),
    )


# --- the door --------------------------------------------------------------------------------------------------------


@for_roles(*helping.ROLES)
def door(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    """Made for a phone: a letter or a few letters of a name, and one tap."""
    words, letter = request.GET.get("q", "").strip()[:80], request.GET.get("letter", "")[:1].upper()
    people = list(people_of(event, *COMING))
    letters = sorted({_letter(one) for one in people})
    if words:
        known = people_of(event, *EXPECTED, *OPEN, R.WITHDRAWN, R.DECLINED)
        by_name = known.filter(person__name__icontains=words) | known.filter(
            membership__organisation__name__icontains=words
        )
        shown = list(by_name[:MOST_FOUND])
    elif letter:
        shown = [one for one in people if _letter(one) == letter]
    else:
        shown = people
    return _page(
        model_admin,
        request,
        event,
        "door",
        _("Door: %(event)s") % {"event": event.name},
        counts=counts_of(event),
        people=shown,
        letters=letters,
        letter=letter,
        words=words,
        too_early=event.held_on > timezone.localdate(),
    )


def _letter(registration: Registration) -> str:
    return registration.person.name[:1].upper() if registration.person else "?"


def _back_to_door(request: HttpRequest, event: Event) -> HttpResponse:
    kept = {name: request.POST[name] for name in ("letter",) if request.POST.get(name)}
    address = reverse("admin:events_event_door", args=[event.pk])
    return redirect(f"{address}?{urlencode(kept)}" if kept else address)


def _chosen(request: HttpRequest, event: Event, pk: str) -> Registration:
    rows = event.registrations.exclude(state__in=(R.DRAFT, R.MOVED)).select_related(
        "person", "membership__organisation"
    )
    return get_object_or_404(rows, pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0)


@for_roles(*helping.ROLES)
def mark(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    """One tap: came, or did not. A mark that was wrong is put right with a reason; both stay in the journal."""
    if request.method != "POST":
        return redirect("admin:events_event_door", event.pk)
    one = _chosen(request, event, request.POST.get("who", ""))
    came = request.POST.get("came") != "no"
    try:
        services.mark_attendance(one, came, by=request.user, reason=request.POST.get("reason", "")[:250])  # type: ignore[arg-type]
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        words = _("%(name)s: came.") if came else _("%(name)s: did not come.")
        messages.success(request, words % {"name": one.person})
    return _back_to_door(request, event)


CHOOSE = ("", gettext_lazy("Please choose"))


class GuestForm(forms.Form):
    """Somebody who stands at the door: as little as we need to write to them afterwards."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("phone") and not said.get("email") and not self.errors:
            self.add_error("phone", _("Give an e-mail address or a phone number."))
        return said


class WalkInForm(GuestForm):
    organisation = forms.CharField(label=gettext_lazy("Organisation"), max_length=200)
    sector = forms.ChoiceField(label=gettext_lazy("Sector"), choices=[CHOOSE, *Organisation.Sector.choices])
    language = forms.ChoiceField(label=gettext_lazy("Language for letters"), choices=[CHOOSE, *Language.choices])


@for_roles(*helping.ROLES)
def walk_in(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    form = WalkInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        asked = Asked(event=event, **said, work_place="", size="", authority="", offer="", need="", consents={})
        once = _once(event, said)
        if not cache.add(once, True, TWICE_SECONDS):
            return _back_to_door(request, event)
        try:
            services.add_walk_in(asked, by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            cache.delete(once)  # nobody was written down: the same words may be sent again
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("%(name)s: came.") % {"name": said["name"]})
        return _back_to_door(request, event)
    return _page(
        model_admin,
        request,
        event,
        "guest",
        _("Somebody who is not on the list"),
        form=form,
        explanation=_("They are written down as asked for and came. They agree to nothing by this."),
        status=422 if form.errors else 200,
    )


def _once(event: Event, said: dict[str, Any]) -> str:
    """A key for the same words at the same door: a button pressed twice is one guest."""
    return f"walk-in:{event.pk}:{sha256(repr(sorted(said.items())).encode()).hexdigest()}"


@for_roles(*helping.ROLES)
def colleague(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    """Somebody came in the place of `?who=`."""
    one = _chosen(request, event, request.GET.get("who", ""))
    form = GuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.let_colleague_in(one, services.Colleague(**form.cleaned_data), by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("%(name)s: came.") % {"name": form.cleaned_data["name"]})
        return _back_to_door(request, event)
    return _page(
        model_admin,
        request,
        event,
        "guest",
        _("A colleague came instead of %(name)s") % {"name": one.person},
        form=form,
        explanation=_("The place is theirs. Nothing is copied but the organisation."),
        status=422 if form.errors else 200,
    )


# --- from paper, the next day ----------------------------------------------------------------------------------------


@for_roles(*HELPERS)
def paper(model_admin: admin.ModelAdmin, request: HttpRequest, event: Event) -> HttpResponse:
    """The ticked register, typed in at one go. What is marked already stays as it is."""
    if request.method == "POST":
        _keep_marks(request, event)
        return redirect("admin:events_event_paper", event.pk)
    return _page(
        model_admin,
        request,
        event,
        "paper",
        _("From the paper register: %(event)s") % {"event": event},
        people=people_of(event, *COMING),
        undecided=event.registrations.filter(state__in=OPEN).count(),
        too_early=event.held_on > timezone.localdate(),
    )


def _keep_marks(request: HttpRequest, event: Event) -> None:
    kept = 0
    for one in people_of(event, R.CONFIRMED):
        said = request.POST.get(f"came_{one.pk}")
        if said not in ("yes", "no"):
            continue
        try:
            services.mark_attendance(one, said == "yes", by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, f"{one.person}: {refusal}")
        else:
            kept += 1
    messages.success(request, ngettext("%d person is marked.", "%d people are marked.", kept) % kept)
