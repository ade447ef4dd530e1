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
from partners.models import Difference, Merge, Organisation, Person, PersonDifference, PersonMerge
from partners.people_alike import Human
from partners.services.merging import SORTS, as_it_is
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment, table
from pwp.refusals import Refused

SHOWN_AT_MOST = 200


def because(likeness: Likeness) -> str:
    """ "Looks like the same, because …" """
    reasons = "; ".join(words_for(reason) for reason in likeness.reasons)
    if likeness.is_likely:
        return _("Probably the same, because of %(reasons)s") % {"reasons": reasons}
    return _("Perhaps the same, because of %(reasons)s") % {"reasons": reasons}


def address(name: str, *keys: int, model: type[Any] = Organisation) -> str:
    return reverse(f"admin:partners_{model._meta.model_name}_{name}", args=keys)


def ways_out(one: Body | Human, other: Body | Human) -> SafeString:
    """What staff can say about a pair; each leads to a page that asks first."""
    model = Organisation if isinstance(one, Body) else Person
    ways = [
        (address("merge", one.key, other.key, model=model), _("The same: merge")),
        (address("different", one.key, other.key, model=model), _("Different")),
    ]
    if model is Organisation:
        ways += [
            (address("part", one.key, other.key), _("The first is part of the second")),
            (address("part", other.key, one.key), _("The second is part of the first")),
        ]
    return format_html_join(" · ", '<a href="{}">{}</a>', ways)


def name_link(one: Body | Human) -> SafeString:
    model = Organisation if isinstance(one, Body) else Person
    return format_html('<a href="{}">{}</a>', address("change", one.key, model=model), one.name)


def both_look_like(organisation: Organisation, person: Person | None) -> SafeString | str:
    """For the page of a request: the organisation's look-alikes, and under them those of its person, if any."""
    return format_html("{}{}", looks_like(organisation), looks_like(person, nobody="") if person else "")


def looks_like(record: Organisation | Person, *, nobody: str | None = None) -> SafeString | str:
    """For the page of an organisation, a person or a request: the records like it, and why."""
    pairs: Any = services.people_like(record) if isinstance(record, Person) else services.look_alikes_of(record)
    return table(
        [_("Looks like"), _("Because"), _("What is it?")],
        [[name_link(other), because(likeness), ways_out(own, other)] for own, other, likeness in pairs],
        empty=_("Looks like no other record.") if nobody is None else nobody,
    )


# --- the list of all -------------------------------------------------------------------------------------------------


def duplicates_view(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    require_change(model_admin, request)
    of_people = model_admin.model is Person
    pairs: Any = services.possibly_one_person() if of_people else services.possible_duplicates()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("People who may be there twice") if of_people else _("Possible duplicates"),
        "opts": model_admin.opts,
        "count": len(pairs),
        "more": max(0, len(pairs) - SHOWN_AT_MOST),
        "rows": [
            [name_link(one), _where(one), name_link(other), _where(other), because(likeness), ways_out(one, other)]
            for one, other, likeness in pairs[:SHOWN_AT_MOST]
        ],
    }
    return TemplateResponse(request, "admin/partners/duplicates.html", context)


def _where(one: Body | Human) -> str:
    return one.postcode if isinstance(one, Body) else one.reach


# --- saying what a pair is -------------------------------------------------------------------------------------------


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"),
        required=False,
        max_length=250,
        help_text=gettext_lazy("Somebody may ask in a year."),
        widget=forms.TextInput(attrs={"size": 70}),
    )


def _pair(model: type[Any], first: int, second: int) -> tuple[Any, Any]:
    everyone = model.objects.select_related(*(["parent"] if model is Organisation else []))
    return get_object_or_404(everyone, pk=first), get_object_or_404(everyone, pk=second)


def different_view(model_admin: admin.ModelAdmin, request: HttpRequest, first: int, second: int) -> HttpResponse:
    require_change(model_admin, request)
    model = model_admin.model
    one, other = _pair(model, first, second)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.say_different(one, other, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("Noted: they are different, and are not shown as look-alikes again."))
        return redirect(address("duplicates", model=model))
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("These are different?"),
            explanation=_("They are not shown as look-alikes again. Nothing else changes."),
            button=_("They are different"),
            headings=[model._meta.verbose_name, _("Where"), _("What it is")],
            rows=_facts([one, other]),
            post_to=request.path,
            back_to=address("duplicates", model=model),
            form=form if form.is_bound else WhyForm(),
        ),
    )


def part_view(model_admin: admin.ModelAdmin, request: HttpRequest, first: int, second: int) -> HttpResponse:
    require_change(model_admin, request)
    branch, parent = _pair(Organisation, first, second)
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


def _facts(records: Sequence[Organisation | Person]) -> list[list[object]]:
    return [
        [link_to(one), " · ".join(filter(None, (one.contact_email, one.phone))), _hats_of(one)]
        if isinstance(one, Person)
        else [
            link_to(one),
            one.postcode or one.work_place,
            f"{one.get_sector_display()} {one.get_type_display()}".strip(),
        ]
        for one in records
    ]


def _hats_of(person: Person) -> str:
    return ", ".join(hat.organisation.name for hat in person.memberships.select_related("organisation").order_by("pk"))


# --- merging ---------------------------------------------------------------------------------------------------------


