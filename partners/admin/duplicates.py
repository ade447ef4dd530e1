"""Records that look like one: staff say whether they are the same, part of one another, or different; merges undone."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners import services
from partners.admin.pages import Confirmation, RecordAdmin, ask_first, digest, link_to, require_change, short
from partners.duplicates import Body, Likeness, words_for
from partners.models import Difference, Merge, Organisation
from partners.services.merging import CHOICES, as_it_is
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment, table
from pwp.refusals import Refused

SHOWN_AT_MOST = 200


def because(likeness: Likeness) -> str:
    """ "Looks like the same, because …" """
    reasons = "; ".join(words_for(reason) for reason in likeness.reasons)
    if likeness.is_likely:
        return _("Probably the same, because of %(reasons)s") % {"reasons": reasons}
    return _("Perhaps the same, because of %(reasons)s") % {"reasons": reasons}


def address(name: str, *keys: int) -> str:
    return reverse(f"admin:partners_organisation_{name}", args=keys)


def ways_out(one: Body, other: Body) -> SafeString:
    """What staff can say about a pair; each leads to a page that asks first."""
    ways = [
        (address("merge", one.key, other.key), _("The same: merge")),
        (address("different", one.key, other.key), _("Different")),
        (address("part", one.key, other.key), _("The first is part of the second")),
        (address("part", other.key, one.key), _("The second is part of the first")),
    ]
    return format_html_join(" · ", '<a href="{}">{}</a>', ways)


def name_link(body: Body) -> SafeString:
    return format_html('<a href="{}">{}</a>', address("change", body.key), body.name)


def looks_like(organisation: Organisation) -> SafeString | str:
    """For the page of an organisation or of a request: the records like it, and why."""
    return table(
        [_("Looks like"), _("Because"), _("What is it?")],
        [
            [name_link(other), because(likeness), ways_out(own, other)]
            for own, other, likeness in services.look_alikes_of(organisation)
        ],
        empty=_("Looks like no other record."),
    )


# --- the list of all -------------------------------------------------------------------------------------------------


def duplicates_view(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    require_change(model_admin, request)
    pairs = services.possible_duplicates()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Possible duplicates"),
        "opts": model_admin.opts,
        "count": len(pairs),
        "more": max(0, len(pairs) - SHOWN_AT_MOST),
        "rows": [
            [name_link(one), one.postcode, name_link(other), other.postcode, because(likeness), ways_out(one, other)]
            for one, other, likeness in pairs[:SHOWN_AT_MOST]
        ],
    }
    return TemplateResponse(request, "admin/partners/duplicates.html", context)


# --- saying what a pair is -------------------------------------------------------------------------------------------


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"),
        required=False,
        max_length=250,
        help_text=gettext_lazy("Somebody may ask in a year."),
        widget=forms.TextInput(attrs={"size": 70}),
    )


def _pair(first: int, second: int) -> tuple[Organisation, Organisation]:
    everyone = Organisation.objects.select_related("parent")
    return get_object_or_404(everyone, pk=first), get_object_or_404(everyone, pk=second)


def different_view(model_admin: admin.ModelAdmin, request: HttpRequest, first: int, second: int) -> HttpResponse:
    require_change(model_admin, request)
    one, other = _pair(first, second)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.say_different(one, other, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("Noted: they are different, and are not shown as look-alikes again."))
        return redirect("admin:partners_organisation_duplicates")
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("These are different?"),
            explanation=_("They are not shown as look-alikes again. Nothing else changes."),
            button=_("They are different"),
            headings=[_("Organisation"), _("Where"), _("What it is")],
            rows=_facts([one, other]),
            post_to=request.path,
            back_to=address("duplicates"),
            form=form if form.is_bound else WhyForm(),
        ),
    )


def part_view(model_admin: admin.ModelAdmin, request: HttpRequest, first: int, second: int) -> HttpResponse:
    require_change(model_admin, request)
    branch, parent = _pair(first, second)
    if request.method == "POST":
        try:
            services.make_part_of(branch, parent, by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Noted: %(branch)s is part of %(parent)s.") % _names(branch, parent))
        return redirect("admin:partners_organisation_change", branch.pk)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("%(branch)s is part of %(parent)s?") % _names(branch, parent),
            explanation=_("Both records stay. The engine does not suggest one to the other."),
            button=_("Yes, it is part of it"),
            headings=[_("Organisation"), _("Where"), _("What it is")],
            rows=_facts([branch, parent]),
            post_to=request.path,
            back_to=address("duplicates"),
        ),
    )


def _names(branch: Organisation, parent: Organisation) -> dict[str, str]:
    return {"branch": branch.name, "parent": parent.name}


def _facts(organisations: Sequence[Organisation]) -> list[list[object]]:
    return [
        [link_to(one), one.postcode or one.work_place, f"{one.get_sector_display()} {one.get_type_display()}".strip()]
        for one in organisations
    ]


# --- merging ---------------------------------------------------------------------------------------------------------


def value_of(organisation: Organisation, name: str) -> str:
    """One choice of the side-by-side page in words; "–" for nothing."""
    if name == "work_place":
        parts = [organisation.work_place, organisation.postcode, organisation.council]
        return " / ".join(part for part in parts if part) or "–"
    if name == "identifier":
        return f"{organisation.identifier_scheme} {organisation.identifier}".strip() or "–"
    if name == "description":
        return organisation.pending_description or organisation.shown_description or "–"
    value = getattr(organisation, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = getattr(organisation, f"get_{name}_display", None)
    return str(shown() if shown else value or "") or "–"


def label_of(name: str) -> str:
    return str(Organisation._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


class MergeForm(WhyForm):
    """One question for each thing the two records say differently; what only one of them says is kept unless asked."""

    def __init__(self, *args: Any, kept: Organisation, gone: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CHOICES:
            ours, theirs = value_of(kept, name), value_of(gone, name)
            if ours != theirs:
                self.fields[name] = forms.ChoiceField(
                    label=label_of(name),
                    choices=[("kept", short(ours, 120)), ("gone", short(theirs, 120))],
                    initial="gone" if ours == "–" else "kept",
                    widget=forms.RadioSelect,
                )

    def taken(self) -> dict[str, bool]:
        return {name: self.cleaned_data[name] == "gone" for name in CHOICES if name in self.fields}


def mark_of(kept: Organisation, gone: Organisation) -> str:
    return digest(*(str(as_it_is(one)["columns"]) for one in (kept, gone)))


def merge_view(model_admin: admin.ModelAdmin, request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Side by side; GET asks, POST merges what the page showed."""
    require_change(model_admin, request)
    kept, gone = _pair(first, second)
    form = MergeForm(request.POST or None, kept=kept, gone=gone)
    by: Any = request.user
    if request.method == "POST" and request.POST.get("seen") != mark_of(kept, gone):
        messages.warning(request, _("One of the two was changed since you looked. Please look again."))
        return redirect(request.path)
    if request.method == "POST" and form.is_valid():
        try:
            services.merge_organisations(kept, gone, take=form.taken(), by=by, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        messages.success(request, _("Merged. It can be taken apart again, under Merges."))
        return redirect("admin:partners_organisation_change", kept.pk)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("Merge two records?"),
            explanation=_explained(kept, gone),
            button=_("Merge"),
            headings=[_("What"), *_headings(kept, gone)],
            rows=[[label_of(name), value_of(kept, name), value_of(gone, name)] for name in CHOICES],
            post_to=request.path,
            back_to=address("duplicates"),
            seen=mark_of(kept, gone),
            form=form,
        ),
        status=422 if form.errors else 200,
    )


