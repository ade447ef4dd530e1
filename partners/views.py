"""A mailbox's own organisations and people: what they say of themselves, what they need and offer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import FormView, UpdateView

from partners import services
from partners.forms import ListingForm, OrganisationForm, PersonForm
from partners.models import Consent, Listing, Organisation, Person
from partners.typing_kept import KeepsTyping, post_signed_in
from pwp.refusals import Refused


class TypedForm(KeepsTyping):
    """Fills a form again with what was typed before the session lapsed."""

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        typed = self.typed_before()
        if self.request.method == "GET" and typed is not None:
            kwargs["data"] = typed
        return kwargs


class OrganisationUpdate(TypedForm, UpdateView):
    form_class = OrganisationForm
    template_name = "partners/organisation_form.html"

    def get_object(self, queryset: Any = None) -> Organisation:
        return get_object_or_404(Organisation.objects.of_user(self.request.user).at(self.kwargs["code"]))

    @transaction.atomic
    def form_valid(self, form: OrganisationForm) -> HttpResponse:
        organisation = form.save(commit=False)
        services.describe_organisation(
            organisation, form.cleaned_data["about"], language=organisation.language or get_language()
        )
        services.place_organisation(organisation)
        organisation.save()
        organisation.themes.set(form.cleaned_data["themes"])
        organisation.audiences.set(form.cleaned_data["audiences"])
        self.forget_typed()
        messages.success(self.request, _("Saved."))
        return redirect("partners:profile", organisation.code)


@require_safe
@login_required
def profile(request: HttpRequest, code: str) -> HttpResponse:
    """Both sides of one organisation on one page, with equal weight."""
    organisation = get_object_or_404(Organisation.objects.of_user(request.user).at(code))
    if organisation.code != code:
        return redirect("partners:profile", organisation.code)
    sides = Listing.both_sides(organisation.listings.prefetch_related("kinds"))
    return render(request, "partners/profile.html", {"organisation": organisation, "sides": sides})


class ListingEdit(TypedForm, FormView):
    """Add a line (`side` given) or change one (`code` of a listing given)."""

    template_name = "partners/listing_form.html"
    form_class = ListingForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.listing: Listing | None = None
        if not request.user.is_authenticated:
            return
        mine = Organisation.objects.of_user(request.user)
        if "side" in kwargs:
            self.organisation = get_object_or_404(mine.at(kwargs["code"]))
            self.side = kwargs["side"]
        else:
            self.listing = get_object_or_404(
                Listing.objects.filter(organisation__in=mine).select_related("organisation"), code=kwargs["code"]
            )
            self.organisation, self.side = self.listing.organisation, self.listing.side

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"side": self.side, "sector": self.organisation.sector}

    def get_initial(self) -> dict[str, Any]:
        if self.listing is None:
            return {}
        listing = self.listing
        return {
            "text": listing.latest_text,
            "kinds": list(listing.kinds.all()),
            "when": listing.latest_when,
            "how_much": listing.latest_how_much,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "organisation": self.organisation,
            "side": self.side,
            "listing": self.listing,
        }

    def form_valid(self, form: ListingForm) -> HttpResponse:
        words = services.ListingWords(
            side=self.side,
            text=form.cleaned_data["text"],
            when=form.cleaned_data["when"],
            how_much=form.cleaned_data["how_much"],
            kinds=form.cleaned_data["kinds"],
        )
        try:
            if self.listing is None:
                services.add_listing(self.organisation, words, language=get_language() or "en")
            else:
                services.edit_listing(self.listing, words)
        except Refused as refusal:
            messages.warning(self.request, str(refusal))
            return redirect("partners:profile", self.organisation.code)
        self.forget_typed()
        messages.success(self.request, _("Saved. We read new words before others see them, usually within two days."))
        return redirect("partners:profile", self.organisation.code)


@post_signed_in
def listing_delete(request: HttpRequest, code: str) -> HttpResponse:
    mine = Organisation.objects.of_user(request.user)
    listing = get_object_or_404(Listing.objects.filter(organisation__in=mine), code=code)
    organisation = listing.organisation
    try:
        services.remove_listing(listing)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Removed."))
    return redirect("partners:profile", organisation.code)


class PersonUpdate(TypedForm, UpdateView):
    """Name, phone, language, and the four choices, as easily taken back as given."""

    form_class = PersonForm
    template_name = "partners/person_form.html"

    def get_object(self, queryset: Any = None) -> Person:
        return get_object_or_404(Person.objects.filter(user=self.request.user.pk).at(self.kwargs["code"]))

    @transaction.atomic
    def form_valid(self, form: PersonForm) -> HttpResponse:
        person = form.save()
        services.record_consents(person, form.consents(), channel=Consent.Channel.PAGE)
        self.forget_typed()
        messages.success(self.request, _("Saved."))
        return redirect(reverse("my"))
