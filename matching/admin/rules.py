"""Rules for pairs: making one, from a form or from a suggestion, and lifting it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from matching.models import PairRule, Suggestion
from matching.services import rules
from matching.tasks import score_requested_runs
from partners.admin.pages import Confirmation, ask_first, link_to
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment, table
from pwp.refusals import Refused
from pwp.waking import wake

AT_ONCE = gettext_lazy(
    "It takes effect at once: a pair that must not be suggested disappears from both lists, and the event is looked at "
    "again. Nobody is told. Two who were introduced stay introduced."
)


class RuleForm(forms.ModelForm):
    class Meta:
        model = PairRule
        fields = ["rule", "event", "museum", "partner", "reason", "until"]
        widgets = {"rule": forms.RadioSelect, "reason": forms.TextInput(attrs={"size": 70})}
        error_messages = {
            "museum": {"invalid_choice": gettext_lazy("Please choose a museum.")},
            "partner": {"invalid_choice": gettext_lazy("Please choose an organisation that is not a museum.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "rule" in self.fields:  # there are none for who may only look
            self.fields["rule"].choices = PairRule.Rule.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                rules.check_rule(**said, today=timezone.localdate())
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
        return said

    def validate_constraints(self) -> None:
        """The same rule again is the rule that is there, and no error."""


class HoldsFilter(admin.SimpleListFilter):
    """What holds today, unless somebody asks for more."""

    title = gettext_lazy("which rules")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("past", gettext_lazy("Lifted, or past their last day")), ("all", gettext_lazy("All"))]

    def choices(self, changelist: Any) -> Any:
        choices = super().choices(changelist)
        yield next(choices) | {"display": _("That hold today")}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[PairRule]) -> QuerySet[PairRule]:
        if self.value() == "all":
            return queryset
        holding = PairRule.objects.holding(timezone.localdate()).order_by().values("pk")
        return queryset.exclude(pk__in=holding) if self.value() == "past" else queryset.filter(pk__in=holding)


@admin.register(PairRule)
class PairRuleAdmin(ReadOnlyAdmin):
    form = RuleForm
    list_display = ["museum", "partner", "rule", "where", "standing", "reason", "made_by", "made"]
    list_filter = [HoldsFilter, "rule", ("event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["event", "museum", "partner"]
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    search_fields = ["museum__name", "partner__name", "reason"]
    autocomplete_fields = ["museum", "partner"]
    change_form_template = "admin/matching/pairrule/change_form.html"
    change_list_template = "admin/matching/pairrule/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: PairRule | None = None) -> list[Any]:
        if obj is None:
            return ["museum", "partner", "rule", "event", "reason", "until"]
        return [("museum", "partner"), ("rule", "where"), "standing", "reason", ("made_by", "made"), "journal"]

    def get_readonly_fields(self, request: HttpRequest, obj: PairRule | None = None) -> list[str]:
        return ["where", "standing", "made", "made_by", "journal"] if obj else []

    @admin.display(description=gettext_lazy("where"), ordering="event__held_on")
    def where(self, rule: PairRule) -> str:
        return str(rule.event or _("all events"))

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, rule: PairRule) -> str:
        return standing_words(rule)

    @admin.display(description=gettext_lazy("made at"), ordering="made_at")
    def made(self, rule: PairRule) -> str:
        return moment(rule.made_at)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, rule: PairRule) -> SafeString | str:
        return journal_of(rule)

    # --- making one

    def save_model(self, request: HttpRequest, obj: PairRule, form: Any, change: bool) -> None:
        made = rules.make_rule(**form.cleaned_data, by=request.user)  # type: ignore[arg-type]
        obj.__dict__.update(made.rule.__dict__)
        tell(request, made)

    def response_add(self, request: HttpRequest, obj: PairRule, post_url_continue: Any = None) -> HttpResponse:
        return redirect("admin:matching_pairrule_change", obj.pk)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, {"explanation": AT_ONCE} | (extra_context or {}))
        except Refused as refusal:  # somebody made another rule for them a moment ago
            messages.warning(request, str(refusal))
            return redirect(request.path)

    # --- lifting one

    def get_urls(self) -> list[Any]:
        lift = self.admin_site.admin_view(self.lift_view)
        return [path("<int:pk>/lift/", lift, name="matching_pairrule_lift"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rule = kwargs.get("obj")
        may_lift = rule is not None and rule.state == PairRule.State.IN_FORCE and may_change(request)
        return super().render_change_form(request, context | {"may_lift": may_lift}, *args, **kwargs)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks why; POST lifts the rule, once."""
        if not may_change(request):
            raise PermissionDenied
        rule = get_object_or_404(PairRule.objects.select_related("event", "museum", "partner"), pk=pk)
        form = LiftForm(request.POST or None)
        back = reverse("admin:matching_pairrule_change", args=[pk])
        if request.method == "POST" and form.is_valid():
            try:
                rules.lift_rule(rule, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                wake(score_requested_runs)
                messages.success(request, _("Lifted. From the next run on these two are scored like any other pair."))
            return redirect(back)
        question = Confirmation(
            title=_("Lift this rule?"),
            explanation=_("The rule stays readable here, with your reason. The event is looked at again."),
            button=_("Lift it"),
            headings=[_("Museum"), _("Partner"), _("Rule"), _("Where"), _("Why it was made")],
            rows=[[rule.museum, rule.partner, rule.get_rule_display(), self.where(rule), rule.reason]],
            post_to=request.path,
            back_to=back,
            form=form,
        )
        return ask_first(self, request, question, status=422 if form.errors else 200)


class LiftForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, widget=forms.TextInput(attrs={"size": 70}))