def value_of(record: Any, name: str) -> str:
    """One choice of the side-by-side page in words; "–" for nothing."""
    if isinstance(record, Organisation) and name in ("work_place", "identifier", "description"):
        return _several_values(record, name)
    value = getattr(record, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = getattr(record, f"get_{name}_display", None)
    return str(shown() if shown else value or "") or "–"


def _several_values(organisation: Organisation, name: str) -> str:
    if name == "work_place":
        parts = [organisation.work_place, organisation.postcode, organisation.council]
        return " / ".join(part for part in parts if part) or "–"
    if name == "identifier":
        return f"{organisation.identifier_scheme} {organisation.identifier}".strip() or "–"
    return organisation.pending_description or organisation.shown_description or "–"


def label_of(model: type[Any], name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)


class MergeForm(WhyForm):
    """One question for each thing the two records say differently; what only one of them says is kept unless asked."""

    def __init__(self, *args: Any, kept: Any, gone: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = SORTS[type(kept)].choices
        for name in self.choices:
            ours, theirs = value_of(kept, name), value_of(gone, name)
            if ours != theirs:
                self.fields[name] = forms.ChoiceField(
                    label=label_of(type(kept), name),
                    choices=[("kept", short(ours, 120)), ("gone", short(theirs, 120))],
                    initial="gone" if ours == "–" else "kept",
                    widget=forms.RadioSelect,
                )

    def taken(self) -> dict[str, bool]:
        return {name: self.cleaned_data[name] == "gone" for name in self.choices if name in self.fields}


def mark_of(kept: Any, gone: Any) -> str:
    return digest(*(str(as_it_is(one)["columns"]) for one in (kept, gone)))


def merge_view(model_admin: admin.ModelAdmin, request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Side by side; GET asks, POST merges what the page showed."""
    require_change(model_admin, request)
    model = model_admin.model
    kept, gone = _pair(model, first, second)
    form = MergeForm(request.POST or None, kept=kept, gone=gone)
    by: Any = request.user
    if request.method == "POST" and request.POST.get("seen") != mark_of(kept, gone):
        messages.warning(request, _("One of the two was changed since you looked. Please look again."))
        return redirect(request.path)
    if request.method == "POST" and form.is_valid():
        try:
            merge = services.merge_records(kept, gone, take=form.taken(), by=by, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        back = address("change", merge.pk, model=type(merge))
        words = format_html('{} <a href="{}">{}</a>', _("Merged."), back, _("It can be taken apart again."))
        messages.success(request, words)
        return redirect(address("change", kept.pk, model=model))
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("Merge two records?"),
            explanation=_explained(kept, gone),
            button=_("Merge"),
            headings=[_("What"), *_headings(kept, gone)],
            rows=[
                *([label_of(model, name), value_of(kept, name), value_of(gone, name)] for name in form.choices),
                *([[_("speaks for"), _hats_of(kept), _hats_of(gone)]] if model is Person else []),
            ],
            post_to=request.path,
            back_to=address("duplicates", model=model),
            seen=mark_of(kept, gone),
            form=form,
        ),
        status=422 if form.errors else 200,
    )


def _headings(kept: Any, gone: Any) -> list[str]:
    return [_("Stays: %(name)s") % {"name": kept.name}, _("Is taken up: %(name)s") % {"name": gone.name}]


def _explained(kept: Any, gone: Any) -> SafeString:
    moves = ", ".join(f"{what}: {count}" for what, count in services.what_moves(gone)) or _("nothing else")
    if isinstance(kept, Person):
        more = _(
            "Agreed is only what neither refused; they sign in with the address that stays; mailed links keep working."
        )
    else:
        more = _("Where both were suggested to one partner, the pair that got further stays.")
    return format_html(
        '{} {} {} <a href="{}">{}</a>',
        _("Everything of the second record moves to the first, and you can take them apart again."),
        _("What moves: %(moves)s.") % {"moves": moves},
        more,
        address("merge", gone.pk, kept.pk, model=type(kept)),
        _("Let the other one stay instead"),
    )


class TakenUpAdmin(ReadOnlyAdmin):
    """Merges that were made, each with its way back."""

    list_display = ["at", "gone_name", "kept", "by_name", "reason", "state"]
    list_filter = ["state"]
    list_select_related = ["kept"]
    search_fields = ["gone_name", "kept__name"]
    show_full_result_count = False
    fields = ["kept", "gone_name", "by_name", "reason", "at", "state", "way_back", "journal"]
    readonly_fields = ["way_back", "journal"]

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, merge: Merge | PersonMerge) -> SafeString | str:
        return journal_of(merge)

    @admin.display(description=gettext_lazy("the way back"))
    def way_back(self, merge: Merge | PersonMerge) -> SafeString | str:
        if merge.state == Merge.State.UNDONE:
            return "–"
        undo = address("undo", merge.pk, model=type(merge))
        return format_html('<a href="{}">{}</a>', undo, _("Take apart again"))

    def get_urls(self) -> list[Any]:
        undo = self.admin_site.admin_view(self.undo_view)
        name = f"partners_{self.opts.model_name}_undo"
        return [path("<int:pk>/undo/", undo, name=name), *super().get_urls()]

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        merge = get_object_or_404(self.model.objects.select_related("kept"), pk=pk)
        require_change(self.admin_site.get_model_admin(type(merge.kept)), request)
        back = address("change", merge.pk, model=self.model)
        if request.method == "POST":
            try:
                services.undo_merge(merge, by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, _("They are two records again."))
            return redirect(back)
        rows = len(merge.content.get("steps", []))
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


@admin.register(Merge)
class MergeAdmin(TakenUpAdmin):
    pass


@admin.register(PersonMerge)
class PersonMergeAdmin(TakenUpAdmin):
    pass


@admin.register(Difference, PersonDifference)
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
