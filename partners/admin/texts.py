"""Reading what organisations wrote: the whole text, old beside new, and only then a button."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners import services
from partners.admin.pages import Confirmation, ask_first, digest, link_to, list_address, read_seen, seen_rows
from partners.models import Listing, Organisation
from pwp.outbox.admin import act_on_each
from pwp.refusals import Refused


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why, and what would help"),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 70}),
        help_text=gettext_lazy("Their people read this beside their text and can change it."),
    )


def in_full(text: str) -> SafeString | str:
    return mark_safe(linebreaks(text, autoescape=True)) if text else _("nothing yet")  # noqa: S308 linebreaks escapes


def note(request: HttpRequest, row: models.Model, words: str) -> None:
    """Keep who did it in the history of the row."""
    who: Any = request.user.pk
    LogEntry.objects.log_actions(who, [row], CHANGE, change_message=words, single_object=True)


# --- one organisation's texts ----------------------------------------------------------------------------------------


def waiting_texts(organisation: Organisation) -> list[tuple[str, str, str]]:
    """(what it is, what others see now, the new wording) for everything of it that waits to be read."""
    texts = [
        (str(listing.get_side_display()), listing.text, listing.pending_words)
        for listing in organisation.listings.all()
        if listing.pending_text
    ]
    if organisation.pending_description:
        texts.append((_("what they do"), organisation.description, organisation.pending_description))
    return texts


def mark_of(organisation: Organisation) -> str:
    return digest(*(new for _what, _old, new in waiting_texts(organisation)))


def ask_to_approve(
    model_admin: admin.ModelAdmin, request: HttpRequest, organisations: Iterable[Organisation], *, back_to: str
) -> HttpResponse:
    """The texts of some organisations, to be read before others may see them."""
    chosen = [organisation for organisation in organisations if waiting_texts(organisation)]
    if not chosen:
        model_admin.message_user(request, _("None of them has a text that waits to be read."))
        return redirect(back_to)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("Let others see these texts?"),
            explanation=_("Please read them to the end. Once approved, people at the same event can see them."),
            button=_("They are fine: let others see them"),
            headings=[_("Organisation"), _("What"), _("Others see now"), _("New")],
            rows=[
                [link_to(organisation), what, in_full(old), in_full(new)]
                for organisation in chosen
                for what, old, new in waiting_texts(organisation)
            ],
            post_to=reverse("admin:partners_organisation_approve"),
            back_to=back_to,
            seen=seen_rows([(organisation.pk, mark_of(organisation)) for organisation in chosen]),
        ),
    )


def approve_seen(request: HttpRequest) -> HttpResponse:
    """Approve the texts a page showed; what changed since is refused."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    seen = read_seen(request.POST.get("seen", ""))

    def approve(organisation: Organisation) -> None:
        if mark_of(organisation) != seen[organisation.pk]:
            raise Refused(_("These texts have changed, or were approved, since you read them. Please look again."))
        if services.approve_texts(organisation):
            note(request, organisation, _("Texts approved."))

    act_on_each(
        request,
        Organisation.objects.filter(pk__in=seen).prefetch_related("listings"),
        approve,
        done=lambda n: (
            ngettext("The texts of %d organisation can be seen.", "The texts of %d organisations can be seen.", n) % n
        ),
    )
    return redirect(list_address(Organisation))


# --- single listings -------------------------------------------------------------------------------------------------


def listing_rows(listings: Sequence[Listing]) -> list[list[object]]:
    return [
        [
            link_to(listing.organisation),
            listing.get_side_display(),
            in_full(listing.text),
            in_full(listing.pending_words),
        ]
        for listing in listings
    ]


def ask_about_listings(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    listings: Sequence[Listing],
    *,
    returning: bool,
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = [listing for listing in listings if listing.pending_text]
    if not chosen:
        model_admin.message_user(request, _("None of them has a text that waits to be read."))
        return redirect(list_address(Listing))
    name = "return" if returning else "approve"
    words = (
        (_("Return these texts?"), _("Others go on seeing the wording of before, if there is one."), _("Return them"))
        if returning
        else (
            _("Let others see these texts?"),
            _("Please read them to the end. Once approved, people at the same event can see them."),
            _("They are fine: let others see them"),
        )
    )
    title, explanation, button = words
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=title,
            explanation=explanation,
            button=button,
            headings=[_("Organisation"), _("What"), _("Others see now"), _("New")],
            rows=listing_rows(chosen),
            post_to=reverse(f"admin:partners_listing_{name}"),
            back_to=list_address(Listing),
            seen=seen_rows([(listing.pk, digest(listing.pending_words)) for listing in chosen]),
            form=form or (ReasonForm() if returning else forms.Form()),
        ),
        status=status,
    )


def decide_listings(model_admin: admin.ModelAdmin, request: HttpRequest, *, returning: bool) -> HttpResponse:
    """Approve or return the listings a page showed; what changed since is refused."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    seen = read_seen(request.POST.get("seen", ""))
    listings = list(Listing.objects.filter(pk__in=seen).select_related("organisation"))
    form = ReasonForm(request.POST) if returning else forms.Form(request.POST)
    if not form.is_valid():
        return ask_about_listings(model_admin, request, listings, returning=True, form=form, status=422)

    def decide(listing: Listing) -> None:
        if digest(listing.pending_words) != seen[listing.pk]:
            raise Refused(_("This text has changed, or was approved, since you read it. Please look again."))
        if returning:
            services.return_listing(listing, reason=form.cleaned_data["reason"])
            note(request, listing, _("Text returned: %(reason)s") % form.cleaned_data)
        elif services.approve_listings([listing]):
            note(request, listing, _("Text approved."))

    act_on_each(request, listings, decide, done=_returned if returning else _approved)
    return redirect(list_address(Listing))


def _approved(count: int) -> str:
    return ngettext("%d text can be seen by others now.", "%d texts can be seen by others now.", count) % count


def _returned(count: int) -> str:
    return ngettext("%d text was returned.", "%d texts were returned.", count) % count
