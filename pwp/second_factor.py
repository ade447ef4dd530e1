"""A second factor for staff: without one the desk leads to the page where it is set up."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


def required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Where staff must have a second factor and this one has none: the way to set it up instead of `view`."""

    @wraps(view)
    def look(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.STAFF_MFA and request.user.is_authenticated and not is_mfa_enabled(request.user):
            messages.info(request, _("Staff sign in with a second step. Please set it up now; it takes two minutes."))
            return redirect("mfa_activate_totp")
        return view(request, *args, **kwargs)

    return look


class ActivateView(ActivateTOTPView):
    """The code that proves a new app says who one is: the codes for paper follow without asking for another."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        record_authentication(self.request, form.user, method="mfa", reauthenticated=True)
        return answer
