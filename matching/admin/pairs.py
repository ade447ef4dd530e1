"""A pair that was introduced: finding those nobody hears of, and writing down how it goes after a call."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching import services
from matching.models import FollowUp, Introduction
from partners.admin.pages import Confirmation, ask_first
from partners.admin.people import reach
from pwp.refusals import Refused


class HeardFilter(admin.SimpleListFilter):
    title = gettext_lazy("what we heard")
    parameter_name = "heard"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("help", gettext_lazy("would like some help")), ("silent", gettext_lazy("no answer to our question"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Introduction]) -> QuerySet[Introduction]:
        if self.value() == "help":
            return queryset.asking_for_help()  # type: ignore[attr-defined]
        return queryset.silent(timezone.now()) if self.value() == "silent" else queryset  # type: ignore[attr-defined]


class SpokenForm(forms.Form):
    person = forms.ChoiceField(label=gettext_lazy("Whom you spoke to"), widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it goes"), choices=FollowUp.Outcome.choices, widget=forms.RadioSelect
    )
    said = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 70}),
        help_text=gettext_lazy(
            "It is kept in the journal; neither side reads it. Where we asked them, it counts as their answer."
        ),
    )

    def __init__(self, *args: Any, introduction: Introduction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = {person.code: person for person in introduction.people()}
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            (code, f"{person}, {introduction.side_of(person)}") for code, person in people.items()
        ]


def spoken_link(introduction: Introduction) -> SafeString:
    address = reverse("admin:matching_introduction_spoken", args=[introduction.pk])
    return format_html('<a href="{}">{}</a>', address, _("We have spoken: write down how it goes"))


def spoken_view(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """After a call: what one of the two said of how it goes."""
    if not request.user.has_perm("matching.change_introduction"):
        raise PermissionDenied
    rows = Introduction.objects.select_related("suggestion__museum", "suggestion__partner")
    introduction = get_object_or_404(rows.select_related("museum_person", "partner_person"), pk=pk)
    back = reverse("admin:matching_introduction_change", args=[pk])
    form = SpokenForm(request.POST or None, introduction=introduction)
    if request.method == "POST" and form.is_valid():
        heard = form.cleaned_data
        person = next(person for person in introduction.people() if person.code == heard["person"])
        try:
            services.note_how_it_goes(introduction, person, heard["outcome"], by=request.user, said=heard["said"])  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Noted."))
        return redirect(back)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("How it goes with this pair"),
            explanation=_(
                "What you write takes the pair off today's list. A letter goes only where they do not take it further: "
                "it thanks both, after an hour."
            ),
            button=_("Keep it"),
            headings=[_("Organisation"), _("Person"), _("How to reach them")],
            rows=[[introduction.side_of(person), person, reach(person)] for person in introduction.people()],
            post_to=request.path,
            back_to=back,
            form=form,
        ),
        status=422 if form.errors else 200,
    )
