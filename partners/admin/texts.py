"""Reading what organisations wrote: the whole text, old beside new, and only then a button."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners import services
from partners.admin.pages import Confirmation, ask_first, digest, link_to, list_address, read_seen, seen_rows
from partners.models import Listing, Organisation, Person
from partners.models.records import RecordState
from pwp.journal.admin import moment, table
from pwp.journal.models import Entry
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


# --- one organisation's texts ----------------------------------------------------------------------------------------


def waiting_texts(organisation: Organisation) -> list[tuple[str, str, str]]:
    """(what it is, what others see now, the new wording) for everything of it that waits to be read."""
    texts = [
        (str(listing.get_side_display()), listing.text, listing.pending_words)
        for listing in organisation.listings.all()
        if listing.pending_text and not listing.hidden_reason and listing.restricted_at is None
    ]
    if organisation.description_waits:
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
        services.approve_texts(organisation, by=request.user)  # type: ignore[arg-type]

    act_on_each(
        request,
        Organisation.objects.filter(pk__in=seen).prefetch_related("listings"),
        approve,
        done=lambda n: (
            ngettext("The texts of %d organisation can be seen.", "The texts of %d organisations can be seen.", n) % n
        ),
    )
    return redirect(list_address(Organisation))


# --- single listings, and the description -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """One thing staff can do to texts after reading them: `possible` says to which, `act` takes (row, why, by)."""

    slug: str
    title: Any
    explanation: Any
    button: Any
    possible: Callable[[Listing], object]
    act: Callable[[Listing, str, Any], object]
    done: Callable[[int], str]
    needs_a_reason: bool = True


APPROVE = Deed(
    slug="approve",
    title=gettext_lazy("Let others see these texts?"),
    explanation=gettext_lazy("Please read them to the end. Once approved, people at the same event can see them."),
    button=gettext_lazy("They are fine: let others see them"),
    possible=lambda listing: listing.pending_text,
    act=lambda listing, reason, by: services.approve_listings([listing], by=by),
    done=lambda n: ngettext("%d text can be seen by others now.", "%d texts can be seen by others now.", n) % n,
    needs_a_reason=False,
)
RETURN = Deed(
    slug="return",
    title=gettext_lazy("Return these texts?"),
    explanation=gettext_lazy("Others go on seeing the wording of before, if there is one."),
    button=gettext_lazy("Return them"),
    possible=lambda listing: listing.pending_text,
    act=lambda listing, reason, by: services.return_listing(listing, reason=reason, by=by),
    done=lambda n: ngettext("%d text was returned.", "%d texts were returned.", n) % n,
)
HIDE = Deed(
    slug="hide",
    title=gettext_lazy("Hide these texts?"),
    explanation=gettext_lazy("Others do not see them any more. Their people get a letter with your reason."),
    button=gettext_lazy("Hide them"),
    possible=lambda listing: listing.text,
    act=lambda listing, reason, by: services.hide_listing(listing, reason=reason, by=by),
    done=lambda n: ngettext("%d text was hidden.", "%d texts were hidden.", n) % n,
)
DEEDS = {deed.slug: deed for deed in (APPROVE, RETURN, HIDE)}


def listing_mark(listing: Listing) -> str:
    return digest(listing.text, listing.pending_words)


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
    deed: Deed,
    *,
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = [listing for listing in listings if deed.possible(listing) and listing.restricted_at is None]
    if not chosen:
        model_admin.message_user(request, _("None of them has a text for that."))
        return redirect(list_address(Listing))
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=str(deed.title),
            explanation=str(deed.explanation),
            button=str(deed.button),
            headings=[_("Organisation"), _("What"), _("Others see now"), _("New")],
            rows=listing_rows(chosen),
            post_to=reverse(f"admin:partners_listing_{deed.slug}"),
            back_to=list_address(Listing),
            seen=seen_rows([(listing.pk, listing_mark(listing)) for listing in chosen]),
            form=form or (ReasonForm() if deed.needs_a_reason else forms.Form()),
        ),
        status=status,
    )


def decide_listings(model_admin: admin.ModelAdmin, request: HttpRequest, deed: Deed) -> HttpResponse:
    """Do to the listings what a page asked about; what changed since is refused."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    seen = read_seen(request.POST.get("seen", ""))
    listings = list(Listing.objects.filter(pk__in=seen).select_related("organisation"))
    form = ReasonForm(request.POST) if deed.needs_a_reason else forms.Form(request.POST)
    if not form.is_valid():
        return ask_about_listings(model_admin, request, listings, deed, form=form, status=422)

    def act(listing: Listing) -> None:
        if listing_mark(listing) != seen[listing.pk] or listing.restricted_at is not None:
            raise Refused(_("This text has changed, or was approved, since you read it. Please look again."))
        deed.act(listing, form.cleaned_data.get("reason", ""), request.user)

    act_on_each(request, listings, act, done=deed.done)
    return redirect(list_address(Listing))


def decide_description(
    model_admin: admin.ModelAdmin, request: HttpRequest, organisation: Organisation, deed: Deed
) -> HttpResponse:
    """Return or hide what an organisation says of itself: GET asks why, POST does it."""
    back = reverse("admin:partners_organisation_change", args=[organisation.pk])
    mark = digest(organisation.description, organisation.pending_description)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = services.hide_description if deed is HIDE else services.return_description
        try:
            if request.POST.get("seen") != mark:
                raise Refused(_("This text has changed, or was approved, since you read it. Please look again."))
            act(organisation, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, deed.done(1))
        return redirect(back)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=str(deed.title),
            explanation=str(deed.explanation),
            button=str(deed.button),
            headings=[_("Organisation"), _("Others see now"), _("New")],
            rows=[
                [link_to(organisation), in_full(organisation.description), in_full(organisation.pending_description)]
            ],
            post_to=request.path,
            back_to=back,
            seen=mark,
            form=form,
        ),
        status=422 if form.errors else 200,
    )


def history_of(record: Organisation | Listing | Person) -> SafeString | str:
    """What staff decided about a record and its texts: who, when, why."""

    def words(state: str) -> object:
        return dict(RecordState.choices).get(state, state)

    return table(
        [_("When"), _("From"), _("To"), _("By"), _("Why")],
        [
            [moment(entry.at), words(entry.from_state), words(entry.to_state), entry.by_name, entry.why]
            for entry in Entry.objects.about(record)
        ],
        empty=_("Nothing has happened yet."),
    )
