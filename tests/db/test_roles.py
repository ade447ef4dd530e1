"""Who may open what: every route there is, for everybody who may come along; and who may read how to reach whom."""

import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.urls import NoReverseMatch, get_resolver, reverse

from events.models import Arrangement, Event, Registration
from matching import services as matching
from matching.models import Answer
from partners.models import User
from pwp.today import TodaysWork
from tests import world as season
from tests.html import Visitor
from tests.world import World

SIGN_IN = "sign in"
ROLES = ("anonymous", "participant", "outsider", "colleague", "staff")


def row(anonymous: Any, participant: Any, outsider: Any, colleague: Any, staff: Any) -> dict[str, Any]:
    return dict(zip(ROLES, (anonymous, participant, outsider, colleague, staff), strict=True))


OPEN = row(200, 200, 200, 200, 200)
POST_ONLY = row(405, 405, 405, 405, 405)
GET_ANSWERS = {
    "home": OPEN,
    "my": row(SIGN_IN, 200, 200, 200, 200),
    "privacy": OPEN,
    "accessibility": OPEN,
    "place-data": OPEN,
    "events:event-detail": OPEN,
    "events:event-ics": OPEN,
    "events:ask": OPEN,
    # behind a mailed link: whoever holds it
    "events:ask-resume": OPEN,
    "events:request-detail": OPEN,
    "events:request-move": OPEN,
    "events:request-needs": OPEN,
    "events:still-coming": OPEN,
    "events:invitation-detail": OPEN,
    "matching:follow-up": OPEN,
    "matching:follow-up-stop": OPEN,
    "matching:request-details": OPEN,
    "events:request-withdraw": POST_ONLY,
    "events:invitation-answer": POST_ONLY,
    "events:my-invitation": POST_ONLY,
    "events:my-request": POST_ONLY,
    "events:request-answer": POST_ONLY,
    "events:request-colleague": POST_ONLY,
    "events:request-decider": POST_ONLY,
    "events:request-seen": POST_ONLY,
    "matching:my-follow-up": POST_ONLY,
    # of one organisation: its own people
    "partners:profile": row(SIGN_IN, 200, 404, 200, 404),
    "partners:organisation-update": row(SIGN_IN, 200, 404, 200, 404),
    "partners:listing-create": row(SIGN_IN, 200, 404, 200, 404),
    "partners:listing-update": row(SIGN_IN, 200, 404, 200, 404),
    "partners:listing-delete": POST_ONLY,
    # of one person: the mailbox they can be reached at
    "partners:person-update": row(SIGN_IN, 200, 404, 404, 404),
    # at one event: whoever has a place there
    "matching:suggestion-list": row(SIGN_IN, 200, 404, 200, 404),
    "matching:suggestion-answer": POST_ONLY,
    "matching:organisation-detail": row(SIGN_IN, 200, 404, 200, 404),
    # about words of others: whoever may read them
    "events:concern-line": row(SIGN_IN, 200, 404, 200, 404),
    "events:concern": row(SIGN_IN, 200, 404, 200, 404),
    # of two people: nobody else, not even a colleague
    "matching:introduction-detail": row(SIGN_IN, 200, 404, 404, 404),
}
POST_ANSWERS = {  # what a POST without any field does
    "partners:organisation-update": row(SIGN_IN, "done", 404, "done", 404),
    "partners:listing-create": row(SIGN_IN, 200, 404, 200, 404),
    "partners:listing-update": row(SIGN_IN, 200, 404, 200, 404),
    "partners:listing-delete": row(SIGN_IN, "done", 404, "done", 404),
    "partners:person-update": row(SIGN_IN, 200, 404, 404, 404),
    "matching:suggestion-answer": row(SIGN_IN, "done", 404, "done", 404),
    "events:concern-line": row(SIGN_IN, 200, 404, 200, 404),
    "events:concern": row(SIGN_IN, 200, 404, 200, 404),
    "events:my-invitation": row(SIGN_IN, "done", 404, 404, 404),
    "events:my-request": row(SIGN_IN, "done", 404, 404, 404),
    "matching:my-follow-up": row(SIGN_IN, "done", 404, 404, 404),
}
ALLAUTH = {  # other people's pages: what a stranger meets, and what somebody signed in may meet
    "account_change_password": (SIGN_IN, {200, 302}),
    "account_confirm_login_code": (SIGN_IN, {302}),
    "account_inactive": (200, {200}),
    "account_login": (200, {302}),
    "account_logout": ("done", {200}),
    "account_reauthenticate": (SIGN_IN, {200, 302, 403}),
    "account_request_login_code": (200, {302}),
    "account_set_password": (SIGN_IN, {200, 302}),
    "account_signup": (200, {302}),
    "mfa_activate_totp": (SIGN_IN, {200, 302}),
    "mfa_authenticate": (SIGN_IN, {302}),
    "mfa_deactivate_totp": (SIGN_IN, {200, 302, 404}),
    "mfa_download_recovery_codes": (SIGN_IN, {200, 302, 404}),
    "mfa_generate_recovery_codes": (SIGN_IN, {200, 302, 403}),
    "mfa_index": (SIGN_IN, {200}),
    "mfa_reauthenticate": (SIGN_IN, {200, 302, 403}),
    "mfa_view_recovery_codes": (SIGN_IN, {200, 302, 404}),
}


