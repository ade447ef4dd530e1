"""Runs of the engine: asking for one, watching it, reading what it says."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Aggregate, Count, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.models import Event
from matching import services, snapshot
from matching.admin import changes, report
from matching.differences import Difference
from matching.models import MatchBlock, MatchRun
from matching.reports import summary
from matching.tasks import score_requested_runs
from partners.admin.pages import Confirmation, ask_first, list_address, short
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment, table
from pwp.waking import wake

UNDER_WAY = (MatchRun.State.REQUESTED, MatchRun.State.RUNNING, MatchRun.State.CONCLUDING)
REFRESH_SECONDS = 3
RUNS_TO_CHOOSE_FROM = 50


class RunForm(forms.Form):
    SUGGEST, REHEARSAL = "suggest", "rehearsal"

    event = forms.ModelChoiceField(
        Event.objects.order_by("held_on"),
        label=gettext_lazy("Event"),
        error_messages={"invalid_choice": gettext_lazy("Please choose one of the events.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            (SUGGEST, gettext_lazy("Suggest partners now, to those with a confirmed place who agreed to be visible")),
            (
                REHEARSAL,
                gettext_lazy("Rehearse with the imported organisations of the area: only staff read the report"),
            ),
        ],
        initial=SUGGEST,
        widget=forms.RadioSelect,
    )


class RunChoice(forms.ModelChoiceField):
    def label_from_instance(self, run: Any) -> str:
        return f"{moment(run.requested_at)}, {purpose_words(run)}"


class CompareForm(forms.Form):
    """Which earlier run to compare with."""

    def __init__(self, *args: Any, earlier: QuerySet[MatchRun], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with"] = RunChoice(
            earlier, label=_("Compare with"), required=False, empty_label=_("the run before")
        )


class Length(Func):
    """How many items a JSON list has."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **extra)


def _of_blocks(value: Aggregate) -> Subquery:
    blocks = MatchBlock.objects.filter(run=OuterRef("pk")).order_by().values("run")
    return Subquery(blocks.annotate(value=value).values("value"))