def _headings(kept: Organisation, gone: Organisation) -> list[str]:
    return [_("Stays: %(name)s") % {"name": kept.name}, _("Is taken up: %(name)s") % {"name": gone.name}]


def _explained(kept: Organisation, gone: Organisation) -> SafeString:
    moves = ", ".join(f"{what}: {count}" for what, count in services.what_moves(gone)) or _("nothing else")
    return format_html(
        '{} {} <a href="{}">{}</a>',
        _("Everything of the second record moves to the first, and you can take them apart again."),
        _("What moves: %(moves)s.") % {"moves": moves},
        address("merge", gone.pk, kept.pk),
        _("Let the other one stay instead"),
    )


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ["at", "gone_name", "kept", "by_name", "reason", "state"]
    list_filter = ["state"]
    list_select_related = ["kept"]
    search_fields = ["gone_name", "kept__name"]
    show_full_result_count = False
    fields = ["kept", "gone_name", "by_name", "reason", "at", "state", "way_back", "journal"]
    readonly_fields = ["way_back", "journal"]

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, merge: Merge) -> SafeString | str:
        return journal_of(merge)

    @admin.display(description=gettext_lazy("the way back"))
    def way_back(self, merge: Merge) -> SafeString | str:
        if merge.state == Merge.State.UNDONE:
            return "–"
        address = reverse("admin:partners_merge_undo", args=[merge.pk])
        return format_html('<a href="{}">{}</a>', address, _("Take apart again"))

    def get_urls(self) -> list[Any]:
        undo = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", undo, name="partners_merge_undo"), *super().get_urls()]

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require_change(self.admin_site.get_model_admin(Organisation), request)
        merge = get_object_or_404(Merge.objects.select_related("kept"), pk=pk)
        back = reverse("admin:partners_merge_change", args=[merge.pk])
        if request.method == "POST":
            try:
                services.undo_merge(merge, by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, _("They are two records again."))
            return redirect(back)
        rows = len(merge.content.get("moved", [])) + len(merge.content.get("again", []))
        return ask_first(
            self,
            request,
            Confirmation(
                title=_("Take this merge apart?"),
                explanation=ngettext(
                    "The record is there again, with the %(count)d row that moved.",
                    "The record is there again, with the %(count)d rows that moved.",
                    rows,
                )
                % {"count": rows}
                + " "
                + _("What was changed since stays as it was changed."),
                button=_("Take apart"),
                headings=[_("Stays"), _("Is there again"), _("Merged at"), _("By")],
                rows=[[link_to(merge.kept), merge.gone_name, moment(merge.at), merge.by_name]],
                post_to=request.path,
                back_to=back,
            ),
        )


@admin.register(Difference)
class DifferenceAdmin(RecordAdmin):
    """What staff said; deleting one lets the pair be shown again."""

    list_display = ["one", "other", "reason", "by", "at"]
    list_select_related = ["one", "other", "by"]
    search_fields = ["one__name", "other__name", "reason"]
    fields = readonly_fields = ["one", "other", "reason", "by", "at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.has_change_permission(request)
