"""Entering a request for somebody who rang, or spoke through a helper: the public form, and who agreed."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from events import services
from events.asking import Agreement
from events.forms import EnterForm
from events.models import Registration
from partners.admin.pages import require_change
from partners.models.people import new_token
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState


def enter(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows the empty form; POST makes the request, once for each form that was opened."""
    require_change(model_admin, request)
    token = request.POST.get("draft") or new_token()
    form = EnterForm(request.POST or None, initial={"event": request.GET.get("event", "")})
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, form, services.draft_behind(token))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            token = new_token()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Enter a request for somebody"),
        "opts": model_admin.opts,
        "form": form,
        "token": token,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/events/registration/enter.html", context, status=status)


def _enter(request: HttpRequest, form: EnterForm, registration: Registration) -> HttpResponse:
    said = form.cleaned_data
    agreed = Agreement(
        entered_by=request.user,  # type: ignore[arg-type]  # the admin lets nobody else in
        agreed_with=said["agreed_with"],
        agreed_on=said["agreed_on"],
    )
    try:
        services.submit_request(registration, form.asked(), acknowledge=said["letter"], agreed=agreed)
    except (StaleState, NotAllowed):
        messages.warning(request, _("This form was sent before. Here is the request it made."))
    else:
        messages.success(request, _("The request was entered."))
    return redirect("admin:events_registration_change", registration.pk)
