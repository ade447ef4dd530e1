"""The wording of letters: every letter there is, in both languages, to read, to change and to put back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pwp.journal.admin import moment
from pwp.outbox import wording
from pwp.outbox.admin.frames import frame, framed, framed_text, with_frames
from pwp.outbox.admin.words import note
from pwp.outbox.letters import both_parts
from pwp.outbox.models import LetterText

LANGUAGES = {"en": gettext_lazy("English"), "cy": gettext_lazy("Welsh")}
SHORT = 50  # characters of a subject that most phones show
LONGEST_BODY = 10_000


class WordingForm(forms.Form):
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=250, widget=forms.TextInput(attrs={"class": "letter-subject"})
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 24, "class": "letter-body"}),
        help_text=gettext_lazy(
            "An empty line begins a new paragraph. Lines that begin with “- ” become a list. A line of words that ends "
            "with a colon, and under it a {link}, become a button."
        ),
    )

    def __init__(self, letter: str, language: str, data: Any = None) -> None:
        self.letter, self.language = letter, language
        changed = LetterText.objects.filter(letter=letter, language=language).first()
        source = wording.original(letter, language)
        now = changed or source
        super().__init__(data, prefix=language, initial={"subject": now.subject, "body": now.body})
        for field in self.fields.values():
            field.widget.attrs["lang"] = language

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        subject, body = said.get("subject"), said.get("body")
        if subject and body:
            said["body"] = body = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").split("\n")).strip()
            for problem in wording.problems(self.letter, self.language, subject, body):
                self.add_error(None, problem)
        return said


@admin.register(LetterText)
class LetterTextAdmin(admin.ModelAdmin):
    """The list is of letters, not of rows: a letter without a row is as its file has it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # "back to the original" does it

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("letter/<slug:app>/<slug:name>/", wrap(self.letter_view), name="outbox_lettertext_letter"),
            path("look/<slug:app>/<slug:name>/<slug:language>/", wrap(self.look), name="outbox_lettertext_look"),
            path("back/<slug:app>/<slug:name>/<slug:language>/", wrap(self.back), name="outbox_lettertext_back"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        changed = self.get_object(request, object_id)
        if changed is None:
            raise Http404
        return self.letter_view(request, *changed.letter.split("/"))

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        changed = {(text.letter, text.language): text for text in LetterText.objects.all()}
        rows = [
            {
                "letter": letter,
                "address": self._address(letter),
                "languages": [
                    {
                        "code": language,
                        "subject": (changed.get((letter, language)) or wording.original(letter, language)).subject,
                        "status": _status(changed.get((letter, language))),
                    }
                    for language in LANGUAGES
                ],
            }
            for letter in wording.all_letters()
        ]
        context = {**self.admin_site.each_context(request), "title": _("Wording of letters"), "opts": self.opts}
        return TemplateResponse(request, "admin/outbox/lettertext/change_list.html", {**context, "rows": rows})

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def letter_view(self, request: HttpRequest, app: str, name: str) -> HttpResponse:
        """One letter: both languages side by side, each with its words, what may be filled in, and how it looks."""
        letter = _known(app, name)
        if not self.has_view_permission(request):
            raise PermissionDenied
        posted = request.POST.get("language", "")
        if request.method == "POST" and (posted not in LANGUAGES or not self.has_change_permission(request)):
            raise PermissionDenied
        forms = {lang: WordingForm(letter, lang, request.POST if lang == posted else None) for lang in LANGUAGES}
        status = 200
        if posted:
            if forms[posted].is_valid():
                self._save(request, letter, posted, **forms[posted].cleaned_data)
                return redirect(self._address(letter))
            status = 422
        return self._page(request, letter, forms, status)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def look(self, request: HttpRequest, app: str, name: str, language: str) -> HttpResponse:
        """How the letter looks with invented values: as it is now, or, posted, as it is typed. Saves nothing."""
        letter = _known(app, name, language)
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = WordingForm(letter, language, request.POST if request.method == "POST" else None)
        if form.is_bound and not form.is_valid():
            return framed_text("\n".join(str(words) for errors in form.errors.values() for words in errors), language)
        said = form.cleaned_data if form.is_bound else form.initial
        known = wording.original(letter, language)
        with translation.override(language):
            context = known.sample(language)
            subject, body = known.filled(said["subject"], said["body"], context)
            text, html = both_parts(subject, body, language, context)
        if "plain" in request.POST or "plain" in request.GET:
            return framed_text(f"{subject}\n\n{text}", language)
        return framed(html.replace("<div", f"{_subject_line(subject)}<div", 1))

    @method_decorator(require_POST)
    def back(self, request: HttpRequest, app: str, name: str, language: str) -> HttpResponse:
        """Back to the original: what staff wrote is dropped, and kept in the history."""
        letter = _known(app, name, language)
        if not self.has_change_permission(request):
            raise PermissionDenied
        for changed in LetterText.objects.filter(letter=letter, language=language):
            words = {"subject": changed.subject, "body": changed.body}
            note(request, changed, _("Back to the original. It was: %(subject)s / %(body)s") % words)
            changed.delete()
            messages.success(request, _("The letter is as it was at first."))
        return redirect(self._address(letter))

    def _address(self, letter: str) -> str:
        return reverse("admin:outbox_lettertext_letter", args=letter.split("/"))

    def _save(self, request: HttpRequest, letter: str, language: str, *, subject: str, body: str) -> None:
        who = getattr(request.user, "email", "")
        changed, _made = LetterText.objects.update_or_create(
            letter=letter,
            language=language,
            defaults={"subject": subject, "body": body, "changed_by": who, "changed_at": timezone.now()},
        )
        note(request, changed, _("Wording changed."))
        messages.success(request, _("Saved. Letters written from now on say this."))

    def _page(self, request: HttpRequest, letter: str, forms: dict[str, WordingForm], status: int) -> HttpResponse:
        columns = [self._column(letter, language, form) for language, form in forms.items()]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Wording: %(letter)s") % {"letter": letter},
            "opts": self.opts,
            "columns": columns,
            "may_change": self.has_change_permission(request),
        }
        page = TemplateResponse(request, "admin/outbox/lettertext/letter.html", context, status=status)
        return with_frames(page)

    def _column(self, letter: str, language: str, form: WordingForm) -> dict[str, Any]:
        known = wording.original(letter, language)
        args = [*letter.split("/"), language]
        look, name = reverse("admin:outbox_lettertext_look", args=args), f"look-{language}"
        changed = LetterText.objects.filter(letter=letter, language=language).first()
        subject, _body = wording.preview(known, language, *_usable(changed, known))
        return {
            "language": language,
            "words": LANGUAGES[language],
            "form": form,
            "parts": [(part, part.examples(language)) for part in known.parts.values()],
            "status": _status(changed),
            "changed": changed,
            "look": look,
            "frame_name": name,
            "frame": frame(
                look, _("How the letter looks (%(language)s)") % {"language": LANGUAGES[language]}, name=name
            ),
            "back": reverse("admin:outbox_lettertext_back", args=args),
            "subject": subject,
            "subject_length": len(subject),
            "subject_is_short": len(subject) <= SHORT,
        }


def _subject_line(subject: str) -> str:
    words = _("Subject: %(subject)s (characters: %(count)d)") % {"subject": subject, "count": len(subject)}
    return format_html('<p style="font-family: sans-serif; font-size: 14px">{}</p>', words)


def _usable(changed: LetterText | None, known: wording.Wording) -> tuple[str, str]:
    text = changed if changed and wording.is_usable(changed) else known
    return text.subject, text.body


def _known(app: str, name: str, language: str = "en") -> str:
    """The letter's name. Raises Http404 for letters and languages there are not."""
    letter = f"{app}/{name}"
    if letter not in wording.all_letters() or language not in LANGUAGES:
        raise Http404
    return letter


def _status(changed: LetterText | None) -> Any:
    if changed is None:
        return _("original")
    if not wording.is_usable(changed):
        return _("cannot be used any more: the original is sent")
    by = {"by": changed.changed_by, "when": moment(changed.changed_at)}
    return format_html("<strong>{}</strong>", _("changed by %(by)s, %(when)s") % by)
