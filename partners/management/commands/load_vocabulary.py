"""Add the kinds, themes and audiences the programme began with. Rows that exist keep what staff made of them."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from partners.models import Audience, Kind, KindRelation, Theme

DATA = Path(__file__).parents[2] / "data" / "vocabulary.json"


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        content = json.loads(DATA.read_text(encoding="utf-8"))
        added = 0
        for model, rows in ((Kind, content["kinds"]), (Theme, content["themes"]), (Audience, content["audiences"])):
            for row in rows:
                _, created = model._default_manager.get_or_create(slug=row["slug"], defaults=row)
                added += created
        kinds = {kind.slug: kind for kind in Kind.objects.all()}
        for row in content["kind_relations"]:
            _, created = KindRelation.objects.get_or_create(
                need_kind=kinds[row["need"]], offer_kind=kinds[row["offer"]], defaults={"weight": row["weight"]}
            )
            added += created
        self.stdout.write(f"Vocabulary: {added} added.")