@pytest.fixture
def world() -> World:
    return season.play()


@pytest.fixture
def clients(world: World) -> dict[str, Visitor]:
    return {role: client_of(user) for role, user in world.users().items()}


def client_of(user: User | None) -> Visitor:
    client = Visitor()
    if user:
        client.force_login(user)
    return client


def met(response: Any) -> Any:
    """The status, or where a redirect leads: to sign in, or on from what was done."""
    if response.status_code != 302:
        return response.status_code
    return SIGN_IN if re.match(r"(/cy)?/sign-in/", response["Location"]) else "done"


def ours() -> list[str]:
    return [name for name in season.route_names() if not name.startswith(("admin:", "account_", "mfa_"))]


def test_every_route_has_an_entry_here(world: World) -> None:
    assert ours() == sorted(GET_ANSWERS) == sorted(world.routes())
    assert [name for name in season.route_names() if name.startswith(("account_", "mfa_"))] == sorted(ALLAUTH)


def test_every_page_answers_each_role_as_the_table_says(world: World, clients: dict[str, Visitor]) -> None:
    answers = {
        name: {role: met(client.get(reverse(name, kwargs=kwargs))) for role, client in clients.items()}
        for name, kwargs in world.routes().items()
    }

    assert answers == GET_ANSWERS


def test_every_post_behind_a_sign_in_answers_each_role_as_the_table_says(
    world: World,
) -> None:
    paths = {name: reverse(name, kwargs=world.routes()[name]) for name in POST_ANSWERS}
    answers: dict[str, dict[str, Any]] = {name: {} for name in POST_ANSWERS}
    for name, path in paths.items():
        for role, user in world.users().items():
            with transaction.atomic():
                answers[name][role] = met(client_of(user).post(path))
                transaction.set_rollback(True)

    assert answers == POST_ANSWERS


def test_pages_that_only_show_refuse_a_post(world: World, clients: dict[str, Visitor]) -> None:
    only_show = ["home", "my", "privacy", "events:event-detail", "events:event-ics", "events:request-detail"]
    only_show += ["events:ask-resume", "events:invitation-detail", "partners:profile", "matching:suggestion-list"]
    only_show += ["matching:organisation-detail", "matching:introduction-detail", "accessibility", "place-data"]

    answers = {n: clients["participant"].post(reverse(n, kwargs=world.routes()[n])).status_code for n in only_show}

    assert answers == dict.fromkeys(only_show, 405)


