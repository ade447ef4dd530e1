from tests.browser.test_desk import *
import os
@pytest.mark.parametrize("desk", ["desk", "phone"], indirect=True)
def test_look(desk, world, request):
    os.makedirs("/tmp/desk_shots", exist_ok=True)
    size = request.node.callspec.params["desk"]
    names = ("day", "register", "badges", "door", "walk_in", "paper", "change")
    pages = {name: day(world.event, name) for name in names}
    pages["colleague"] = f"{day(world.event, 'colleague')}?who={world.museum.pk}"
    pages["arr_list"] = reverse("admin:events_arrangement_changelist")
    pages["arr"] = reverse("admin:events_arrangement_change", args=[Arrangement.objects.get().pk])
    pages["prog_list"] = reverse("admin:events_programme_changelist")
    pages["prog"] = reverse("admin:events_programme_change", args=[world.event.programme_id])
    pages["spoken"] = reverse("admin:matching_introduction_spoken", args=[world.introduction.pk])
    pages["reg_list"] = reverse("admin:events_registration_changelist")
    pages["call_list"] = reverse("admin:events_call_changelist")
    pages["index"] = "/admin/"; pages["cyindex"] = "/cy/admin/"
    bad = []
    for name, path in pages.items():
        desk.goto(path)
        desk.screenshot(path=f"/tmp/desk_shots/{size}-{name}.png", full_page=True)
        for check in (assert_accessible, assert_fits):
            try: check(desk)
            except AssertionError as e: bad.append((name, str(e)[:1800]))
    open(f"/tmp/desk_shots/{size}.txt", "w").write("\n\n".join(f"{a}: {b}" for a, b in bad))