@admin.register(MatchRun)
class MatchRunAdmin(ReadOnlyAdmin):
    list_display = ["event", "purpose", "state", "progress", "said", "requested_by", "asked", "finished"]
    list_filter = ["state", "rehearsal", "trial", ("event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["event"]
    show_full_result_count = False
    change_form_template = "admin/matching/matchrun/change_form.html"
    fields = [
        ("event", "purpose"),
        ("state", "progress"),
        ("requested_by", "requested_at", "finished_at"),
        "problem",
        ("as_of", "engine_version"),
        ("weight_set", "refresh_of"),
        "input_hash",
        "blocks",
        "journal",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchRun]:
        """Reports can be megabytes: lists read three numbers out of them and leave the rest where it is."""
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                organisations=KeyTextTransform("organisations", "report"),
                pairs=Coalesce(Length(KeyTransform("order", "report")), Length(KeyTransform("pairs", "report"))),
                short=Length(KeyTransform("shortfalls", "report")),
                workers=_of_blocks(Count("worker", filter=~Q(worker=""), distinct=True)),
                seconds=_of_blocks(Sum("seconds")),
            )
        )
        return rows.without_contents()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    @admin.display(description=gettext_lazy("done"))
    def progress(self, run: MatchRun) -> SafeString:
        return format_html(
            '<progress max="100" value="{0}" aria-label="{1}">{0}%</progress> {0}%<br>{2}',
            run.percent_done,
            _("done so far"),
            work_words(run),
        )

    @admin.display(description=gettext_lazy("what for"))
    def purpose(self, run: MatchRun) -> str:
        return purpose_words(run)

    @admin.display(description=gettext_lazy("blocks"))
    def blocks(self, run: MatchRun) -> SafeString | str:
        return table(
            [_("Block"), _("Museums"), _("State"), _("Worker"), _("Seconds")],
            [
                [
                    block.number + 1,
                    block.last - block.first,
                    block.get_state_display(),
                    block.worker,
                    "" if block.seconds is None else f"{block.seconds:.1f}",
                ]
                for block in run.blocks.defer("survey")
            ],
            empty=_("None: it is not prepared yet, or it only brings another run up to date."),
        )

    @admin.display(description=gettext_lazy("what it says"))
    def said(self, run: Any) -> str:
        if run.state != MatchRun.State.DONE or run.pairs is None:
            return short(run.problem)
        return _("%(pairs)s pairs for %(organisations)s organisations, %(short)s fell short") % {
            "pairs": run.pairs,
            "organisations": run.organisations,
            "short": run.short,
        }

    @admin.display(description=gettext_lazy("asked for"), ordering="requested_at")
    def asked(self, run: MatchRun) -> str:
        return moment(run.requested_at)

    @admin.display(description=gettext_lazy("finished"), ordering="finished_at")
    def finished(self, run: MatchRun) -> str:
        return moment(run.finished_at)

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, run: MatchRun) -> SafeString | str:
        return journal_of(run)

    # --- asking for a run

    def get_urls(self) -> list[Any]:
        request_run = self.admin_site.admin_view(self.request_view)
        return [
            path("request/", request_run, name="matching_matchrun_request"),
            path(
                "<path:object_id>/changes/",
                self.admin_site.admin_view(self.changes_view),
                name="matching_matchrun_changes",
            ),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return self.request_view(request)

    def request_view(self, request: HttpRequest) -> HttpResponse:
        """One row is one request, however often the button is pressed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RunForm(request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            run = services.request_run(
                form.cleaned_data["event"],
                by=str(request.user),
                rehearsal=form.cleaned_data["kind"] == RunForm.REHEARSAL,
            )
            wake(score_requested_runs)
            messages.success(request, _("Asked for. This page shows how far it is."))
            return redirect("admin:matching_matchrun_change", run.pk)
        return ask_first(self, request, _question(form), status=422 if form.errors else 200)

    # --- reading a run

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if isinstance(response, TemplateResponse):
            run = (response.context_data or {}).get("original")
            if isinstance(run, MatchRun) and run.state in UNDER_WAY:
                response.headers["Refresh"] = str(REFRESH_SECONDS)
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        run = kwargs.get("obj")
        if run is not None:
            is_kept = run.state == MatchRun.State.DONE and run.report
            context |= {"happening": happening(run)} | (_report(request, run) if is_kept else {})
        return super().render_change_form(request, context, *args, **kwargs)

    # --- what changed since another run

    def changes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The difference between this run and an earlier one, by default the one before."""
        run = self.get_object(request, object_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run is None or run.state != MatchRun.State.DONE:
            raise Http404
        run.refresh_from_db(fields=["report", "weights"])
        if not run.report:  # of a refresh long ago
            raise Http404
        earlier = run.event.match_runs.done().filter(rehearsal=run.rehearsal, trial=False, pk__lt=run.pk)
        earlier = earlier.exclude(report={})
        newest = list(earlier.values_list("pk", flat=True)[:RUNS_TO_CHOOSE_FROM])
        to_choose_from = earlier.filter(pk__in=newest).without_contents().select_related("event")
        form = CompareForm(request.GET or None, earlier=to_choose_from)
        chosen = form.cleaned_data["with"] if form.is_bound and form.is_valid() else None
        said = earlier.defer("snapshot", "survey").select_related("event")
        old = said.filter(pk=chosen.pk).first() if chosen else said.first()
        context = {
            **self.admin_site.each_context(request),
            "title": _("What changed"),
            "subtitle": str(run),
            "opts": self.opts,
            "original": run,
            "form": form,
            "old": f"{moment(old.requested_at)}, {purpose_words(old)}" if old else "",
        }
        if old:
            found = Difference(old, run)
            page = Paginator(found.changes, report.PAIRS_PER_PAGE).get_page(request.GET.get("page"))
            context |= {"page": page, **changes.told(found, page.object_list)}
        return TemplateResponse(request, "admin/matching/matchrun/changes.html", context)


def purpose_words(run: MatchRun) -> str:
    if run.rehearsal:
        return _("a rehearsal with imported organisations")
    if run.trial:
        return _("trying other weights; suggests nothing")
    return _("suggestions, after a change") if run.refresh_of_id else _("suggestions")


def work_words(run: Any) -> str:
    """How far it is in blocks, and what it took; nothing before it starts."""
    if not run.steps_total:
        return ""
    words = {
        "done": run.steps_done,
        "blocks": run.steps_total,
        "workers": run.workers or 0,
        "seconds": run.seconds or 0.0,
    }
    blocks = ngettext("%(done)d of %(blocks)d block", "%(done)d of %(blocks)d blocks", run.steps_total) % words
    if not run.workers:
        return blocks
    by = ngettext("%(workers)d worker, %(seconds).1f s", "%(workers)d workers, %(seconds).1f s", run.workers) % words
    return f"{blocks}, {by}"


def happening(run: MatchRun) -> str:
    """What goes on, in words."""
    return {
        MatchRun.State.REQUESTED: _("It waits for a worker, for a minute at most. This page looks again by itself."),
        MatchRun.State.RUNNING: _("It is being worked out: %(percent)d%% so far. This page looks again by itself.")
        % {"percent": run.percent_done},
        MatchRun.State.CONCLUDING: _("Everybody is scored; it chooses who sees whom. This page looks again by itself."),
        MatchRun.State.DONE: _("Done at %(moment)s.") % {"moment": moment(run.finished_at)},
        MatchRun.State.FAILED: _(
            "It stopped: %(problem)s Nothing that people see has changed. Please ask for it again."
        )
        % {"problem": run.problem},
    }[MatchRun.State(run.state)]


def _report(request: HttpRequest, run: MatchRun) -> dict[str, Any]:
    page = Paginator(run.pairs_shown, report.PAIRS_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "summary": summary(run) if "organisations" in run.report else [],
        "counts": report.counts(run),
        "measures": report.measures(run),
        "shortfalls": report.shortfalls(run),
        "pairs": report.pair_rows(page.object_list),
        "together": report.together(run),
        "trios": report.trios(run),
        "page": page,
    }


def _question(form: RunForm) -> Confirmation:
    events = Event.objects.order_by("held_on").annotate(known=Count("known_organisations"))
    coming = snapshot.numbers_taking_part()
    return Confirmation(
        title=_("Suggest partners"),
        explanation=_(
            "It takes seconds for an event and a minute or two for a large rehearsal, and goes on without you."
        ),
        button=_("Start"),
        headings=[_("Event"), _("Organisations that can be suggested"), _("Imported organisations")],
        rows=[[event, coming[event.pk], event.known] for event in events],
        post_to=reverse("admin:matching_matchrun_request"),
        back_to=list_address(MatchRun),
        form=form,
    )