def test_the_pages_of_signing_in_answer_strangers_and_guests(clients: dict[str, Visitor]) -> None:
    stranger, guest = clients["anonymous"], clients["participant"]
    wrong = {}
    for name, (to_stranger, to_guest) in ALLAUTH.items():
        path = reverse(name)
        seen, second = met(stranger.get(path)), guest.get(path).status_code
        if seen != to_stranger or second not in to_guest:
            wrong[name] = (seen, second)

    assert wrong == {}


def test_links_with_a_wrong_token_or_another_purpose_are_not_found(world: World) -> None:
    wrong = {"events:ask-resume", "events:request-detail", "events:invitation-detail", "matching:follow-up"}
    wrong |= {"matching:follow-up-stop", "matching:request-details", "events:request-move", "events:still-coming"}
    wrong |= {"events:request-needs"}
    tried = ["no-such-token", *world.tokens.values()]

    opened = {
        (name, token): Visitor().get(reverse(name, kwargs={"token": token})).status_code
        for name in wrong
        for token in tried
    }

    own = {(name, world.routes()[name]["token"]) for name in wrong}
    assert {at for at, status in opened.items() if status == 200} == own
    assert {status for at, status in opened.items() if at not in own} == {404}


# --- the admin -------------------------------------------------------------------------------------------------------


def admin_paths(world: World) -> list[str]:
    """Every admin address that can be made: lists, forms, and the row of each model that has one."""
    paths = []
    rows = {m._meta.label_lower.replace(".", "_"): m._base_manager.first() for m in apps.get_models()}
    for name in season.route_names(get_resolver()):
        if not name.startswith("admin:"):
            continue
        row_of_model = rows.get(name.removeprefix("admin:").rpartition("_")[0])
        for args in ([], [row_of_model.pk] if row_of_model else [1], ["invite"]):
            try:
                paths.append(reverse(name, args=args))
            except NoReverseMatch:
                continue
            break
    return sorted(set(paths))


def test_the_admin_opens_to_staff_alone(world: World, clients: dict[str, Visitor]) -> None:
    paths = [p for p in admin_paths(world) if not p.endswith(("/logout/", "/login/", "/jsi18n/"))]

    opened = {
        (role, path)
        for role in ("anonymous", "participant", "colleague")
        for path in paths
        if clients[role].get(path).status_code == 200
    }

    assert len(paths) > 60
    assert opened == set()


def test_no_admin_page_breaks(world: World, clients: dict[str, Visitor]) -> None:
    broken = {path: status for path in admin_paths(world) if (status := _status(clients["staff"], path)) >= 500}

    assert broken == {}


def _status(client: Visitor, path: str) -> int:
    client.raise_request_exception = False
    return int(client.get(path).status_code)


DAY = ("day", "register", "badges", "door", "mark", "walk_in", "colleague", "paper", "caterer")
AT_THE_DOOR = {"day", "door", "mark", "walk_in"}  # a colleague's page needs to be told in whose place


def member_of_staff(role: str, *events: Event) -> User:
    address = f"{role.replace(' ', '-')}@desk.example"
    slugs = [word for event in events for word in ("--event", event.slug)]
    call_command("give_role", address, role.replace(" ", "-"), *slugs, stdout=StringIO())
    return User.objects.get(email=address)


def day_pages(client: Visitor, event: Event) -> dict[str, int]:
    """The status of each page of the day, after the redirect that a GET of a button's address gives."""
    return {
        name: client.get(reverse(f"admin:events_event_{name}", args=[event.pk]), follow=True).status_code
        for name in DAY
    }


@pytest.mark.parametrize(
    ("role", "opened"),
    [
        ("officer", set(DAY) - {"colleague"}),
        ("event helper", set(DAY) - {"colleague", "caterer"}),
        ("door", AT_THE_DOOR),
    ],
)
def test_the_pages_of_the_day_open_to_those_who_work_at_this_event(world: World, role: str, opened: set[str]) -> None:
    events = () if role == "officer" else (world.event,)
    client = client_of(member_of_staff(role, *events))

    found = day_pages(client, world.event)

    assert {name for name, status in found.items() if status == 200} == opened
    assert {status for name, status in found.items() if name not in opened} <= {404}


