"""The pages that mix apps: the first page, "my page", and the words that stand behind the portal."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from events.models import Event, Registration
from matching.models import FollowUp, Introduction, Suggestion
from partners.models import Organisation, Person


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"events": Event.objects.upcoming().select_related("programme")})


@require_safe
@login_required
def my(request: HttpRequest) -> HttpResponse:
    """Everything somebody asked, was offered, and has to answer, on one page."""
    user = request.user
    registrations = (
        Registration.objects.of_user(user)
        .exclude(state=Registration.State.DRAFT)
        .select_related("event__programme", "person", "membership__organisation")
        .order_by("event__held_on")
    )
    return render(
        request,
        "my.html",
        {
            "registrations": registrations,
            "people": Person.objects.filter(user=user.pk),
            "organisations": Organisation.objects.of_user(user),
            "waiting_for_you": Suggestion.objects.waiting_for(user).count(),
            "introductions": Introduction.objects.visible_to(user).select_related(
                "suggestion__museum", "suggestion__partner", "suggestion__event"
            ),
            "follow_ups": FollowUp.objects.filter(person__user=user.pk, state=FollowUp.State.ASKED).select_related(
                "introduction__suggestion__museum", "introduction__suggestion__partner"
            ),
            "outcomes": FollowUp.Outcome.choices,
        },
    )


class Page(TemplateView):
    """A page of words: privacy, accessibility, where our place data comes from."""

    http_method_names = ["get", "head", "options"]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long. What was typed is shown, so that it can be copied; nothing is lost."""
    hidden = {"csrfmiddlewaretoken", "password", "code"}
    typed: list[tuple[str, Any]] = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in hidden
        for value in values
        if str(value).strip()
    ]
    return render(request, "403_csrf.html", {"typed": typed}, status=403)
