"""Typed text survives a lapsed session: a form sent after signing out is kept and shown again after signing in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

KEY = "typed_before_sign_in"


def post_signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views that only answer a POST: whose session lapsed signs in, and comes back to a page one can look at."""

    @require_POST
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        messages.info(request, _("You were signed out. Please sign in, and then press your answer again."))
        return redirect_to_login(_page_before(request))

    return wrapped


def _page_before(request: HttpRequest) -> str:
    """The page of ours that the button was on, or one's own page."""
    before = urlsplit(request.headers.get("Referer", ""))
    ours = before.netloc == request.get_host() and before.path
    return before.path if ours else reverse("my")


class KeepsTyping:
    """For form views behind a sign-in. What was typed is kept in the visitor's own session, for one return."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        if request.method == "POST":
            messages.info(request, _("You were signed out. Your words are kept: sign in, and they are here again."))
            request.session[KEY] = {request.path: request.POST.urlencode()}
        return redirect_to_login(request.get_full_path())

    def typed_before(self) -> QueryDict | None:
        """What was typed here before the session lapsed, without the lapsed form's own token."""
        kept = self.request.session.get(KEY, {}).get(self.request.path)
        return QueryDict(kept) if kept else None

    def forget_typed(self) -> None:
        self.request.session.pop(KEY, None)