@pytest.mark.parametrize("role", ["event helper", "door", "access"])
def test_they_are_not_found_by_helpers_of_another_event_nor_by_other_roles(world: World, role: str) -> None:
    events = () if role == "access" else (world.outsider.event,)
    client = client_of(member_of_staff(role, *events))

    found = day_pages(client, world.event)

    assert {name for name, status in found.items() if status != 404} == ({"caterer"} if role == "access" else set())


@pytest.mark.parametrize("role", ["event helper", "door"])
def test_helpers_and_the_door_open_nothing_else_of_the_desk(world: World, role: str) -> None:
    client = client_of(member_of_staff(role, world.event))
    client.raise_request_exception = False
    everybody = {reverse(f"admin:{name}") for name in ("index", "password_change", "password_change_done", "jsi18n")}

    opened = {path for path in admin_paths(world) if "/day/" not in path and client.get(path).status_code == 200}

    assert opened - everybody - {reverse("admin:logout"), reverse("admin:login")} == set()


def test_who_sees_to_access_opens_that_and_nothing_else(world: World) -> None:
    Arrangement.objects.create(registration=world.museum, kind="access", words="A ramp.")
    client = client_of(member_of_staff("access"))
    client.raise_request_exception = False
    everybody = {reverse(f"admin:{name}") for name in ("index", "password_change", "password_change_done", "jsi18n")}
    everybody |= {reverse("admin:logout"), reverse("admin:login"), reverse("admin:app_list", args=["events"])}

    opened = {path for path in admin_paths(world) if client.get(path).status_code == 200}

    assert {path for path in opened - everybody if "/arrangement/" not in path and "/day/caterer/" not in path} == set()
    assert reverse("admin:events_arrangement_changelist") in opened


def test_help_with_costs_is_between_the_guest_and_the_officer(world: World) -> None:
    needs = [
        Arrangement.objects.create(registration=world.museum, kind=kind, words="X.") for kind in ("access", "cost")
    ]
    pages = [reverse("admin:events_arrangement_change", args=[need.pk]) for need in needs]
    access, officer = member_of_staff("access"), member_of_staff("officer")

    found = {one: [client_of(one).get(page).status_code for page in pages] for one in (access, officer)}

    assert found == {access: [200, 302], officer: [200, 200]}
    listed = {one: client_of(one).get("/admin/events/arrangement/").context["cl"].result_count for one in found}
    assert listed == {access: 1, officer: 2}
    today = {one: {item.slug: item.count for item in TodaysWork(one).items()}["arrangements"] for one in found}
    assert today == listed


def test_what_people_need_is_not_found_by_helpers(world: World) -> None:
    need = Arrangement.objects.create(registration=world.museum, kind="access", words="A ramp.")
    pages = [
        reverse("admin:events_arrangement_changelist"),
        reverse("admin:events_arrangement_change", args=[need.pk]),
        reverse("admin:events_arrangement_history", args=[need.pk]),
    ]
    for role in ("event helper", "door"):
        client = client_of(member_of_staff(role, world.event))
        assert [client.get(page).status_code for page in pages] == [404] * 3
    officer = client_of(member_of_staff("officer"))
    assert [officer.get(page).status_code for page in pages] == [200] * 3


def test_an_officer_without_being_a_superuser_does_all_of_the_desk_but_delete_people_and_hand_out_rights(
    world: World, clients: dict[str, Visitor]
) -> None:
    officer, superuser = client_of(member_of_staff("officer")), clients["staff"]

    refused = {
        path
        for path in admin_paths(world)
        if _status(officer, path) in (403, 404) and _status(superuser, path) not in (403, 404)
    }

    rights = {path for path in refused if path.startswith(("/admin/auth/", "/admin/partners/user/"))}
    assert rights
    assert {path for path in refused - rights if not path.endswith("/delete/")} == set()


