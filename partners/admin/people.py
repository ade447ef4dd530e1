"""People, the mailboxes they sign in with, and what they agreed to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin import duplicates, texts
from partners.admin.exports import Exported
from partners.admin.pages import HatsOfRecord, NamedFields, RecordAdmin, link_to
from partners.models import Consent, Membership, Person, User
from partners.resources import PersonResource
from partners.services import follow_mailbox
from pwp.journal.admin import ReadOnlyAdmin, moment, table
from pwp.outbox.admin import letters_to


def reach(person: Person) -> SafeString | str:
    """How to reach somebody: the e-mail address and the phone number, as links; how to say the name, how to write."""
    ways: list[SafeString | str] = []
    if person.contact_email:
        ways.append(format_html('<a href="mailto:{0}">{0}</a>', person.contact_email))
    if person.phone:
        ways.append(format_html('<a href="tel:{}">{}</a>', person.phone.replace(" ", ""), person.phone))
    if person.pronunciation:
        ways.append(_("say: %(name)s") % {"name": person.pronunciation})
    ways += [person.communication] if person.communication else []
    return format_html_join(" · ", "{}", ((way,) for way in ways))


def consents_of(person: Person) -> SafeString | str:
    """The latest word on each purpose; never asked is not a yes."""
    latest: dict[str, Consent] = {}
    for consent in person.consents.all():  # newest first
        latest.setdefault(consent.purpose, consent)
    return table(
        [_("Purpose"), _("Answer"), _("When"), _("How")],
        [_consent_cells(str(purpose.label), latest.get(purpose)) for purpose in Consent.Purpose],
        empty="",
    )


def _consent_cells(purpose: str, consent: Consent | None) -> list[str]:
    if consent is None:
        return [purpose, _("no answer"), "", ""]
    answer = _("yes") if consent.given else _("no")
    return [purpose, answer, moment(consent.at), consent.get_channel_display()]


class MailboxCreationForm(AdminUserCreationForm):
    """Without a password unless one is asked for: people sign in with a mailed code."""

    usable_password = AdminUserCreationForm.create_usable_password_field(
        gettext_lazy("Mailboxes sign in with a mailed code; a password is only needed for demonstrations.")
    )

    class Meta:
        model = User
        fields = ("email",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["usable_password"].initial = "false"

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This mailbox is here already."))
        return email


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    ordering = ["email"]
    list_display = ["email", "is_staff", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["email"]
    show_full_result_count = False
    add_form = MailboxCreationForm
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (
            gettext_lazy("What it may do"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        (gettext_lazy("When"), {"fields": ["last_login", "date_joined"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser hands out rights; otherwise staff could make themselves one."""
        kept = ["last_login", "date_joined"]
        return kept if request.user.is_superuser else [*kept, "is_staff", "is_superuser", "groups", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's mailbox is a superuser's business."""
        if isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


class ConsentInline(admin.TabularInline):
    model = Consent
    extra = 0
    template = "admin/partners/tabular.html"
    verbose_name_plural = gettext_lazy(
        "every answer about consent, newest first; add what they say by phone or on paper"
    )
    fields = ["at", "purpose", "given", "channel", "text_version"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class HatInline(NamedFields):
    """The organisations a person speaks for."""

    model = Membership
    autocomplete_fields = ["organisation"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("person", "organisation")


class AgreesFilter(admin.SimpleListFilter):
    """Those whose latest word on one purpose is yes: whom a letter about it may go to."""

    title = gettext_lazy("who agrees to")
    parameter_name = "agrees"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Consent.Purpose.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        if self.value() not in Consent.Purpose.values:
            return queryset
        return queryset.filter(pk__in=Person.objects.agreeing(str(self.value())).values("pk"))


@admin.register(Person)
class PersonAdmin(Exported, HatsOfRecord, RecordAdmin):
    export_resource = PersonResource
    list_display = ["name", "contact_email", "phone", "language", "mailbox"]
    list_filter = [
        AgreesFilter,
        "language",
        ("contact_email", admin.EmptyFieldListFilter),
        ("user", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["user"]
    search_fields = ["name", "contact_email", "phone", "memberships__organisation__name"]
    raw_id_fields = ["user"]
    readonly_fields = ["same_mailbox", "looks_like", "agreed", "answered", "letters", "journal", "created_at"]
    actions = ["merge_two"]
    inlines = [HatInline, ConsentInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "pronunciation"),
                    "language",
                    ("contact_email", "phone"),
                    "communication",
                    "user",
                    "same_mailbox",
                    "created_at",
                ]
            },
        ),
        (gettext_lazy("Looks like one we know"), {"fields": ["looks_like"]}),
        (gettext_lazy("What they agree to"), {"fields": ["agreed", "answered"]}),
        (gettext_lazy("Letters"), {"fields": ["letters"]}),
        (gettext_lazy("What became of this record"), {"fields": ["journal"]}),
    ]

    def get_urls(self) -> list[Any]:
        pages: list[tuple[str, Any, str]] = [
            ("duplicates/", self.duplicates_view, "duplicates"),
            ("<int:first>/merge/<int:second>/", self.merge_view, "merge"),
            ("<int:first>/different/<int:second>/", self.different_view, "different"),
        ]
        wrap = self.admin_site.admin_view
        return [
            *(path(route, wrap(view), name=f"partners_person_{name}") for route, view, name in pages),
            *super().get_urls(),
        ]

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        return duplicates.duplicates_view(self, request)

    def merge_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        return duplicates.merge_view(self, request, first, second)

    def different_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        return duplicates.different_view(self, request, first, second)

    def tools(self, request: HttpRequest) -> list[tuple[str, str, bool]]:
        ways = [(_("People who may be there twice"), duplicates.address("duplicates", model=Person), False)]
        return [*(ways if self.has_change_permission(request) else []), *super().tools(request)]

    @admin.action(description=gettext_lazy("Two records of one person: merge"), permissions=["change"])
    def merge_two(self, request: HttpRequest, queryset: QuerySet[Person]) -> HttpResponse | None:
        two = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(two) == 2:
            return redirect(duplicates.address("merge", *two, model=Person))
        messages.warning(request, _("Please choose exactly two records."))
        return None

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "contact_email" in form.changed_data and "user" not in form.changed_data:
            follow_mailbox(obj)

    @admin.display(description=gettext_lazy("mailbox"), ordering="user__email")
    def mailbox(self, person: Person) -> str:
        return str(person.user) if person.user else _("never signed in")

    @admin.display(description=gettext_lazy("what they answered before"))
    def answered(self, person: Person) -> SafeString | str:
        if not person.pk:
            return "–"
        address = reverse("admin:matching_answer_remove", args=[person.pk])
        return format_html('<a href="{}">{}</a>', address, _("Remove it, as they asked"))

    @admin.display(description=gettext_lazy("others at this address"))
    def same_mailbox(self, person: Person) -> SafeString | str:
        """A clerk's box, or one person twice: each has letters and links of their own."""
        if not person.contact_email:
            return "–"
        others = Person.objects.of_mailbox(person.contact_email).exclude(pk=person.pk)
        return format_html_join(", ", "{}", ((link_to(other),) for other in others)) or "–"

    @admin.display(description=gettext_lazy("looks like"))
    def looks_like(self, person: Person) -> SafeString | str:
        return duplicates.looks_like(person) if person.pk else "–"

    @admin.display(description=gettext_lazy("journal"))
    def journal(self, person: Person) -> SafeString | str:
        return texts.history_of(person) if person.pk else "–"

    @admin.display(description=gettext_lazy("now"))
    def agreed(self, person: Person) -> SafeString | str:
        return consents_of(person) if person.pk else "–"

    @admin.display(description=gettext_lazy("letters"))
    def letters(self, person: Person) -> SafeString | str:
        return letters_to(person.code) if person.pk else "–"


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["at", "person", "purpose", "given", "channel", "text_version"]
    list_filter = ["purpose", "given", "channel"]
    list_select_related = ["person"]
    search_fields = ["person__name", "person__contact_email"]
    date_hierarchy = "at"
    show_full_result_count = False
