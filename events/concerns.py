"""A participant is worried about words of somebody else: one short page, and the words are gone until staff looked."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.generic import FormView

from events.seeing import seen_by
from partners import services
from partners.contacts import contacts
from partners.forms import ConcernForm
from partners.models import Listing, Organisation
from partners.views import TypedForm


class ReportConcern(TypedForm, FormView):
    """About one line (`line` is its code), or about what an organisation says of itself."""

    template_name = "events/concern_form.html"
    form_class = ConcernForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not request.user.is_authenticated:
            return
        seen = Organisation.objects.filter(seen_by(request.user))
        self.organisation = get_object_or_404(seen.at(kwargs["code"]))
        self.line: Listing | None = None
        if "line" in kwargs:
            lines = Listing.objects.exclude(text="").filter(organisation=self.organisation)
            self.line = get_object_or_404(lines, code=kwargs["line"])
        elif not self.organisation.description:
            raise Http404
        # Somebody who was writing while another person reported the same words may still send what they wrote.
        if (self.line or self.organisation).restricted_at and request.method != "POST":
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        about = self.line or self.organisation
        words = self.line.text if self.line else self.organisation.description
        return super().get_context_data(**kwargs) | {
            "organisation": self.organisation,
            "text": "" if about.restricted_at else words,
            "language": self.line.language if self.line else self.organisation.language,
            "contacts": contacts(),
        }

    def form_valid(self, form: ConcernForm) -> HttpResponse:
        services.report_concern(
            self.organisation,
            self.line,
            worry=form.cleaned_data["worry"],
            by=self.request.user,  # type: ignore[arg-type]
        )
        self.forget_typed()
        messages.success(self.request, _("Thank you. Nobody sees these words until we have looked at them."))
        return redirect(self.organisation)
