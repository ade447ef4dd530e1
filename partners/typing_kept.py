"""Typed text survives a lapsed session: a form sent after signing out is kept and shown again after signing in."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict

KEY = "typed_before_sign_in"


class KeepsTyping:
    """For form views behind a sign-in. What was typed is kept in the visitor's own session, for one return."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        if request.method == "POST":
            request.session[KEY] = {request.path: request.POST.urlencode()}
        return redirect_to_login(request.get_full_path())

    def typed_before(self) -> QueryDict | None:
        """What was typed here before the session lapsed, without the lapsed form's own token."""
        kept = self.request.session.get(KEY, {}).get(self.request.path)
        return QueryDict(kept) if kept else None

    def forget_typed(self) -> None:
        self.request.session.pop(KEY, None)