def test_a_role_is_taken_back_by_giving_none(world: World) -> None:
    helper = member_of_staff("event helper", world.event)
    call_command("give_role", helper.email, "none", stdout=StringIO())

    helper = User.objects.get(pk=helper.pk)
    assert (helper.is_staff, helper.groups.count(), helper.events_helped.count()) == (False, 0, 0)


# --- how to reach people ---------------------------------------------------------------------------------------------


def details_of(registration: Registration) -> list[str]:
    person = registration.person
    return [person.contact_email, person.phone, person.phone.replace(" ", ""), person.name.split()[-1]]


def read_everywhere(world: World, client: Visitor) -> dict[str, str]:
    """All that an organisation's page, lists, calendar files and headers say to this visitor, in both languages."""
    shared = {n: k for n, k in world.routes().items() if "token" not in k}
    said = {}
    for name, kwargs in shared.items():
        for prefix in ("", "/cy"):
            response = client.get(prefix + reverse(name, kwargs=kwargs))
            said[f"{prefix} {name}"] = f"{response.content.decode()} {dict(response.headers)}"
    for place in (world.museum, world.group, world.choir, world.outsider):
        response = client.get(place.organisation.get_absolute_url())
        said[place.organisation.name] = f"{response.content.decode()} {dict(response.headers)}"
    return said


def leaks(world: World, client: Visitor, whose: list[Registration]) -> set[tuple[str, str]]:
    said = read_everywhere(world, client)
    return {
        (at, detail) for at, text in said.items() for place in whose for detail in details_of(place) if detail in text
    }


@pytest.mark.parametrize("role", ["anonymous", "participant", "outsider", "colleague"])
def test_nobody_reads_how_to_reach_somebody_before_two_yeses(
    world: World, clients: dict[str, Visitor], role: str
) -> None:
    not_introduced = {
        "anonymous": [world.museum, world.group, world.choir, world.outsider, world.invited],
        "participant": [world.choir, world.outsider, world.invited],
        "outsider": [world.museum, world.group, world.choir, world.invited],
        "colleague": [world.group, world.choir, world.outsider, world.invited],
    }

    assert leaks(world, clients[role], not_introduced[role]) == set()


def test_after_two_yeses_each_of_the_two_reads_the_other_and_nobody_else_does(world: World) -> None:
    matching.answer_suggestion(
        world.open_pair,
        organisation=world.choir.organisation,
        person=world.choir.person,
        choice=Answer.Choice.YES,
    )
    introduction = world.open_pair.__class__.objects.get(pk=world.open_pair.pk).introduction
    texts = {}
    for place in (world.museum, world.choir, world.group, world.colleague):
        response = client_of(place.person.user).get(introduction.get_absolute_url())
        texts[place.organisation.name, place.pk] = (response.status_code, response.content.decode())

    to_museum = texts[world.museum.organisation.name, world.museum.pk]
    to_choir = texts[world.choir.organisation.name, world.choir.pk]
    assert [d in to_museum[1] for d in details_of(world.choir)] == [True] * 4
    assert [d in to_choir[1] for d in details_of(world.museum)] == [True] * 4
    assert [texts[p.organisation.name, p.pk][0] for p in (world.group, world.colleague)] == [404, 404]


def test_staff_read_how_to_reach_everybody(world: World, clients: dict[str, Visitor]) -> None:
    page = clients["staff"].get(reverse("admin:partners_person_changelist")).content.decode()

    assert [place.person.name in page for place in (world.museum, world.group, world.choir)] == [True] * 3


def test_no_page_but_ones_own_says_what_the_other_side_answered(world: World) -> None:
    said = read_everywhere(world, client_of(world.choir.person.user))

    assert {at for at, text in said.items() if "You said: yes" in text or season.PRIVATE_REASON in text} == set()
