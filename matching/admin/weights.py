"""Sets of weights: what each does, trying one, putting it in use; and what answers teach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.models import Event
from matching import engine
from matching.admin.lessons import calibration_words, learnt_words, taught
from matching.admin.weight_words import ALL, GROUPS, SHARED, Described
from matching.models import MatchRun, WeightSet
from matching.services import proposals
from matching.tasks import score_requested_runs
from partners.admin.pages import Confirmation, ask_first, link_to, seen_rows
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment, table
from pwp.refusals import Refused
from pwp.states import StaleState
from pwp.waking import wake

State = WeightSet.State


class WeightsForm(forms.Form):
    """Every weight, with the bounds that make sense; what goes together is checked together."""

    def __init__(self, *args: Any, weights: Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, initial=dict(weights))
        for one in ALL.values():
            field = forms.IntegerField if one.whole else forms.FloatField
            self.fields[one.name] = field(
                label=one.label,
                help_text=one.does,
                min_value=one.least,
                max_value=one.most,
                widget=forms.NumberInput(attrs={"step": "1" if one.whole else "any"}),
            )
        self.fields["note"] = forms.CharField(
            label=_("Why"), max_length=300, required=False, widget=forms.TextInput(attrs={"size": 70})
        )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, [self[one.name] for one in described]) for title, described in GROUPS]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return said
        for names in SHARED:
            if not any(said[name] for name in names):
                self.add_error(names[0], _("One of these must be above 0: %(names)s.") % {"names": _labels(names)})
        if said["worth_a_talk"] > said["strong"]:
            self.add_error("worth_a_talk", _("Must not be above “Strong from”."))
        if not self.errors:
            try:
                said["weights"] = engine.Weights(**{name: said[name] for name in ALL})
            except ValueError as error:
                self.add_error(None, _("The engine cannot work with these weights: %(why)s") % {"why": error})
        return said


def _labels(names: Sequence[str]) -> str:
    return ", ".join(str(ALL[name].label) for name in names)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, widget=forms.TextInput(attrs={"size": 70}))


class TryForm(forms.Form):
    event = forms.ModelChoiceField(Event.objects.none(), label=gettext_lazy("Event"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events = Event.objects.filter(held_on__gte=timezone.localdate()).order_by("held_on")
        self.fields["event"].queryset = events  # type: ignore[attr-defined]


@admin.register(WeightSet)
class WeightSetAdmin(ReadOnlyAdmin):
    list_display = ["name", "in_use", "state", "source", "differs", "note", "made_by"]
    list_filter = ["state", "source"]
    show_full_result_count = False
    view_on_site = False
    change_form_template = "admin/matching/weightset/change_form.html"
    change_list_template = "admin/matching/weightset/change_list.html"
    fields = [
        ("state", "source"),
        ("made_by", "made"),
        "note",
        "evidence_shown",
        "weights",
        "trials",
        "calibration_shown",
        "journal",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def may_decide(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.display(description=gettext_lazy("set"), ordering="made_at")
    def name(self, weight_set: WeightSet) -> str:
        return str(weight_set)

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def in_use(self, weight_set: WeightSet) -> bool:
        return weight_set.state == State.IN_USE

    @admin.display(description=gettext_lazy("other than as delivered"))
    def differs(self, weight_set: WeightSet) -> str:
        changed = changed_weights(asdict(engine.DEFAULT), weight_set.values)
        return ", ".join(f"{ALL[name].label} {new:g}" for name, _old, new in changed) or _("nothing")

    @admin.display(description=gettext_lazy("made at"))
    def made(self, weight_set: WeightSet) -> str:
        return moment(weight_set.made_at)

    @admin.display(description=gettext_lazy("what speaks for it"))
    def evidence_shown(self, weight_set: WeightSet) -> SafeString | str:
        if weight_set.source != WeightSet.Source.LEARNT:
            return _("It was not learnt from answers. Try it on an event to see what it would change.")
        return learnt_words(weight_set.evidence)

    @admin.display(description=gettext_lazy("weights"))
    def weights(self, weight_set: WeightSet) -> SafeString:
        ours, used = _values(weight_set), _values(WeightSet.objects.in_use())
        headings = [_("Weight"), _("What it does"), _("This set"), _("In use"), _("As delivered")]
        return format_html_join(
            "",
            "<h3>{}</h3>{}",
            (
                (title, table(headings, [_weight_row(one, ours, used) for one in described], empty=""))
                for title, described in GROUPS
            ),
        )

    @admin.display(description=gettext_lazy("where it was tried"))
    def trials(self, weight_set: WeightSet) -> SafeString | str:
        runs = weight_set.runs.filter(trial=True).select_related("event").without_contents()
        return table(
            [_("Event"), _("State"), _("Asked for"), _("What it would change")],
            [
                [run.event, link_to(run, run.get_state_display()), moment(run.requested_at), changes(run)]
                for run in runs
            ],
            empty=_("Nowhere yet. A trial scores an event with these weights and changes nothing that people see."),
        )

    @admin.display(description=gettext_lazy("what a score is worth"))
    def calibration_shown(self, weight_set: WeightSet) -> SafeString | str:
        return calibration_words(weight_set)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, weight_set: WeightSet) -> SafeString | str:
        return journal_of(weight_set)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        may = self.may_decide(request)
        state = kwargs["obj"].state  # there is always one: adding has a page of its own
        context |= {
            "may_try": may,
            "may_use": may and state != State.IN_USE,
            "may_put_away": may and state == State.PROPOSED,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- a new set

    def get_urls(self) -> list[Any]:
        def wrap(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("lessons/", wrap(self.lessons_view), name="matching_weightset_lessons"),
            path("<int:pk>/try/", wrap(self.try_view), name="matching_weightset_try"),
            path("<int:pk>/use/", wrap(self.use_view), name="matching_weightset_use"),
            path("<int:pk>/put-away/", wrap(self.put_away_view), name="matching_weightset_put_away"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A change is a new set, to be tried and decided on; it begins with the one in use, or with `?from=`."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = WeightsForm(request.POST or None, weights=_values(_begun_from(request.GET.get("from", ""))))
        if request.method == "POST" and form.is_valid():
            try:
                made = proposals.propose(
                    form.cleaned_data["weights"],
                    source=WeightSet.Source.STAFF,
                    by=request.user,  # type: ignore[arg-type]
                    note=form.cleaned_data["note"],
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Proposed. Nothing has changed yet: try it, then put it in use."))
                return redirect("admin:matching_weightset_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("A new set of weights"),
            "opts": self.opts,
            "form": form,
        }
        template = "admin/matching/weightset/new.html"
        return TemplateResponse(request, template, context, status=422 if form.errors else 200)

    # --- decisions

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        weight_set = self._to_decide(request, pk)
        form = TryForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            run = proposals.try_out(weight_set, form.cleaned_data["event"], by=str(request.user))
            wake(score_requested_runs)
            messages.success(request, _("Asked for. When it is done, “What changed” compares it with what is shown."))
            return redirect("admin:matching_matchrun_change", run.pk)
        question = Confirmation(
            title=_("Try these weights?"),
            explanation=_("An event is scored with them for staff to look at. Nobody sees other suggestions for it."),
            button=_("Try them"),
            **_changed_rows(weight_set),
            post_to=request.path,
            back_to=_page(weight_set),
            form=form,
        )
        return ask_first(self, request, question, status=422 if form.errors else 200)

    def use_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        weight_set = self._to_decide(request, pk)

        def act(reason: str) -> str:
            runs = proposals.put_in_use(weight_set, by=request.user, reason=reason)  # type: ignore[arg-type]
            wake(score_requested_runs)
            said = ngettext("In use. %d event is scored anew.", "In use. %d events are scored anew.", len(runs))
            return said % len(runs)

        return self._decide(
            request,
            weight_set,
            title=_("Put these weights in use?"),
            explanation=_("Events to come are scored anew, and lists change. The set before stays to go back to."),
            button=_("Put in use"),
            act=act,
        )

    def put_away_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        weight_set = self._to_decide(request, pk)

        def act(reason: str) -> str:
            proposals.put_away(weight_set, by=request.user, reason=reason)  # type: ignore[arg-type]
            return _("Put away. It stays here, in case you change your mind.")

        return self._decide(
            request,
            weight_set,
            title=_("Put this set away?"),
            explanation=_("Nothing that people see changes."),
            button=_("Put away"),
            act=act,
        )

    def _to_decide(self, request: HttpRequest, pk: int) -> WeightSet:
        if not self.may_decide(request):
            raise PermissionDenied
        return get_object_or_404(WeightSet, pk=pk)

    def _decide(
        self,
        request: HttpRequest,
        weight_set: WeightSet,
        *,
        title: str,
        explanation: str,
        button: str,
        act: Callable[[str], str],
    ) -> HttpResponse:
        """GET asks why and shows what would change; POST does it, if it is still what the page showed."""
        used = WeightSet.objects.in_use()
        seen = seen_rows([(one.pk, one.state) for one in (weight_set, used) if one])
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                if request.POST.get("seen") != seen:
                    raise StaleState(_("Somebody else was faster. Please look at the page again."))
                messages.success(request, act(form.cleaned_data["reason"]))
            except Refused as refusal:
                messages.warning(request, str(refusal))
            return redirect(_page(weight_set))
        question = Confirmation(
            title=title,
            explanation=explanation,
            button=button,
            **_changed_rows(weight_set),
            post_to=request.path,
            back_to=_page(weight_set),
            seen=seen,
            form=form,
        )
        return ask_first(self, request, question, status=422 if form.errors else 200)

    # --- what answers teach

    def lessons_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("What answers teach"),
            "opts": self.opts,
            **taught(),
        }
        return TemplateResponse(request, "admin/matching/weightset/lessons.html", context)


def _begun_from(pk: str) -> WeightSet | None:
    chosen = WeightSet.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    return chosen or WeightSet.objects.in_use()


def _values(weight_set: WeightSet | None) -> dict[str, float]:
    """Every weight of a set, also of one the engine refuses; one that it was made without is as delivered."""
    said = weight_set.values if weight_set else {}
    return {name: said.get(name, delivered) for name, delivered in asdict(engine.DEFAULT).items()}


def _page(weight_set: WeightSet) -> str:
    return reverse("admin:matching_weightset_change", args=[weight_set.pk])


def _number(value: float) -> str:
    return f"{value:g}"


def _weight_row(one: Described, ours: Mapping[str, float], used: Mapping[str, float]) -> list[object]:
    """A weight that differs from the one in use stands out."""
    value = _number(ours[one.name])
    changed = ours[one.name] != used[one.name]
    return [
        one.label,
        one.does,
        format_html("<strong>{}</strong>", value) if changed else value,
        _number(used[one.name]),
        _number(getattr(engine.DEFAULT, one.name)),
    ]


def changed_weights(old: Mapping[str, float], new: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """(name, old, new) of the weights that differ; one that a set was made without is as delivered."""
    known = asdict(engine.DEFAULT)
    return [
        (name, before, after)
        for name in ALL
        for before, after in [(old.get(name, known[name]), new.get(name, known[name]))]
        if before != after
    ]


def _changed_rows(weight_set: WeightSet) -> dict[str, Any]:
    used = WeightSet.objects.in_use()
    changed = changed_weights(used.values if used else {}, weight_set.values)
    return {
        "headings": [_("Weight"), _("What it does"), _("In use"), _("This set")],
        "rows": [[ALL[name].label, ALL[name].does, _number(old), _number(new)] for name, old, new in changed],
    }


def changes(run: MatchRun) -> SafeString | str:
    """A link to what a trial would change, once that is known."""
    if run.state != MatchRun.State.DONE:
        return _("not known yet")
    address = reverse("admin:matching_matchrun_changes", args=[run.pk])
    return format_html('<a href="{}">{}</a>', address, _("Compared with what is shown now"))
