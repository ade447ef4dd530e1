"""The day's plan for staff: making it, looking at it, moving people, the day itself, and what is printed."""

import math
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Event, Registration
from matching import day_pack, planning
from matching.admin.plan_forms import AgainForm, ChangeTablesForm, GuestsForm, PlanForm, ReasonForm, RoundsForm
from matching.admin.plan_moves import choices, compared, number_in, read_move
from matching.admin.plan_words import measures_of, rounds_of, table_needs
from matching.models import Plan, Suggestion
from matching.services import plans as services
from matching.tasks import work_out_wanted_plans
from partners.admin.pages import Confirmation, ask_first, list_address
from pwp.journal.admin import ReadOnlyAdmin, journal_of, moment
from pwp.refusals import Refused
from pwp.waking import wake

REFRESH_SECONDS = 2
LARGE = "18"  # ?size=18 prints in 18 point
SEATS = 8  # of a table, unless somebody says otherwise
TALKS = Plan.Form.TALKS


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    list_display = ["event", "form", "state", "rounds", "table_count", "guest_count", "made_by", "made"]
    list_filter = ["state", "form", ("event", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["event"]
    show_full_result_count = False
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).select_related("event").annotate(count=Count("guests"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def may_change(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.display(description=gettext_lazy("tables"))
    def table_count(self, plan: Plan) -> int:
        return len(plan.tables)

    @admin.display(description=gettext_lazy("guests"), ordering="count")
    def guest_count(self, plan: Any) -> int:
        return plan.count  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("made at"), ordering="made_at")
    def made(self, plan: Plan) -> str:
        return moment(plan.made_at)

    def get_urls(self) -> list[Any]:
        own: dict[str, Callable[..., HttpResponse]] = {
            "guests": self.guests_view,
            "tables": self.tables_view,
            "move": self.move_view,
            "again": self.again_view,
            "rounds": self.rounds_view,
            "changes": self.changes_view,
            "use": self.use_view,
            "away": self.away_view,
            "door": self.door_view,
            "cards": self.cards_view,
            "sheets": self.sheets_view,
        }
        pages = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"matching_plan_{name}")
            for name, view in own.items()
        ]
        return [*pages, *super().get_urls()]

    def plan_of(self, request: HttpRequest, pk: int) -> Plan:
        """The plan for whoever may look at it; a POST takes permission to change it."""
        if not self.has_view_permission(request) or (request.method == "POST" and not self.may_change(request)):
            raise PermissionDenied
        plan = Plan.objects.select_related("event").filter(pk=pk).first() if pk < 2**63 else None
        if plan is None:
            raise Http404
        return plan

    def page(
        self, request: HttpRequest, template: str, plan: Plan, *, status: int = 200, **context: Any
    ) -> TemplateResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "plan": plan,
            "original": plan,
            "may_change": self.may_change(request),
            "talks": plan.form == TALKS,
        }
        return TemplateResponse(request, f"admin/matching/plan/{template}.html", shared | context, status=status)

    # --- making one

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PlanForm(request.POST or None, initial=_wanted(number_in(request.GET.get("event"))))
        if request.method == "POST" and form.is_valid():
            try:
                plan = self._make(request, form)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("admin:matching_plan_change", plan.pk)
        return ask_first(self, request, _making(form), status=422 if form.errors else 200)

    def _make(self, request: HttpRequest, form: PlanForm) -> Plan:
        said = form.cleaned_data
        plan = services.make_plan(
            said["event"],
            form=said["form"],
            rounds=said["rounds"],
            tables=form.tables(),
            suggested_too=said["suggested_too"],
            by=_user(request),
        )
        wake(work_out_wanted_plans)
        return plan

    # --- looking at it

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        plan = self.plan_of(request, number_in(object_id))
        page = self.page(
            request,
            "plan",
            plan,
            title=str(plan),
            measures=measures_of(plan, plan.measures),
            rounds=rounds_of(plan),
            is_solved=bool(plan.measures),
            tables=_tables_in_words(plan),
            changes=len(day_pack.changes_since_told(plan)) if plan.told else 0,
            rounds_form=RoundsForm(plan=plan),
            journal=journal_of(plan),
        )
        if plan.wanted:
            page.headers["Refresh"] = str(REFRESH_SECONDS)
        return page

    # --- changing it

    def guests_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan_of(request, pk)
        guests = sorted(planning.guests_of(plan), key=lambda guest: str(guest.registration.person).casefold())
        form = GuestsForm(request.POST or None, plan=plan, guests=guests)
        if request.method == "POST" and form.is_valid():
            try:
                services.change_guests(plan, form.stays(), version=_version(request))
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                wake(work_out_wanted_plans)
                return redirect("admin:matching_plan_change", plan.pk)
        new = planning.who_comes(plan.event).exclude(pk__in=[guest.registration_id for guest in guests]).count()
        return self.page(
            request,
            "guests",
            plan,
            title=_("Who is there"),
            form=form,
            new=new,
            seen=request.POST.get("seen", plan.version),
            status=422 if form.errors else 200,
        )

    def tables_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(plan: Plan, form: Any) -> None:
            services.change_tables(plan, form.tables(), version=_version(request))
            wake(work_out_wanted_plans)

        plan = self.plan_of(request, pk)
        return self._asked(
            request,
            pk,
            act,
            form=ChangeTablesForm(request.POST or None, plan=plan),
            title=_("Change the tables"),
            explanation=_("Saving works out the rounds that were not held yet."),
            button=_("Save, and work out the rest"),
        )

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(plan: Plan, form: forms.Form) -> None:
            services.work_out_again(plan, version=_version(request), release=form.cleaned_data["release"])
            wake(work_out_wanted_plans)

        return self._asked(
            request,
            pk,
            act,
            form=AgainForm(request.POST or None),
            title=_("Work out the rest again?"),
            explanation=_(
                "Rounds that were held stay. Who got a place since comes in, who gave it back leaves. "
                "People keep their seat unless another one is better for the whole."
            ),
            button=_("Work it out again"),
        )

    def rounds_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(plan: Plan, form: forms.Form) -> None:
            services.finish_rounds(plan, form.cleaned_data["finished"], version=_version(request))

        plan = self.plan_of(request, pk)
        return self._asked(
            request,
            pk,
            act,
            form=RoundsForm(request.POST or None, plan=plan),
            title=_("Which rounds were held?"),
            explanation=_("Nothing moves any more in a round that was held."),
            button=_("Save"),
        )

    def use_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._asked(
            request,
            pk,
            lambda plan, form: services.put_in_use(plan, version=_version(request), by=_user(request)),
            form=forms.Form(request.POST or None),
            title=_("Put this plan in use?"),
            explanation=_(
                "It becomes the one that is printed and told. Another plan of the same kind for this event is put away."
            ),
            button=_("Put in use"),
        )

    def away_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._asked(
            request,
            pk,
            lambda plan, form: services.put_away(plan, by=_user(request), reason=form.cleaned_data["reason"]),
            form=ReasonForm(request.POST or None),
            title=_("Put this plan away?"),
            explanation=_("It stays readable, and can be put in use again."),
            button=_("Put away"),
        )

    def _asked(
        self,
        request: HttpRequest,
        pk: int,
        act: Callable[[Plan, forms.Form], None],
        *,
        form: forms.Form,
        title: str,
        explanation: str,
        button: str,
    ) -> HttpResponse:
        """A page that asks, then one POST that does it, refused in words where somebody else was faster."""
        plan = self.plan_of(request, pk)
        if request.method == "POST" and form.is_valid():
            try:
                act(plan, form)
            except Refused as refusal:
                messages.warning(request, str(refusal))
            return redirect("admin:matching_plan_change", plan.pk)
        confirmation = Confirmation(
            title=title,
            explanation=explanation,
            button=button,
            headings=[_("Plan"), _("State"), _("Rounds"), _("Rounds that were held"), _("Guests")],
            rows=[[plan, plan.get_state_display(), plan.rounds, plan.finished_rounds, plan.guests.count()]],
            post_to=request.path,
            back_to=reverse("admin:matching_plan_change", args=[plan.pk]),
            seen=request.POST.get("seen", str(plan.version)),
            form=form,
        )
        return ask_first(self, request, confirmation, status=422 if form.errors else 200)

    # --- by hand

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows where somebody could go and, once `to` is chosen, what it would do; POST does it."""
        plan = self.plan_of(request, pk)
        said = request.POST if request.method == "POST" else request.GET
        guests = {guest.pk: guest for guest in planning.guests_of(plan)}
        guest, at = guests.get(number_in(said.get("guest"))), number_in(said.get("round")) - 1
        if guest is None or not 0 <= at < plan.rounds:
            raise Http404
        move = read_move(guest, at, said.get("to", ""), guests)
        if request.method == "POST" and move:
            try:
                services.move_by_hand(plan, move, version=_version(request))
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, _("Done. Who was moved by hand stays there."))
            return redirect(reverse("admin:matching_plan_change", args=[plan.pk]) + f"#round-{at + 1}")
        effect = services.effect_of(plan, move) if move else None
        return self.page(
            request,
            "move",
            plan,
            title=_("Move %(name)s") % {"name": guest.registration.person},
            guest=guest,
            round=at + 1,
            open_rounds=range(plan.finished_rounds + 1, plan.rounds + 1),
            to=said.get("to", ""),
            choices=choices(plan, guest, at, guests),
            effect=effect,
            lines=compared(plan, effect) if effect else [],
        )

    # --- telling people

    def changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan_of(request, pk)
        if request.method == "POST":
            try:
                services.everybody_was_told(plan, version=_version(request))
            except Refused as refusal:
                messages.warning(request, str(refusal))
            return redirect("admin:matching_plan_changes", plan.pk)
        changes = day_pack.changes_since_told(plan) if plan.told else []
        return self.page(request, "changes", plan, title=_("What changed since people were told"), changes=changes)

    # --- what is printed

    def door_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan_of(request, pk)
        return self._printed(request, plan, "door", lines=day_pack.door_list(plan))

    def cards_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan_of(request, pk)
        return self._printed(request, plan, "cards", cards=day_pack.DayPack(plan).cards())

    def sheets_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan_of(request, pk)
        return self._printed(request, plan, "sheets", sheets=day_pack.DayPack(plan).sheets())

    def _printed(self, request: HttpRequest, plan: Plan, name: str, **context: Any) -> HttpResponse:
        shared = {"plan": plan, "is_large": request.GET.get("size") == LARGE, "talks": plan.form == TALKS}
        return TemplateResponse(request, f"matching/plan/{name}.html", shared | context)


def _version(request: HttpRequest) -> int:
    """The version of the plan that the page showed; -1, which no plan has, where it says none."""
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else -1


def _user(request: HttpRequest) -> Any:
    return request.user


def _wanted(event_id: int) -> dict[str, int]:
    """The event somebody comes from, and as many tables as its people need."""
    people = Registration.objects.filter(event=event_id, state__in=planning.COMING).count()
    return {"event": event_id, "number": math.ceil(people / SEATS)} if people else {"event": event_id}


def _making(form: PlanForm) -> Confirmation:
    here = planning.COMING
    people = _by_event(Registration.objects.filter(state__in=here))
    pairs, plans = _by_event(Suggestion.objects.showing()), _by_event(Plan.objects.all())
    return Confirmation(
        title=_("Plan the day"),
        explanation=_(
            "Everybody with a confirmed place gets a seat in every round. It takes a few seconds; afterwards you say "
            "who comes late, who needs a step-free or a quiet table, and move people by hand."
        ),
        button=_("Make the plan"),
        headings=[_("Event"), _("People with a place"), _("Pairs who are suggested"), _("Plans")],
        rows=[
            [event, people.get(event.pk, 0), pairs.get(event.pk, 0), plans.get(event.pk, 0)]
            for event in Event.objects.order_by("held_on")
        ],
        post_to=reverse("admin:matching_plan_add"),
        back_to=list_address(Plan),
        form=form,
    )


def _by_event(rows: QuerySet[Any]) -> dict[int, int]:
    """How many rows each event has."""
    return dict(rows.order_by().values("event").annotate(count=Count("pk")).values_list("event", "count"))


def _tables_in_words(plan: Plan) -> list[tuple[str, int, str]]:
    """(name, seats, what it is good for) of every table."""
    return [
        (plan.table_name(number), table["seats"], ", ".join(table_needs(table)))
        for number, table in enumerate(plan.tables)
    ]
