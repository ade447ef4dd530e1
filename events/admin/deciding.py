"""How staff decide about requests: always a page first that says who gets which letter, then one POST."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import F, Max
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import services
from events.admin import decision_forms as forms
from events.admin.decision_forms import Decided
from events.admin.decisions import DECISIONS, HOLD, INVITE, KEEP_WAITING, Decision, Said
from events.models import Registration
from events.services.places import lock_event
from partners.admin.pages import Confirmation, link_to, list_address, read_seen, require_change, seen_rows
from pwp.journal.models import Entry
from pwp.outbox.admin import act_on_each
from pwp.outbox.letters import Letter
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState

MOST_PREVIEWS = 50
ABOUT_PLACES = (INVITE, HOLD, KEEP_WAITING)  # how many are left helps to decide


def ask(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    decision: Decision,
    registrations: Sequence[Registration],
    *,
    form: Decided | None = None,
    every_letter: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page before the deed. Those for whom it is not possible are named and left out."""
    chosen = [one for one in registrations if one.person and decision.possible_for(one)]
    _name_left_out(model_admin, request, [one for one in registrations if one not in chosen])
    if not chosen:
        if not registrations:
            model_admin.message_user(request, _("Please choose at least one request."), level="warning")
        return redirect(_queue(model_admin, request))
    form = form or decision.form(registrations=chosen)
    back = reverse("admin:events_registration_change", args=[chosen[0].pk])
    confirmation = Confirmation(
        title=f"{decision.label}?" if len(chosen) == 1 else f"{decision.label}: {len(chosen)}",
        explanation=f"{decision.explanation} {_places(chosen) if decision in ABOUT_PLACES else ''}".strip(),
        button=str(decision.label),
        headings=[*_headings(decision), *([_("A sentence for this person alone")] if _sentences(form) else [])],
        rows=[[*_row(one, decision), *([form.own_field(one)] if _sentences(form) else [])] for one in chosen],
        post_to=_with_filters(model_admin, request, reverse("admin:events_registration_decide", args=[decision.slug])),
        back_to=back if len(chosen) == 1 else _queue(model_admin, request),
        seen=seen_rows(list(_marks(chosen).items())),
        form=form,
    )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": confirmation.title,
        "opts": model_admin.opts,
        "confirmation": confirmation,
        "has_letters": decision.letter is not None and any(decision.writes_to(one) for one in chosen),
        "letters": _previews(chosen, decision, form, every=every_letter),
        "gets_letters": any(decision.writes_to(one) and one.person and one.person.contact_email for one in chosen),
    }
    return TemplateResponse(request, "admin/events/registration/decide.html", context, status=status)


def _with_filters(model_admin: admin.ModelAdmin, request: HttpRequest, address: str) -> str:
    """The address, with the filters of the queue that somebody came from."""
    filters = model_admin.get_preserved_filters(request)
    return f"{address}?{filters}" if filters else address


def _queue(model_admin: admin.ModelAdmin, request: HttpRequest) -> str:
    """The queue as it was filtered when somebody left it."""
    filters = QueryDict(model_admin.get_preserved_filters(request)).get("_changelist_filters")
    return f"{list_address(Registration)}?{filters}" if filters else list_address(Registration)


def _sentences(form: Decided) -> bool:
    return any(name.startswith(forms.OWN) for name in form.fields)


def _headings(decision: Decision) -> list[object]:
    return [_("Person"), _("Letter"), _("Organisation"), _("Event"), _("State now"), _("Talks")]


def _row(registration: Registration, decision: Decision) -> list[object]:
    return [
        link_to(registration, registration.person),
        letter_words(registration) if decision.letter and decision.writes_to(registration) else _("no letter"),
        registration.organisation,
        registration.event,
        registration.get_state_display(),
        len(registration.conversations.all()) or _("none yet"),
    ]


def letter_words(registration: Registration) -> str:
    """In which language, and where to; or that somebody has to call."""
    person = registration.person
    if person is None:
        return ""
    if not person.contact_email:
        return _("no e-mail address: please call %(phone)s") % {"phone": person.phone}
    return _("in %(language)s, to %(email)s") % {
        "language": person.get_language_display(),
        "email": person.contact_email,
    }


def _previews(
    chosen: Sequence[Registration], decision: Decision, form: Decided, *, every: bool
) -> list[tuple[Registration, Letter]]:
    """The letters as they would leave: the first in each language, or everybody's."""
    if decision.letter is None:
        return []
    said = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else _initial(form)
    shown: list[tuple[Registration, Letter]] = []
    languages: set[str] = set()
    for one in chosen:
        if len(shown) == MOST_PREVIEWS or not one.person or not decision.writes_to(one):
            continue
        letter = decision.letter(one, said) if every or one.person.language not in languages else None
        if letter:
            languages.add(letter.language)
            shown.append((one, letter))
    return shown


