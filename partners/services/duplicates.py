"""Organisations and people that look like one: found for staff, who say what they are. The machine merges nobody."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import geography
from partners.duplicates import Body, Likeness, look_alikes
from partners.models import Difference, Membership, Organisation, Person, PersonDifference, User
from partners.models.records import RecordState
from partners.people_alike import Human, people_alike
from pwp.journal.models import By, write_entry
from pwp.refusals import Refused

Alike = tuple[Body, Body, Likeness]
AlikePeople = tuple[Human, Human, Likeness]
DIFFERENCES: dict[Any, Any] = {Organisation: Difference, Person: PersonDifference}


def possible_duplicates() -> list[Alike]:
    """Every pair that staff should look at, likeliest first. Three queries however many organisations there are."""
    bodies, apart = _bodies()
    return look_alikes(bodies, apart=apart)


def look_alikes_of(organisation: Organisation) -> list[Alike]:
    """The pairs of one organisation, itself first in each."""
    bodies, apart = _bodies()
    own = next((body for body in bodies if body.key == organisation.pk), None)
    return look_alikes(bodies, of=own, apart=apart) if own else []


def _bodies() -> tuple[list[Body], list[tuple[int, int]]]:
    """All organisations as the comparison needs them, and the pairs that are settled: different, or one part of one."""
    mailboxes: dict[int, list[str]] = {}
    for pk, email in Membership.objects.exclude(person__contact_email="").values_list(
        "organisation", "person__contact_email"
    ):
        mailboxes.setdefault(pk, []).append(email)
    columns = ("pk", "name", "postcode", "work_place", "charity_number", "identifier_scheme", "website", "parent")
    apart = list(Difference.objects.values_list("one", "other"))
    bodies = []
    for pk, name, postcode, work_place, number, scheme, website, parent in Organisation.objects.order_by(
        "pk"
    ).values_list(*columns):
        bodies.append(
            Body(
                key=pk,
                name=name,
                postcode=geography.tidy_postcode(postcode) or geography.tidy_postcode(work_place),
                charity_number=number,
                listed_in=scheme,
                website=website,
                mailboxes=tuple(mailboxes.get(pk, ())),
            )
        )
        if parent:
            apart.append((pk, parent))
    return bodies, apart


def possibly_one_person() -> list[AlikePeople]:
    """Every pair of people whom staff should look at, likeliest first. Three queries however many there are."""
    return people_alike(_humans(), apart=PersonDifference.objects.values_list("one", "other"))


def people_like(person: Person) -> list[AlikePeople]:
    """The pairs of one person, themselves first in each."""
    people = _humans()
    own = next((human for human in people if human.key == person.pk), None)
    return people_alike(people, of=own, apart=PersonDifference.objects.values_list("one", "other")) if own else []


def _humans() -> list[Human]:
    hats: dict[int, list[str]] = {}
    for pk, name in Membership.objects.values_list("person", "organisation__name"):
        hats.setdefault(pk, []).append(name)
    known = Person.objects.filter(forgotten_at=None).order_by("pk")
    rows = known.values_list("pk", "name", "contact_email", "phone")
    return [Human(pk, name, email, phone, tuple(hats.get(pk, ()))) for pk, name, email, phone in rows]


@transaction.atomic
def say_different(one: Any, other: Any, *, by: By, reason: str = "") -> Any:
    """Remember that two that look alike are not the same: they are not shown as such again. Saying it twice is once."""
    first, second = sorted((one, other), key=lambda record: record.pk)
    who = by if isinstance(by, User) else None
    difference, created = DIFFERENCES[type(one)].objects.get_or_create(
        one=first, other=second, defaults={"reason": reason, "by": who}
    )
    if created:
        for record, another in ((first, second), (second, first)):
            named = f"{another.name} ({another.code})" if isinstance(another, Organisation) else another.code
            write_entry(record, RecordState.APART, RecordState.APART, by=by, reason=f"≠ {named} {reason}".strip())
    return difference


@transaction.atomic
def make_part_of(branch: Organisation, parent: Organisation, *, by: By) -> None:
    """Link a branch, a friends group or an owner's museum to the body it belongs to. Raises Refused on a circle."""
    above: Organisation | None = parent
    while above is not None:
        if above.pk == branch.pk:
            raise Refused(
                _("%(parent)s is part of %(branch)s already; it cannot be the other way round as well.")
                % {"parent": parent.name, "branch": branch.name}
            )
        above = above.parent
    branch.parent = parent
    branch.save(update_fields=["parent", "updated_at"])
    write_entry(branch, RecordState.APART, RecordState.APART, by=by, reason=f"→ {parent.name} ({parent.code})")
