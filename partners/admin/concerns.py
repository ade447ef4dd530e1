"""Reporting a concern about a text, and closing it: the text comes back, or stays hidden and its people hear why."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import services
from partners.admin.pages import Confirmation, ask_first, link_to, require_change
from partners.admin.texts import in_full
from partners.contacts import contacts
from partners.forms import ConcernForm
from partners.models import Concern, Listing, Organisation
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment
from pwp.refusals import Refused


def in_an_emergency() -> str:
    """What every page about a concern says first."""
    now = _("This box is not for emergencies. If somebody may be in danger now, call 999.")
    lead = contacts()
    if not lead.lead_phone:
        return now
    calls = _("The safeguarding lead, %(name)s, answers on %(phone)s.")
    return f"{now} {calls % {'name': lead.lead_name, 'phone': lead.lead_phone}}"


def report_link(record: Organisation | Listing) -> SafeString | str:
    """The way to report a concern; nothing while one is open."""
    if record.restricted_at is not None:
        return _("restricted since %(moment)s: a concern is open") % {"moment": moment(record.restricted_at)}
    address = reverse(f"admin:partners_{record._meta.model_name}_concern", args=[record.pk])
    return format_html('<a href="{}">{}</a>', address, _("Report a concern about this text"))


def report_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, organisation: Organisation, listing: Listing | None
) -> HttpResponse:
    require_change(model_admin, request)
    form = ConcernForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        concern = services.report_concern(
            organisation,
            listing,
            worry=form.cleaned_data["worry"],
            by=request.user,  # type: ignore[arg-type]
        )
        messages.success(request, _("The text is restricted. The safeguarding lead has been told."))
        return redirect("admin:partners_concern_change", concern.pk)
    what = listing.get_side_display() if listing else _("what they do")
    text = listing.latest_text if listing else organisation.pending_description or organisation.description
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("Report a concern about this text"),
            explanation=in_an_emergency(),
            button=_("Restrict the text and tell the lead"),
            headings=[_("Organisation"), _("What"), _("Text")],
            rows=[[link_to(organisation), what, in_full(text)]],
            post_to=request.path,
            back_to=reverse("admin:partners_organisation_change", args=[organisation.pk]),
            form=form,
        ),
        status=422 if form.errors else 200,
    )


class OpenFilter(admin.SimpleListFilter):
    """Shows what is open unless told otherwise."""

    title = gettext_lazy("state")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("closed", gettext_lazy("closed")), ("all", gettext_lazy("All"))]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield next(choices) | {"display": _("open")}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Concern]) -> QuerySet[Concern]:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() or Concern.State.OPEN)


class CloseForm(forms.Form):
    outcome = forms.CharField(
        label=gettext_lazy("What was done"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text=gettext_lazy("Only staff read this."),
    )
    text = forms.ChoiceField(
        label=gettext_lazy("The text"),
        choices=[
            ("back", gettext_lazy("is fine: it comes back")),
            ("hidden", gettext_lazy("stays hidden: its people are told why")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it stays hidden, and how to change it"),
        required=False,
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 70}),
        help_text=gettext_lazy("Its people read this in a letter and beside their text."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("text") == "hidden" and not said.get("reason", "").strip():
            self.add_error("reason", _("Please say why, so that they know what to change."))
        return said


@admin.register(Concern)
class ConcernAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "what", "reported_by", "reported_at", "state"]
    list_filter = [OpenFilter]
    list_select_related = ["organisation", "listing"]
    search_fields = ["organisation__name", "reported_by"]
    show_full_result_count = False
    fields = readonly_fields = [
        "emergency", "about", "what", "text", "worry", "reported_by", "reported_at", "state",
        "outcome", "closed_at", "close", "journal",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("in an emergency"))
    def emergency(self, concern: Concern) -> str:
        return in_an_emergency()

    @admin.display(description=gettext_lazy("organisation"))
    def about(self, concern: Concern) -> SafeString | str:
        return link_to(concern.organisation)

    @admin.display(description=gettext_lazy("what"))
    def what(self, concern: Concern) -> str:
        if concern.taken_from:
            return _("something they said")
        return str(concern.listing.get_side_display()) if concern.listing else _("what they do")

    @admin.display(description=gettext_lazy("text"))
    def text(self, concern: Concern) -> SafeString | str:
        if concern.taken_from:
            return in_full(concern.words)
        organisation = concern.organisation
        described = organisation.pending_description or organisation.description
        return in_full(concern.listing.latest_text if concern.listing else described)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, concern: Concern) -> SafeString | str:
        return journal_of(concern)

    @admin.display(description=gettext_lazy("when it is settled"))
    def close(self, concern: Concern) -> SafeString | str:
        if concern.state == Concern.State.CLOSED:
            return "–"
        address = reverse("admin:partners_concern_close", args=[concern.pk])
        return format_html('<a href="{}">{}</a>', address, _("Close this concern"))

    def get_urls(self) -> list[Any]:
        close = self.admin_site.admin_view(self.close_view)
        return [path("<int:pk>/close/", close, name="partners_concern_close"), *super().get_urls()]

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require_change(self.admin_site.get_model_admin(Listing), request)
        concern = get_object_or_404(Concern.objects.select_related("organisation", "listing"), pk=pk)
        back = reverse("admin:partners_concern_change", args=[concern.pk])
        form = CloseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            hide = form.cleaned_data["reason"] if form.cleaned_data["text"] == "hidden" else ""
            try:
                services.close_concern(
                    concern,
                    by=request.user,  # type: ignore[arg-type]
                    outcome=form.cleaned_data["outcome"],
                    hide_because=hide,
                )
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, _("The concern is closed."))
            return redirect(back)
        return ask_first(
            self,
            request,
            Confirmation(
                title=_("Close this concern?"),
                explanation=in_an_emergency(),
                button=_("Close it"),
                headings=[_("Organisation"), _("What"), _("Text"), _("The concern")],
                rows=[[self.about(concern), self.what(concern), self.text(concern), in_full(concern.worry)]],
                post_to=request.path,
                back_to=back,
                form=form,
            ),
            status=422 if form.errors else 200,
        )
