"""What is particular about two records of one person: what they agreed to, and letters that know them by their code."""

from typing import Any

from django.apps import apps

from partners.models import Consent, Person
from pwp.outbox.models import Message


def keep_the_narrower(kept: Person, gone: Person) -> list[Any]:
    """Add a no to the ledger of `kept` wherever the two said different things; a record without a line was never asked.

    Returns the steps for undoing.
    """
    said = [dict(person.consents.order_by("at", "pk").values_list("purpose", "given")) for person in (kept, gone)]
    if not all(said):
        return []
    steps: list[Any] = []
    for purpose in Consent.Purpose:
        if {bool(words.get(purpose)) for words in said} == {True, False}:
            no = Consent.objects.create(person=kept, purpose=purpose, given=False, channel=Consent.Channel.MERGED)
            steps.append(["made", no._meta.label_lower, no.pk])
    return steps


def hand_over_letters(kept: Person, gone: Person) -> list[Any]:
    """The letters of `gone` are letters of `kept` from now on, so that none of them is written a second time.

    Returns the steps for undoing.
    """
    steps: list[Any] = []
    for letter in Message.objects.to_person(gone.code).only("key", "person_code").order_by("pk"):
        key = letter.key.removesuffix(f":{gone.code}")
        renamed = f"{key}:{kept.code}" if key != letter.key else letter.key
        taken = renamed != letter.key and Message.objects.filter(key=renamed).exists()
        values = {"person_code": kept.code, "key": letter.key if taken else renamed}
        before = {"person_code": letter.person_code, "key": letter.key}
        Message.objects.filter(pk=letter.pk).update(**values)
        steps.append(["set", letter._meta.label_lower, letter.pk, before, values])
    return steps


def take_back(step: list[Any]) -> None:
    what, label, pk, *rest = step
    rows = apps.get_model(label)._base_manager.filter(pk=pk)
    if what == "made":
        rows.delete()
    else:
        before, after = rest
        rows.filter(**after).update(**before)
