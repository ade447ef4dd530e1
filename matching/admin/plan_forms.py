"""What staff type and choose about a plan of the day."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Event
from matching.models import Guest, Plan
from matching.services.plans import Stay

MOST_ROUNDS: dict[str, int] = {Plan.Form.TABLES: 6, Plan.Form.TALKS: 12}
MOST_TABLES = 60
MOST_SEATS = 20
SEATS_OF_A_TALK = 2
NUMBERS = re.compile(r"(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?$")


def read_numbers(value: str) -> list[int]:
    """ "1, 3-5" → [1, 3, 4, 5]. Raises ValidationError for what is no number, and for "5-3"."""
    found: list[int] = []
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", value.strip()))):
        match = NUMBERS.match(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise ValidationError(_("“%(part)s” is no number. Write for example: 1, 3-5") % {"part": part[:20]})
        found += range(first, last + 1)
    return found


class TablesForm(forms.Form):
    """The tables in a few numbers; `tables()` is what they say."""

    talks = False
    fewest_seats = 0
    number = forms.IntegerField(label=gettext_lazy("Tables"), min_value=1, max_value=MOST_TABLES, initial=8)
    seats = forms.CharField(
        label=gettext_lazy("Seats at each table"),
        initial="8",
        max_length=300,
        help_text=gettext_lazy("One number for all, or one for each table: 8, 8, 6. Talks for two take two seats."),
    )
    step_free = forms.CharField(
        label=gettext_lazy("Step-free tables"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Their numbers, for example: 1, 3-5. Tables one can reach and sit at in a wheelchair."),
    )
    quiet = forms.CharField(
        label=gettext_lazy("Quiet tables"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Their numbers. Tables away from noise, or near an interpreter or a loop."),
    )

    def clean_seats(self) -> list[int]:
        seats = read_numbers(self.cleaned_data["seats"])
        if not seats or not all(self.fewest_seats <= one <= MOST_SEATS for one in seats):
            said = {"fewest": self.fewest_seats, "most": MOST_SEATS}
            raise ValidationError(_("A table has %(fewest)d to %(most)d seats.") % said)
        return seats

    def clean_step_free(self) -> list[int]:
        return read_numbers(self.cleaned_data["step_free"])

    def clean_quiet(self) -> list[int]:
        return read_numbers(self.cleaned_data["quiet"])

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        number = said.get("number")
        if number and len(said.get("seats", [1])) not in (1, number):
            self.add_error("seats", _("Give one number for all, or %(number)d numbers.") % {"number": number})
        for name in ("step_free", "quiet"):
            if number and any(not 1 <= table <= number for table in said.get(name, [])):
                self.add_error(name, _("The tables are numbered from 1 to %(number)d.") % {"number": number})
        return said

    def tables(self) -> list[dict[str, Any]]:
        said = self.cleaned_data
        seats = said["seats"] * said["number"] if len(said["seats"]) == 1 else said["seats"]
        return [
            {
                "name": "",
                "seats": SEATS_OF_A_TALK if self.talks and seats[at] else seats[at],
                "step_free": at + 1 in said["step_free"],
                "quiet": at + 1 in said["quiet"],
            }
            for at in range(said["number"])
        ]


def in_few_words(tables: list[dict[str, Any]]) -> dict[str, Any]:
    """What a TablesForm says for these tables: the reverse of `tables()`."""
    seats = [table["seats"] for table in tables]
    return {
        "number": len(tables),
        "seats": ", ".join(map(str, seats if len(set(seats)) > 1 else seats[:1])),
        "step_free": ", ".join(str(at) for at, table in enumerate(tables, 1) if table["step_free"]),
        "quiet": ", ".join(str(at) for at, table in enumerate(tables, 1) if table["quiet"]),
    }


class ChangeTablesForm(TablesForm):
    """For a plan that is there: a table keeps its number, and one without seats is closed."""

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, initial=in_few_words(plan.tables), **kwargs)
        self.talks = plan.form == Plan.Form.TALKS
        self.fields["seats"].help_text = _("One number for all, or one for each table. A table with 0 seats is closed.")


class PlanForm(TablesForm):
    """The day in a few numbers."""

    fewest_seats = 1
    field_order = ["event", "form", "rounds", "number", "seats", "step_free", "quiet", "suggested_too"]
    event = forms.ModelChoiceField(
        Event.objects.order_by("held_on"),
        label=gettext_lazy("Event"),
        error_messages={"invalid_choice": gettext_lazy("Please choose one of the events.")},
    )
    form = forms.ChoiceField(
        label=gettext_lazy("What kind of day"),
        choices=[
            (Plan.Form.TABLES, gettext_lazy("Facilitated tables: rounds of six to eight people at a table")),
            (Plan.Form.TALKS, gettext_lazy("Talks for two: short talks of pairs who both said yes")),
        ],
        initial=Plan.Form.TABLES,
        widget=forms.RadioSelect,
    )
    rounds = forms.IntegerField(
        label=gettext_lazy("Rounds"),
        min_value=1,
        max_value=12,
        initial=4,
        help_text=gettext_lazy("Three to five for facilitated tables, up to twelve for talks."),
    )
    suggested_too = forms.BooleanField(
        label=gettext_lazy("Talks for two also of suggested pairs that have not both said yes"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.talks = said.get("form") == Plan.Form.TALKS
        most = MOST_ROUNDS.get(said.get("form", ""), 0)
        if most and said.get("rounds", 0) > most:
            self.add_error("rounds", _("So many rounds are too much for one day: %(most)d at most.") % {"most": most})
        return said


class GuestsForm(forms.Form):
    """One line a guest: from which round, up to which, and what they need."""

    def __init__(self, *args: Any, plan: Plan, guests: Iterable[Guest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan, self.guests = plan, list(guests)
        self.talks = plan.form == Plan.Form.TALKS
        for guest in self.guests:
            self._add_line(guest)

    def _add_line(self, guest: Guest) -> None:
        rounds, name = range(1, self.plan.rounds + 1), {"name": str(guest.registration.person)}
        until = [(n, _("up to round %(round)d") % {"round": n}) for n in reversed(rounds[:-1])]
        absent = guest.first_round == guest.last_round
        self._add(
            guest,
            "from",
            forms.TypedChoiceField(
                choices=[(n, _("from round %(round)d") % {"round": n}) for n in rounds],
                coerce=int,
                initial=min(guest.first_round + 1, self.plan.rounds),
                label=_("%(name)s: from round") % name,
            ),
        )
        self._add(
            guest,
            "until",
            forms.TypedChoiceField(
                choices=[(self.plan.rounds, _("to the end")), *until, (0, _("not here"))],
                coerce=int,
                initial=0 if absent and not guest.last_round else guest.last_round,
                label=_("%(name)s: up to round") % name,
            ),
        )
        for need, label in (("step_free", _("%(name)s: step-free table")), ("quiet", _("%(name)s: quiet table"))):
            self._add(guest, need, forms.BooleanField(required=False, initial=getattr(guest, need), label=label % name))
        if self.talks:
            self._add(
                guest,
                "most",
                forms.IntegerField(
                    required=False,
                    min_value=0,
                    max_value=self.plan.rounds,
                    initial=guest.most_talks,
                    label=_("%(name)s: at most so many talks") % name,
                ),
            )

    def _add(self, guest: Guest, name: str, field: forms.Field) -> None:
        field.widget.attrs["aria-label"] = field.label
        self.fields[f"{name}-{guest.pk}"] = field

    def lines(self) -> list[tuple[Guest, list[forms.BoundField]]]:
        names = ["from", "until", "step_free", "quiet", *(["most"] if self.talks else [])]
        return [(guest, [self[f"{name}-{guest.pk}"] for name in names]) for guest in self.guests]

    def clean(self) -> dict[str, Any]:
        for guest in self.guests:
            first, last = self.cleaned_data.get(f"from-{guest.pk}"), self.cleaned_data.get(f"until-{guest.pk}")
            if first and last and last < first:
                self.add_error(f"until-{guest.pk}", _("They leave before they come."))
        return self.cleaned_data

    def stays(self) -> dict[int, Stay]:
        """By the guest's key."""
        return {guest.pk: self._stay(guest.pk) for guest in self.guests}

    def _stay(self, pk: int) -> Stay:
        said = self.cleaned_data
        last = said[f"until-{pk}"]
        return Stay(
            first_round=min(said[f"from-{pk}"] - 1, last),
            last_round=last,
            step_free=said[f"step_free-{pk}"],
            quiet=said[f"quiet-{pk}"],
            most_talks=said.get(f"most-{pk}"),
        )


class AgainForm(forms.Form):
    release = forms.BooleanField(
        label=gettext_lazy("Those who were put somewhere by hand may move too"), required=False
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("For the journal."),
        widget=forms.TextInput(attrs={"size": 60}),
    )


class RoundsForm(forms.Form):
    finished = forms.TypedChoiceField(label=gettext_lazy("Rounds that were held"), coerce=int)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, initial={"finished": plan.finished_rounds}, **kwargs)
        choices = [(n, str(n)) for n in range(1, plan.rounds + 1)]
        self.fields["finished"].choices = [(0, _("none yet")), *choices]  # type: ignore[attr-defined]
