"""What answers teach, in words and tables for staff."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.admin.report import part_names
from matching.models import Answer, WeightSet
from matching.services import lessons
from matching.services.weights import weights_of
from partners.admin.pages import link_to
from pwp.journal.admin import table


def taught() -> dict[str, Any]:
    """The page: what was answered, what it teaches now, what waits for a decision, what a score is worth."""
    said = lessons.said_so_far()
    used = WeightSet.objects.in_use()
    learnt = lessons.lesson(said, weights_of(used))
    return {
        "answers": answers_so_far(),
        "count": len(said),
        "lesson": shares(lessons.evidence(learnt, len(said))) if learnt.model else "",
        "verdict": verdict(learnt, len(said)),
        "proposals": [link_to(one) for one in WeightSet.objects.proposed().filter(source=WeightSet.Source.LEARNT)],
        "leanings": leanings_words(used),
        "calibration": calibration_words(used),
    }


def answers_so_far() -> SafeString | str:
    """How often each answer was given, and for which reason."""
    given = Counter(Answer.objects.order_by().values_list("choice", "reason"))
    choices, reasons = dict(Answer.Choice.choices), dict(Answer.Reason.choices)
    return table(
        [_("Answer"), _("Reason"), _("How often")],
        [[choices[choice], reasons.get(reason, "–"), given[choice, reason]] for choice, reason in sorted(given)],
        empty=_("Nobody has answered yet."),
    )


def verdict(learnt: Any, answers: int) -> str:
    """What staff can make of it, the honest sentence first."""
    if learnt.model is None:
        return _("Learning starts at %(fewest)d answers that say how well two fit; there are %(count)d.") % {
            "fewest": lessons.FEWEST,
            "count": learnt.answers,
        }
    words = losses_words(lessons.evidence(learnt, answers))
    if learnt.adopt:
        return words + " " + _("The learnt ones foretell better: they are proposed overnight, and you decide.")
    return words + " " + _("The weights in use foretell as well or better: nothing is proposed.")


def losses_words(evidence: Mapping[str, Any]) -> str:
    return _(
        "Learnt from %(telling)d of %(answers)d answers. On the newest fifth, kept aside for this, the learnt weights "
        "are wrong by %(loss_new).3f and the weights in use by %(loss_old).3f (log-loss; less is better)."
    ) % {name: evidence[name] for name in ("telling", "answers", "loss_new", "loss_old")}


def shares(evidence: Mapping[str, Any]) -> SafeString | str:
    """Old and new shares of the parts, side by side."""
    names = part_names()
    return table(
        [_("Part"), _("Share before"), _("Share learnt")],
        [[names[name], f"{evidence['old'][name]:.2f}", f"{evidence['new'][name]:.2f}"] for name in evidence["old"]],
        empty="",
    )


def learnt_words(evidence: Mapping[str, Any]) -> SafeString:
    """What speaks for a learnt set."""
    return format_html("<p>{}</p>{}", losses_words(evidence), shares(evidence))


def leanings_words(weight_set: WeightSet | None) -> str:
    """Whether earlier answers of two organisations move their scores, and how true that was."""
    said = weight_set.leanings if weight_set else {}
    if said.get("answers", 0) < lessons.FEWEST:
        return _("This starts at %(fewest)d answers that say how well two fit; there were %(count)d last night.") % {
            "fewest": lessons.FEWEST,
            "count": said.get("answers", 0),
        }
    judged = _(
        "From %(answers)d answers. On the newest fifth the log-loss is %(loss_with).3f with it and %(loss_without).3f "
        "without it (less is better)."
    ) % {name: said[name] for name in ("answers", "loss_with", "loss_without")}
    if not said["use"]:
        return judged + " " + _("That is no better: nobody's score is moved.")
    moved = ngettext(
        "It moves the scores of %(count)d organisation.",
        "It moves the scores of %(count)d organisations.",
        len(said["of"]),
    ) % {"count": len(said["of"])}
    bounds = _(
        "What somebody gains from a partner may go from 0.50 to 0.73 by it, or to 0.27, and no further. Everybody is "
        "still shown as often as before."
    )
    return f"{judged} {moved} {bounds}"


def calibration_words(weight_set: WeightSet | None) -> SafeString:
    """Whether a score is shown as a chance, how true that was, and ten groups of pairs to see it by."""
    said = weight_set.calibration if weight_set else {}
    if said.get("answers", 0) < lessons.ENOUGH:
        words = _(
            "A score becomes a chance at %(enough)d pairs whose outcome is known; there were %(count)d last night."
        )
        return format_html("<p>{}</p>", words % {"enough": lessons.ENOUGH, "count": said.get("answers", 0)})
    judged = _(
        "From %(answers)d pairs. On the newest fifth the chance is off by %(ece_after).3f on average (%(ece_before).3f "
        "before it was fitted); its log-loss is %(loss_after).3f (%(loss_before).3f before)."
    ) % {name: said[name] for name in ("answers", "ece_after", "ece_before", "loss_after", "loss_before")}
    if not said["use"]:
        return format_html("<p>{}</p><p>{}</p>", judged, _("That is no better: no chance is shown."))
    groups = table(
        [_("Chance given, on average"), _("Both said yes"), _("Pairs")],
        [[f"{100 * one['said']:.0f}%", f"{100 * one['happened']:.0f}%", one["pairs"]] for one in said["groups"]],
        empty="",
    )
    return format_html("<p>{}</p>{}", judged, groups)
