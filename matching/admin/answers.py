"""Suggestions, what people said to them, and what follows; to be read."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching import feedback, wording
from matching.admin import by_phone, earlier_answers, pairs, rules
from matching.admin.report import chance_words, factors
from matching.models import Answer, FollowUp, Introduction, Suggestion
from matching.reports import StaffWords, Told
from partners.admin.pages import link_to
from partners.admin.people import reach
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment, table

BY_EVENT = ("event", admin.RelatedOnlyFieldListFilter)


class PairAdmin(ReadOnlyAdmin):
    show_full_result_count = False
    view_on_site = False


@admin.register(Suggestion)
class SuggestionAdmin(PairAdmin):
    list_display = [
        *("museum", "partner", "event", "band", "score_shown", "chance_shown", "distance"),
        *("state", "marks", "answered"),
    ]
    list_filter = [BY_EVENT, "band", "state", "pinned", "exploring"]
    list_select_related = ["museum", "partner", "event"]
    search_fields = ["museum__name", "partner__name"]
    ordering = ["-score", "pk"]
    change_form_template = "admin/matching/suggestion/change_form.html"
    fields = [
        ("museum", "partner"),
        ("event", "run", "times_shown"),
        ("state", "band", "marks"),
        ("better_than", "chance_shown"),
        "distance",
        "why",
        "numbers",
        "rules",
        "trios",
        "answers",
        "enter_by_phone",
        "learnt",
        "journal",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suggestion]:
        rows = super().get_queryset(request).select_related("museum", "partner", "event")
        return rows.prefetch_related("answers__organisation", "answers__person")

    @admin.display(description=gettext_lazy("score"), ordering="score")
    def score_shown(self, suggestion: Suggestion) -> str:
        return f"{suggestion.score:.3f}"

    @admin.display(description=gettext_lazy("distance"), ordering="distance_km")
    def distance(self, suggestion: Suggestion) -> str:
        km = suggestion.distance_km
        return _("not known") if km is None else _("%(km).1f km") % {"km": km}

    @admin.display(description=gettext_lazy("among the event's pairs"))
    def better_than(self, suggestion: Suggestion) -> str:
        return _("better than %(percent)d in 100") % {"percent": int(suggestion.percentile)}

    @admin.display(description=gettext_lazy("chance"), ordering="chance")
    def chance_shown(self, suggestion: Suggestion) -> str:
        return chance_words(suggestion.chance)

    @admin.display(description=gettext_lazy("also"))
    def marks(self, suggestion: Suggestion) -> str:
        """What else speaks for showing it than its score."""
        marks = [(suggestion.pinned, _("must meet: a rule of staff")), (suggestion.exploring, _("shown to learn"))]
        return ", ".join(words for holds, words in marks if holds) or "–"

    @admin.display(description=gettext_lazy("rules for these two"))
    def rules(self, suggestion: Suggestion) -> SafeString | str:
        return rules.rules_for(suggestion)

    @admin.display(description=gettext_lazy("who else fits both"))
    def trios(self, suggestion: Suggestion) -> SafeString | str:
        return table(
            [_("Third partner"), _("All three scores as one")],
            [[link_to(trio.third), f"{trio.score:.3f}"] for trio in suggestion.trios.select_related("third")],
            empty=_("Nobody: a third is a funder or statutory body that is open to contact and fits both well."),
        )

    @admin.display(description=gettext_lazy("what their answers changed"))
    def learnt(self, suggestion: Suggestion) -> SafeString | str:
        return learnt_by(suggestion)

    @admin.display(description=gettext_lazy("answers"))
    def answered(self, suggestion: Suggestion) -> str:
        return ", ".join(str(answer) for answer in suggestion.answers.all()) or "–"

    @admin.display(description=gettext_lazy("why"))
    def why(self, suggestion: Suggestion) -> SafeString | str:
        pair = Told(suggestion.museum.code, suggestion.partner.code, suggestion.reasons, suggestion.cautions)
        words = StaffWords([pair])
        said = [*words.reasons(pair), *(_("Mind: %(caution)s") % {"caution": c} for c in words.cautions(pair))]
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in said)) or "–"

    @admin.display(description=gettext_lazy("numbers"))
    def numbers(self, suggestion: Suggestion) -> SafeString:
        return factors(suggestion)

    @admin.display(description=gettext_lazy("answers (staff only)"))
    def answers(self, suggestion: Suggestion) -> SafeString | str:
        return table(
            [_("Organisation"), _("Person"), _("Answer"), _("Reason"), _("In their words"), _("When")],
            [
                [
                    answer.organisation,
                    link_to(answer.person),
                    answer.get_choice_display(),
                    answer.get_reason_display(),
                    answer.reason_text,
                    moment(answer.at),
                ]
                for answer in suggestion.answers.all()
            ],
            empty=_("No answers yet."),
        )

    @admin.display(description=gettext_lazy("enter an answer by phone"))
    def enter_by_phone(self, suggestion: Suggestion) -> SafeString | str:
        return by_phone.ways_to_enter(suggestion)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, suggestion: Suggestion) -> SafeString | str:
        return journal_of(suggestion)

    def get_urls(self) -> list[Any]:
        make_rule = self.admin_site.admin_view(self.rule_view)
        answer = self.admin_site.admin_view(partial(by_phone.by_phone_view, self))
        return [
            path("<int:pk>/rule/", make_rule, name="matching_suggestion_rule"),
            path("by-phone/<int:pk>/", answer, name="matching_suggestion_by_phone"),
            *super().get_urls(),
        ]

    def rule_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return rules.make_from_suggestion(self, request, pk)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        buttons = rules.BUTTONS.items() if rules.may_make(request) else ()
        return super().render_change_form(request, context | {"rule_buttons": buttons}, *args, **kwargs)


def learnt_by(suggestion: Suggestion) -> SafeString | str:
    """How far either side reaches by its own noes, and which kinds it is not offered; its profile says what it said."""
    sides = {side.code: side for side in (suggestion.museum, suggestion.partner)}
    found = feedback.feedback(suggestion.event, sides.values())
    names = wording.term_names()
    lines = [
        _("%(name)s said “too far”: they count as reaching %(km).1f km, not %(said).1f km.")
        % {"name": sides[code], "km": km, "said": sides[code].reach_km or suggestion.event.near_km}
        for code, km in found.reach.items()
    ] + [
        _("%(name)s said “not what we are looking for”: a need of “%(need)s” is not met by an offer of “%(offer)s”.")
        % {"name": sides[code], "need": names.get(need, need), "offer": names.get(offer, offer)}
        for code, need, offer in found.barred
    ]
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines)) or _("Nothing.")


@admin.register(Answer)
class AnswerAdmin(PairAdmin):
    """The reasons are private: the other side never sees who said what."""

    list_display = ["at", "organisation", "person", "choice", "reason", "reason_text", "suggestion"]
    list_filter = ["choice", "reason", ("suggestion__event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["organisation", "person", "suggestion__museum", "suggestion__partner"]
    search_fields = ["organisation__name", "person__name", "reason_text"]
    date_hierarchy = "at"

    def get_urls(self) -> list[Any]:
        remove = self.admin_site.admin_view(partial(earlier_answers.remove_view, self))
        return [path("of/<int:pk>/remove/", remove, name="matching_answer_remove"), *super().get_urls()]


class Heard:
    @admin.display(description=gettext_lazy("answer"), ordering="outcome")
    def heard(self, follow_up: FollowUp) -> str:
        """Silence is said as silence."""
        silent = follow_up.state == FollowUp.State.ASKED
        return _("no answer so far") if silent else follow_up.get_outcome_display() or "–"


class FollowUpInline(Heard, admin.TabularInline):
    model = FollowUp
    extra = 0
    template = "admin/partners/tabular.html"
    fields = readonly_fields = [
        *("rule", "person", "due_on", "state", "asked_at"),
        *("heard", "reason_text", "answered_at"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FollowUp]:
        return (
            super()
            .get_queryset(request)
            .select_related("person", "introduction__suggestion__museum", "introduction__suggestion__partner")
        )

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Introduction)
class IntroductionAdmin(PairAdmin):
    list_display = ["suggestion", "museum_person", "partner_person", "state", "event", "created_at"]
    list_filter = ["state", pairs.HeardFilter, ("suggestion__event", admin.RelatedOnlyFieldListFilter)]
    search_fields = [
        "suggestion__museum__name",
        "suggestion__partner__name",
        "museum_person__name",
        "partner_person__name",
    ]
    date_hierarchy = "created_at"
    fields = ["suggestion", ("museum_person", "partner_person"), ("state", "created_at"), "spoken", "journal"]
    inlines = [FollowUpInline]

    def get_urls(self) -> list[Any]:
        spoken = self.admin_site.admin_view(partial(pairs.spoken_view, self))
        return [path("<int:pk>/spoken/", spoken, name="matching_introduction_spoken"), *super().get_urls()]

    @admin.display(description=gettext_lazy("a call"))
    def spoken(self, introduction: Introduction) -> SafeString | str:
        return pairs.spoken_link(introduction)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Introduction]:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "suggestion__museum", "suggestion__partner", "suggestion__event", "museum_person", "partner_person"
            )
        )

    @admin.display(description=gettext_lazy("event"), ordering="suggestion__event__held_on")
    def event(self, introduction: Introduction) -> str:
        return str(introduction.suggestion.event)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, introduction: Introduction) -> SafeString | str:
        return journal_of(introduction)


class ToCallFilter(admin.SimpleListFilter):
    title = gettext_lazy("how they are asked")
    parameter_name = "ask"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("call", gettext_lazy("To call: asked, no e-mail address")),
            ("quiet", gettext_lazy("Asked by e-mail, no answer yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
        asked = queryset.filter(state=FollowUp.State.ASKED)
        if self.value() == "call":
            return asked.filter(person__contact_email="")
        return asked.exclude(person__contact_email="") if self.value() == "quiet" else queryset


@admin.register(FollowUp)
class FollowUpAdmin(Heard, PairAdmin):
    list_display = ["due_on", "person", "how", "introduction", "rule", "state", "asked_at", "heard"]
    list_filter = [ToCallFilter, "state", "rule", "outcome"]
    search_fields = ["person__name", "person__contact_email"]
    date_hierarchy = "due_on"
    fields = [
        *("introduction", ("person", "how"), ("rule", "due_on")),
        *(("state", "asked_at"), ("heard", "answered_at"), "reason_text"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FollowUp]:
        return (
            super()
            .get_queryset(request)
            .select_related("person", "introduction__suggestion__museum", "introduction__suggestion__partner")
        )

    @admin.display(description=gettext_lazy("how to reach them"))
    def how(self, follow_up: FollowUp) -> SafeString | str:
        return reach(follow_up.person)
