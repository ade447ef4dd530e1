"""A pair that was introduced: finding those nobody hears of, and writing down how it goes after a call."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching import services, states
from matching.models import Introduction
from partners.admin.pages import Confirmation, ask_first
from partners.admin.people import reach
from pwp.refusals import Refused

S = Introduction.State


class HeardFilter(admin.SimpleListFilter):
    title = gettext_lazy("what we heard")
    parameter_name = "heard"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("help", gettext_lazy("would like some help")), ("silent", gettext_lazy("nothing yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Introduction]) -> QuerySet[Introduction]:
        if self.value() == "help":
            return queryset.asking_for_help()  # type: ignore[attr-defined]
        return queryset.silent() if self.value() == "silent" else queryset  # type: ignore[attr-defined]


class SpokenForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("How it goes"), widget=forms.RadioSelect)
    said = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 70}),
        help_text=gettext_lazy("It is kept in the journal; neither side reads it."),
    )

    def __init__(self, *args: Any, introduction: Introduction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            choice for choice in S.choices if choice[0] in states.INTRODUCTION[introduction.state]
        ]


def spoken_link(introduction: Introduction) -> SafeString:
    address = reverse("admin:matching_introduction_spoken", args=[introduction.pk])
    return format_html('<a href="{}">{}</a>', address, _("We have spoken: write down how it goes"))


def spoken_view(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """After a call: the pair talks, or does not take it further."""
    if not request.user.has_perm("matching.change_introduction"):
        raise PermissionDenied
    rows = Introduction.objects.select_related("suggestion__museum", "suggestion__partner")
    introduction = get_object_or_404(rows.select_related("museum_person", "partner_person"), pk=pk)
    back = reverse("admin:matching_introduction_change", args=[pk])
    form = SpokenForm(request.POST or None, introduction=introduction)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.note_how_it_goes(introduction, said["state"], by=request.user, said=said["said"])  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Noted."))
        return redirect(back)
    people = (
        (introduction.suggestion.museum, introduction.museum_person),
        (introduction.suggestion.partner, introduction.partner_person),
    )
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("How it goes with this pair"),
            explanation=_("What you write takes the pair off today's list. Nothing is sent."),
            button=_("Keep it"),
            headings=[_("Organisation"), _("Person"), _("How to reach them")],
            rows=[[organisation, person, reach(person)] for organisation, person in people],
            post_to=request.path,
            back_to=back,
            form=form,
        ),
        status=422 if form.errors else 200,
    )
