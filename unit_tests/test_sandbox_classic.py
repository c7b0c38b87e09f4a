"""The sandbox's Classic site answers as Classic does, seen by a client over a socket."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from sandbox import ClassicSize, Fault, Sandbox
from sandbox.classic import ClassicSite
from sandbox.classic.elements import STREAMS
from unit_tests.support.classic import ClassicClient, parsed, thread

pytestmark = pytest.mark.sandbox

SMALL = ClassicSize(
    projects=2,
    on_hold_projects=0,
    archived_projects=0,
    template_projects=0,
    messages=(27, 0),
    calendar_entries=(52, 0),
    time_entries=(51, 0),
    attachments=(101, 0),
    comments=(52, 0, 0, 0),
    todo_lists=(2, 1),
)


@pytest.fixture(scope="module")
def full() -> Iterator[ClassicClient]:
    with Sandbox(rate_limit=False, gzip=False) as sandbox:
        yield ClassicClient(sandbox)


@pytest.fixture
def client() -> Iterator[ClassicClient]:
    with Sandbox(rate_limit=False, gzip=False, classic=SMALL) as sandbox:
        yield ClassicClient(sandbox)


def site(client: ClassicClient) -> ClassicSite:
    return client.sandbox.classic


def first(client: ClassicClient, stream: str) -> dict[str, Any]:
    return site(client).records(stream)[0]


def by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: (record["id"], record.get("project_id", 0)))


@pytest.mark.parametrize("stream", [name for name in STREAMS if name != "comments"])
def test_every_listing_walked_to_its_end_is_what_the_site_holds(full: ClassicClient, stream: str) -> None:
    held = site(full).records(stream)
    assert held
    assert full.everything(stream) == held


def test_every_thread_walked_to_its_oldest_is_what_the_site_holds(full: ClassicClient) -> None:
    walked = []
    for stream in ("messages", "todo_items", "calendar_entries"):
        for record in site(full).records(stream):
            if record["comments_count"]:
                found = full.comments(thread(stream, record), project_id=record["project_id"])
                assert len(found) == record["comments_count"]
                assert record["commented_at"] == found[0]["created_at"]
                walked += found
    assert by_id(walked) == by_id(site(full).records("comments"))


def test_the_default_site_has_every_case_of_a_page() -> None:
    site = ClassicSite()
    ids = [project["id"] for project in site.records("projects")]
    cases = {
        "messages": {0, 25, 26, 60},
        "calendar_entries": {0, 50, 51, 120},
        "time_entries": {0, 50, 51, 130},
        "attachments": {0, 100, 101, 205},
    }
    for stream, counts in cases.items():
        assert counts <= {sum(each["project_id"] == id for each in site.records(stream)) for id in ids}
    commented = site.records("messages") + site.records("todo_items") + site.records("calendar_entries")
    assert {0, 1, 50, 51, 101, 120} <= {each["comments_count"] for each in commented}
    lists = {each["todo_list_id"] for each in site.records("todo_items")}
    assert any(each["id"] not in lists for each in site.records("todo_lists"))
    belongings = [name for name in STREAMS if name not in ("account", "projects", "companies", "people")]
    used = {each["project_id"] for stream in belongings for each in site.records(stream)}
    assert set(ids) - used
    assert {each["status"] for each in site.records("projects")} == {"active", "on_hold", "archived", "template"}


def test_one_seed_makes_one_site_and_writes_it_in_one_way() -> None:
    def bodies(seed: int) -> list[bytes]:
        with Sandbox(rate_limit=False, classic=ClassicSize(seed=seed)) as sandbox:
            client, project = ClassicClient(sandbox), sandbox.classic.records("projects")[0]["id"]
            return [client.get(path).content for path in ("/people.xml", f"/projects/{project}/posts.xml")]

    assert bodies(3) == bodies(3) != bodies(4)


def test_the_xml_is_written_in_every_way_that_the_wire_has(full: ClassicClient) -> None:
    ids = [project["id"] for project in site(full).records("projects")]
    names = ("posts", "calendar_entries", "todo_lists", "attachments", "categories")
    paths = ["/people.xml", "/account.xml", *[f"/projects/{id}/{name}.xml" for id in ids for name in names]]
    wire = "\n".join(full.get(path).text for path in paths)
    for pattern in (
        r"^<\?xml version=\"1.0\" encoding=\"UTF-8\"\?>",
        r"^<\?xml version=\"1.0\"\?>",
        r"<created-on type=\"date\">\d{4}-\d\d-\d\d</created-on>",
        r"<created-on type=\"datetime\">\d{4}-\d\d-\d\dT00:00:00Z<",
        r"<created-on>",
        r"<id type=\"integer\">",
        r"<id>",
        r"<private>(true|false)<",
        r"<posts type=\"array\">",
        r"<posts>",
        r"<attachments type=\"array\"/>",
        r"<attachments type=\"array\">\s+</attachments>",
        r"<milestone-id nil=\"true\"",
        r"<milestone-id type=\"integer\" nil=\"true\"",
        r"<milestone-id( type=\"integer\")?(/>|></milestone-id>)",
        r"<body/>",
        r"<body></body>",
        "&amp;amp;",
        "&lt;",
        "&#8217;",
        "&#x2019;",
        "&quot;",
        "&#13;",
        r"<!\[CDATA\[",
        r"日本語",
        r"&#26085;",
        r"</post>\s+<post>",
        r"</post><post>",
    ):
        assert re.search(pattern, wire, re.MULTILINE), pattern


def test_a_list_of_one_is_a_list_and_a_record_alone_is_as_it_is_listed(client: ClassicClient) -> None:
    project = site(client).records("projects")[1]["id"]
    assert len(client.listed("todo_lists", f"/projects/{project}/todo_lists.xml")) == 1
    for stream, prefix in (("messages", "posts"), ("todo_lists", "todo_lists"), ("people", "people")):
        record = first(client, stream)
        assert parsed(STREAMS[stream].element, client.root(f"/{prefix}/{record['id']}.xml")) == record
    assert parsed(STREAMS["people"].element, client.root("/me.xml")) == first(client, "people")


def test_page_zero_repeats_page_one_and_headers_count_time_entries(client: ClassicClient) -> None:
    path = f"/projects/{first(client, 'projects')['id']}/time_entries.xml"
    answers = [client.get(f"{path}{query}") for query in ("", "?page=0", "?page=1", "?page=2", "?page=3")]
    assert answers[0].content == answers[1].content == answers[2].content
    assert [len(ElementTree.fromstring(answer.content)) for answer in answers] == [50, 50, 50, 1, 0]
    assert [answers[3].headers[f"X-{name}"] for name in ("Records", "Pages", "Page")] == ["51", "2", "2"]


def test_an_offset_may_be_any_number_and_a_page_starts_there(client: ClassicClient) -> None:
    path = f"/projects/{first(client, 'projects')['id']}/posts.xml"
    held = site(client).records("messages")
    assert client.listed("messages", f"{path}?n=3") == held[3:27]
    assert client.listed("messages", f"{path}?n=27") == []
    assert client.listed("messages", f"{path}?n=x") == held[:25]


def test_a_thread_says_how_long_it_is_and_where_it_goes_on(client: ClassicClient) -> None:
    path = thread("messages", next(each for each in site(client).records("messages") if each["comments_count"]))
    root = client.root(path)
    assert (root.get("count"), len(root)) == ("52", 50)
    older = client.root(str(root.get("continued-at")))
    assert str(root.get("continued-at")).startswith(path)
    assert (older.get("count"), len(older), older.get("continued-at")) == ("52", 2, None)


def test_only_a_milestone_has_comments_at_the_address_of_one(client: ClassicClient) -> None:
    for entry in site(client).records("calendar_entries")[:8]:
        own = thread("calendar_entries", entry)
        other = thread(
            "calendar_entries", entry | {"type": {"Milestone": "CalendarEvent"}.get(entry["type"], "Milestone")}
        )
        assert [client.get(path).status_code for path in (own, other)] == [200, 404]


def test_milestones_categories_and_lists_can_be_narrowed(client: ClassicClient) -> None:
    project = first(client, "projects")["id"]
    entries = site(client).records("calendar_entries")
    milestones = [each for each in entries if each["type"] == "Milestone"]
    assert client.listed("calendar_entries", f"/projects/{project}/calendar_entries/milestones.xml") == milestones
    for asked, type in (("post", "PostCategory"), ("attachment", "AttachmentCategory")):
        found = client.listed("categories", f"/projects/{project}/categories.xml?type={asked}")
        assert {each["type"] for each in found} == {type}
    finished = client.listed("todo_lists", f"/projects/{project}/todo_lists.xml?filter=finished")
    pending = client.listed("todo_lists", f"/projects/{project}/todo_lists.xml?filter=pending")
    assert (len(finished), len(pending)) == (1, 1)
    assert len(client.root(f"/projects/{project}/posts/archive.xml")) == 27


def test_a_report_is_of_all_projects_and_of_six_months_at_most(full: ClassicClient) -> None:
    held = site(full).records("time_entries")
    path = "/time_entries/report.xml?from={}&to={}"
    found = full.listed("time_entries", path.format("20250901", "20260228"))
    assert by_id(found) == by_id([each for each in held if "2025-09-01" <= each["date"] <= "2026-02-28"])
    assert len({each["project_id"] for each in found}) > 1
    one = found[0]["project_id"]
    narrowed = full.listed("time_entries", path.format("20250901", "20260228") + f"&filter_project_id={one}")
    assert narrowed == [each for each in found if each["project_id"] == one]
    for days in (("20250901", "20260301"), ("20250902", "20250901"), ("2025-09-01", "20250902"), ("", "20250902")):
        assert full.get(path.format(*days)).status_code == 422


def test_people_date_hours_before_their_project_and_after_today(full: ClassicClient) -> None:
    created = {each["id"]: each["created_on"][:10] for each in site(full).records("projects")}
    entries = site(full).records("time_entries")
    assert any(each["date"] < created[each["project_id"]] for each in entries)
    assert any(each["date"] > "2026-03-01" for each in entries)


@pytest.mark.parametrize(
    "path",
    ["/nope.xml", "/projects/1/posts.xml", "/todo_lists/1/todo_items.xml", "/posts/1/comments.xml", "/posts/1.xml"],
)
def test_what_is_not_there_is_404(client: ClassicClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_request_is_let_in_by_token_agent_and_format(client: ClassicClient) -> None:
    assert client.get("/account.xml", Authorization="Bearer unknown").status_code == 401
    assert client.get("/account.xml", **{"User-Agent": "nobody"}).status_code == 400
    assert client.get("/account.xml", Accept="application/json").status_code == 406
    url, headers = f"{client.sandbox.url}/account.xml", client.sandbox.headers(Accept="application/xml")
    assert requests.post(url, headers=headers, timeout=5).status_code == 404
    assert requests.get(url, headers=headers, timeout=5).headers["Content-Type"].startswith("application/xml")


def test_only_an_administrator_sees_deleted_people_and_some_fields(client: ClassicClient) -> None:
    everyone = site(client).records("people")
    site(client).administrator = False
    assert client.get("/people.xml?include_deleted=true").status_code == 403
    listed = client.listed("people", "/people.xml")
    assert listed == site(client).records("people")
    assert len(everyone) - len(listed) == SMALL.deleted_people
    assert {(each["administrator"], each["user_name"]) for each in listed} == {(None, None)}
    assert client.listed("projects", "/projects.xml") == site(client).records("projects")


def test_a_forbidden_project_is_listed_and_all_in_it_is_403(client: ClassicClient) -> None:
    project, list_id = first(client, "projects")["id"], first(client, "todo_lists")["id"]
    path = thread("messages", first(client, "messages"))
    site(client).forbid(project)
    assert project in [each["id"] for each in client.listed("projects", "/projects.xml")]
    for refused in (f"/projects/{project}/posts.xml", f"/todo_lists/{list_id}/todo_items.xml", path):
        assert client.get(refused).status_code == 403
    assert project not in {each["project_id"] for each in site(client).records("todo_items")}
    site(client).allow(project)
    assert client.get(path).status_code == 200


def test_without_time_tracking_hours_are_404_and_the_account_says_so(client: ClassicClient) -> None:
    project = first(client, "projects")["id"]
    site(client).time_tracking = False
    for path in (f"/projects/{project}/time_entries.xml", "/time_entries/report.xml?from=20250101&to=20250102"):
        assert client.get(path).status_code == 404
    assert site(client).records("time_entries") == []
    assert client.everything("account") == site(client).records("account")
    assert first(client, "account")["time_tracking_enabled"] is False


@pytest.mark.parametrize("status", [429, 503])
def test_over_its_own_limit_the_site_says_when_to_come_back(
    client: ClassicClient, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    limits = client.sandbox.classic_limits
    assert (limits.requests, limits.period) == (500, 10.0)
    limits.enabled, limits.requests = True, 2
    client.sandbox.switches.classic_refusal = status
    answers = [client.get("/account.xml") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, status]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
    later = time.monotonic() + int(answers[-1].headers["Retry-After"])
    monkeypatch.setattr("sandbox.server.limits.monotonic", lambda: later)
    monkeypatch.setattr("sandbox.server.launchpad.monotonic", lambda: later)
    assert client.get("/account.xml").status_code == 200


def test_the_two_apis_have_limits_of_their_own() -> None:
    with Sandbox(gzip=False) as sandbox:
        client = ClassicClient(sandbox)
        assert {client.get("/account.xml").status_code for _ in range(60)} == {200}
        url = f"{sandbox.account_url}/account.json"
        assert requests.get(url, headers=sandbox.headers(), timeout=5).status_code == 200


def test_a_message_removed_between_two_pages_hides_another_one(client: ClassicClient) -> None:
    held = [each["id"] for each in site(client).records("messages")]
    client.sandbox.faults.add(Fault(r"posts\.xml\?n=25", before=lambda _: site(client).remove("messages", held[0])))
    path = f"/projects/{first(client, 'projects')['id']}/posts.xml"
    walked = [each["id"] for each in client.offsets("messages", path, 25)]
    assert walked == [*held[:25], held[26]]
    assert client.sandbox.faults.unused == []


def test_a_fault_spoils_xml_as_it_spoils_json(client: ClassicClient) -> None:
    client.sandbox.faults.add(
        Fault("account", status=503, headers={"Retry-After": "1"}),
        Fault("account", body="<html>Maintenance</html>"),
        Fault("account", truncate=100),
    )
    assert [client.get("/account.xml").status_code for _ in range(2)] == [503, 200]
    with pytest.raises(ElementTree.ParseError):
        client.root("/account.xml")
    assert client.everything("account") == site(client).records("account")


def test_what_is_added_changed_and_removed_is_read_so(client: ClassicClient) -> None:
    held = site(client)
    project = held.add("projects", name="A & B")
    person = held.add("people", first_name="Ada")
    held.add("project_people", project["id"], id=person["id"])
    for stream in ("categories", "messages", "todo_lists", "calendar_entries", "time_entries", "attachments"):
        assert held.add(stream, project["id"])["project_id"] == project["id"]
    item = held.add("todo_items", project["id"], content="New")
    comment = held.add("comments", commentable_id=item["id"], body="First")
    assert (comment["commentable_type"], comment["project_id"]) == ("TodoItem", project["id"])
    held.change("messages", first(client, "messages")["id"], title="Changed", comments_count=7)
    held.change("account", held.account_id, name="Renamed")
    held.remove("people", first(client, "people")["id"])
    for stream in STREAMS:
        if stream != "comments":
            assert client.everything(stream) == held.records(stream)
    assert client.comments(f"/todo_items/{item['id']}/comments.xml", project_id=project["id"]) == [comment]
    held.remove("project_people", person["id"], project["id"])
    assert client.everything("project_people") == held.records("project_people")
    assert person["id"] not in {each["id"] for each in held.records("project_people")}


def test_with_a_record_goes_what_is_in_it_or_on_it(client: ClassicClient) -> None:
    held = site(client)
    item = first(client, "todo_items")
    comment = held.add("comments", commentable_id=item["id"])
    file = held.add("attachments", item["project_id"], owner_id=comment["id"], owner_type="Comment")
    held.remove("todo_lists", item["todo_list_id"])
    for stream, id in (("todo_items", item["id"]), ("comments", comment["id"]), ("attachments", file["id"])):
        assert held.record(stream, id) is None
    held.remove("projects", item["project_id"])
    assert held.records("messages") == held.records("comments") == []
    for stream, id in (("todo_lists", item["todo_list_id"]), ("nothing", 1)):
        with pytest.raises(KeyError):
            held.remove(stream, id)


def test_launchpad_lists_the_site_only_where_its_size_is_given(full: ClassicClient, client: ClassicClient) -> None:
    def products(sandbox: Sandbox) -> list[str]:
        url = f"{sandbox.url}/authorization.json"
        return [each["product"] for each in requests.get(url, headers=sandbox.headers(), timeout=5).json()["accounts"]]

    assert (products(full.sandbox), products(client.sandbox)) == (["bc3"], ["bc3", "basecamp"])
    entry = client.sandbox.tokens.accounts[1]
    assert (entry["id"], entry["href"]) == (SMALL.account_id, "https://sandbox.basecamphq.com")


def test_a_configuration_names_the_product_and_the_account_of_the_site(client: ClassicClient) -> None:
    config = client.sandbox.classic_config(concurrency=3)
    assert config == client.sandbox.config() | {"account_id": 1_999_991, "product": "classic", "concurrency": 3}
    assert json.loads(json.dumps(config)) == config
    assert client.sandbox.env["BASECAMP_CLASSIC_URL"] == client.sandbox.url


def test_a_site_is_generated_only_when_somebody_looks_at_it() -> None:
    with Sandbox() as sandbox:
        assert "store" not in vars(sandbox.classic)
        assert sandbox.classic.records("projects")
        assert "store" in vars(sandbox.classic)
