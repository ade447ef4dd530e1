"""Beside a person's record: remove what they answered before, as they asked. Who comes and who meets whom stays."""

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.services import earlier_answers_of, remove_earlier_answers
from partners.admin.pages import Confirmation, ask_first
from partners.models import Person


def remove_view(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET says how many there are, POST removes them."""
    if not request.user.has_perm("partners.change_person"):
        raise PermissionDenied
    person = get_object_or_404(Person, pk=pk)
    back = reverse("admin:partners_person_change", args=[pk])
    if request.method == "POST":
        removed = remove_earlier_answers(person, by=request.user)  # type: ignore[arg-type]
        said = ngettext("%(n)d answer was removed.", "%(n)d answers were removed.", removed)
        messages.success(request, said % {"n": removed})
        return redirect(back)
    return ask_first(
        model_admin,
        request,
        Confirmation(
            title=_("Remove their earlier answers?"),
            explanation=_(
                "Why they said no to a suggestion, how they said it goes, and what they hoped for of the day. Their "
                "place, their partners and our support stay as they are. This cannot be undone."
            ),
            button=_("They asked for it: remove them"),
            headings=[_("Person"), _("Answers")],
            rows=[[person, earlier_answers_of(person)]],
            post_to=request.path,
            back_to=back,
        ),
    )