def may_change(request: HttpRequest) -> bool:
    return request.user.has_perm("matching.change_pairrule")


def may_make(request: HttpRequest) -> bool:
    return request.user.has_perm("matching.add_pairrule")


def standing_words(rule: PairRule) -> str:
    if rule.state == PairRule.State.LIFTED:
        return _("lifted")
    if rule.until is None:
        return _("in force")
    words = _("in force until %(day)s") if rule.holds_on(timezone.localdate()) else _("past its last day, %(day)s")
    return words % {"day": date_format(rule.until)}


def tell(request: HttpRequest, made: rules.Made) -> None:
    """What making the rule did, and what it could not do."""
    if not made.is_new:
        messages.info(request, _("This rule is there already."))
        return
    wake(score_requested_runs)
    messages.success(request, _("The rule holds from now on. The event is being looked at again."))
    if made.dropped:
        count = len(made.dropped)
        words = ngettext("%d suggestion was taken away.", "%d suggestions were taken away.", count) % count
        messages.success(request, words)
    for pair in made.introduced:
        messages.warning(
            request,
            _("They were introduced at %(event)s and have each other's details: that stays. Please talk to them.")
            % {"event": pair.event},
        )
    if made.rule.rule == PairRule.Rule.MUST_MEET:
        for pair in made.declined:
            messages.warning(
                request,
                _("One of them said no at %(event)s: they are suggested again when six months are over.")
                % {"event": pair.event},
            )


# --- from a suggestion -----------------------------------------------------------------------------------------------


class PairForm(forms.Form):
    """A rule for the two of a suggestion."""

    HERE, EVERYWHERE = "here", "everywhere"

    rule = forms.ChoiceField(label=gettext_lazy("Rule"), choices=PairRule.Rule.choices, widget=forms.RadioSelect)
    where = forms.ChoiceField(
        label=gettext_lazy("Where"),
        choices=[(HERE, gettext_lazy("At this event")), (EVERYWHERE, gettext_lazy("At all events"))],
        initial=HERE,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Only staff read this."),
        widget=forms.TextInput(attrs={"size": 70}),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day it holds"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


BUTTONS = {
    PairRule.Rule.MUST_MEET: gettext_lazy("Must meet"),
    PairRule.Rule.KEEP_APART: gettext_lazy("Keep apart"),
    PairRule.Rule.PARTNERS: gettext_lazy("Work together already"),
}


def make_from_suggestion(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, with `?rule=` chosen; POST makes the rule for the two of this suggestion."""
    if not may_make(request):
        raise PermissionDenied
    pair = get_object_or_404(Suggestion.objects.select_related("event", "museum", "partner"), pk=pk)
    back = reverse("admin:matching_suggestion_change", args=[pk])
    form = PairForm(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = rules.make_rule(
                museum=pair.museum,
                partner=pair.partner,
                rule=said["rule"],
                reason=said["reason"],
                until=said["until"],
                event=pair.event if said["where"] == PairForm.HERE else None,
                by=request.user,  # type: ignore[arg-type]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            tell(request, made)
            return redirect(back)
    question = Confirmation(
        title=_("A rule for these two?"),
        explanation=str(AT_ONCE),
        button=_("Make the rule"),
        headings=[_("Museum"), _("Partner"), _("Event"), _("Suggestion now")],
        rows=[[link_to(pair.museum), link_to(pair.partner), pair.event, pair.get_state_display()]],
        post_to=request.path,
        back_to=back,
        form=form,
    )
    return ask_first(model_admin, request, question, status=422 if form.errors else 200)


def rules_for(pair: Suggestion) -> SafeString | str:
    """The rules staff made for the two of a suggestion, lifted ones too."""
    made = PairRule.objects.for_pair(pair.museum, pair.partner).select_related("event")
    return table(
        [_("Rule"), _("Where"), _("State"), _("Why"), _("By")],
        [
            [
                link_to(rule, rule.get_rule_display()),
                rule.event or _("all events"),
                standing_words(rule),
                rule.reason,
                rule.made_by,
            ]
            for rule in made
        ],
        empty=_("None."),
    )