def _initial(form: Decided) -> Said:
    return {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}


def _places(registrations: Sequence[Registration]) -> str:
    """How many places each event has left, so that nobody is surprised."""
    events = {one.event_id: one.event for one in registrations if one.event}
    return " ".join(
        _("%(event)s: %(promised)d of %(limit)d places are taken or promised.")
        % {"event": event.name, "promised": services.places_promised(event), "limit": event.invitation_limit}
        for event in events.values()
    )


def _name_left_out(model_admin: admin.ModelAdmin, request: HttpRequest, left_out: Sequence[Registration]) -> None:
    if left_out:
        words = ngettext(
            "Not possible for %d request as it is now:", "Not possible for %d requests as they are now:", len(left_out)
        )
        names = ", ".join(f"{one} ({one.get_state_display()})" for one in left_out[:10])
        model_admin.message_user(request, f"{words % len(left_out)} {names}", level="warning")


def decide(model_admin: admin.ModelAdmin, request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks about `?id=`; POST does what the page showed, once, to each row that is still as it was.

    Whoever was refused for a reason that other words, or a place more, may remove is asked about again with all that
    was typed.
    """
    require_change(model_admin, request)
    decision = DECISIONS.get(slug)
    if decision is None:
        raise Http404
    if request.method != "POST":
        wanted = [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal() and len(pk) < 19]
        return ask(model_admin, request, decision, rows_to_decide(wanted))
    seen = read_seen(request.POST.get("seen", ""))
    registrations = rows_to_decide(seen)
    form = decision.form(request.POST, registrations=registrations)
    if not registrations:
        return ask(model_admin, request, decision, [])
    if not form.is_valid():
        return ask(model_admin, request, decision, registrations, form=form, status=422)
    if "preview" in request.POST:
        return ask(model_admin, request, decision, registrations, form=form, every_letter=True)
    refused = _act_on(request, decision, registrations, seen, form.cleaned_data)
    if refused and form.fields:
        again = decision.form(request.POST, registrations=refused)
        again.is_valid()
        return ask(model_admin, request, decision, refused, form=again, status=422)
    if len(registrations) == 1:
        return redirect("admin:events_registration_change", registrations[0].pk)
    return redirect(_queue(model_admin, request))


def _act_on(
    request: HttpRequest, decision: Decision, registrations: Sequence[Registration], seen: dict[int, str], said: Said
) -> list[Registration]:
    """Do it to each row that is still as it was `seen`. Returns those refused for what may be helped."""
    refused: list[Registration] = []

    @transaction.atomic
    def act(registration: Registration) -> None:
        if not decision.possible_for(registration):
            raise NotAllowed(_("This is not possible for a request as it is now."))
        lock_event(registration)  # a page sent twice at once: the second sees what the first did
        registration.refresh_from_db(fields=["state"])
        if _marks([registration])[registration.pk] != seen[registration.pk]:
            raise StaleState(
                _("It is “%(state)s” by now. Please look again.") % {"state": registration.get_state_display()}
            )
        decision.act(registration, request.user, said)  # type: ignore[arg-type]

    def act_or_keep(registration: Registration) -> None:
        try:
            act(registration)
        except (NotAllowed, StaleState):
            raise
        except Refused:
            refused.append(registration)
            raise

    act_on_each(request, registrations, act_or_keep, done=decision.done)
    return refused


def _marks(registrations: Sequence[Registration]) -> dict[int, str]:
    """State and last line of the journal of each row: whatever is done to it changes its mark."""
    entries = Entry.objects.filter(
        subject_model=Registration._meta.label_lower, subject_pk__in=[one.pk for one in registrations]
    )
    last = dict(entries.order_by().values_list("subject_pk").annotate(Max("pk")))
    return {one.pk: f"{one.state}.{last.get(one.pk, 0)}" for one in registrations}


def rows_to_decide(pks: Any) -> list[Registration]:
    """Who waits in the order of the waiting list, then the order of the queue; with what page and letters need."""
    return list(
        Registration.objects.filter(pk__in=list(pks))
        .select_related("event__programme", "person", "membership__organisation")
        .prefetch_related("conversations")
        .order_by("event__held_on", F("waiting_since").asc(nulls_last=True), "requested_at", "pk")
    )
