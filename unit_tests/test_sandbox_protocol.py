"""The sandbox follows the rules of Basecamp's API, seen by a client over a socket."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from sandbox import AccountSize, Sandbox

pytestmark = pytest.mark.sandbox

SIZE = AccountSize(todos=(320, 3, 0), messages=2, schedule_entries=2)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as sandbox:
        yield sandbox


@pytest.fixture
def fresh() -> Iterator[Sandbox]:
    with Sandbox(AccountSize(todos=20, messages=0, schedule_entries=0)) as sandbox:
        yield sandbox


def get(sandbox: Sandbox, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{sandbox.account_url}/{path}", headers=sandbox.headers(**headers), timeout=5)


def refresh(sandbox: Sandbox, **changes: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": sandbox.tokens.client_id,
        "client_secret": sandbox.tokens.client_secret,
        "refresh_token": sandbox.tokens.refresh_token,
    }
    return requests.post(f"{sandbox.url}/authorization/token", data=form | changes, timeout=5)


def pages(sandbox: Sandbox, path: str) -> list[requests.Response]:
    walked = [get(sandbox, path)]
    while "next" in walked[-1].links:
        walked.append(requests.get(walked[-1].links["next"]["url"], headers=sandbox.headers(), timeout=5))
    return walked


def test_pages_grow_from_15_to_100(served: Sandbox) -> None:
    walked = pages(served, "projects/recordings.json?type=Todo")
    assert [len(page.json()) for page in walked] == [15, 30, 50, 100, 100, 25]


def test_the_link_headers_lead_to_every_record_once_in_feed_order(served: Sandbox) -> None:
    walked = pages(served, "projects/recordings.json?type=Todo&sort=updated_at&direction=asc")
    records = [record for page in walked for record in page.json()]
    assert records == served.account.feed("Todo", sort="updated_at", direction="asc")


def test_link_is_absolute_and_keeps_every_parameter(served: Sandbox) -> None:
    link = get(served, "projects/recordings.json?type=Todo&sort=updated_at&direction=desc&status=active").headers[
        "Link"
    ]
    path = f"{served.account_url}/projects/recordings.json"
    assert link == f'<{path}?type=Todo&sort=updated_at&direction=desc&status=active&page=2>; rel="next"'


def test_a_colon_in_the_type_survives_the_link() -> None:
    with Sandbox(AccountSize(schedule_entries=16), rate_limit=False) as sandbox:
        walked = pages(sandbox, "projects/recordings.json?type=Schedule::Entry")
    assert [len(page.json()) for page in walked] == [15, 1]


def test_the_last_page_and_any_page_beyond_carry_no_link(served: Sandbox) -> None:
    assert "Link" not in get(served, "projects/recordings.json?type=Todo&status=archived").headers
    beyond = get(served, "projects/recordings.json?type=Todo&page=99")
    assert (beyond.json(), "Link" in beyond.headers) == ([], False)


def test_total_count_is_that_of_the_whole_listing(served: Sandbox) -> None:
    assert get(served, "projects/recordings.json?type=Todo").headers["X-Total-Count"] == "320"
    assert get(served, "projects/recordings.json?type=Todo&status=archived&page=7").headers["X-Total-Count"] == "3"


def test_without_sort_a_feed_is_newest_created_first(served: Sandbox) -> None:
    created = [record["created_at"] for record in get(served, "projects/recordings.json?type=Todo").json()]
    assert created == sorted(created, reverse=True)


def test_bucket_narrows_a_feed_to_projects(served: Sandbox) -> None:
    ids = [project["id"] for project in served.account.projects()][-2:]
    walked = pages(served, f"projects/recordings.json?type=Todo&bucket={ids[0]},{ids[1]}")
    got = {record["id"] for page in walked for record in page.json()}
    assert got == {record["id"] for record in served.account.feed("Todo") if record["bucket"]["id"] in ids}
    assert got


@pytest.mark.parametrize(
    "path",
    [
        "projects.json?status=active",
        "projects/recordings.json",
        "projects/recordings.json?type=Nonsense",
        "projects/recordings.json?type=Todo&status=drafted",
        "projects/recordings.json?type=Todo&sort=title",
        "projects/recordings.json?type=Todo&direction=up",
    ],
)
def test_a_parameter_basecamp_does_not_know_is_400_in_json(served: Sandbox, path: str) -> None:
    answer = get(served, path)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_projects_are_listed_newest_created_first_for_each_status(served: Sandbox) -> None:
    for status, query in (("active", ""), ("archived", "?status=archived"), ("trashed", "?status=trashed")):
        listed = get(served, f"projects.json{query}").json()
        assert listed == served.account.projects(status)
        assert [p["created_at"] for p in listed] == sorted((p["created_at"] for p in listed), reverse=True)
        assert {p["status"] for p in listed} == {status}


def test_only_the_list_form_of_a_project_says_whether_it_is_bookmarked(served: Sandbox) -> None:
    listed = get(served, "projects.json").json()[0]
    item = get(served, f"projects/{listed['id']}.json").json()
    assert "bookmarked" in listed
    assert item == {key: value for key, value in listed.items() if key != "bookmarked"}


def test_every_address_works_without_suffix_if_json_is_accepted(served: Sandbox) -> None:
    for path in ("projects", "people", "account", f"todos/{served.account.feed('Todo')[0]['id']}"):
        assert get(served, path, Accept="application/json").json() == get(served, f"{path}.json").json()
        assert get(served, path, Accept="text/html").status_code == 406


def test_items_and_schedules_are_what_the_account_holds(served: Sandbox) -> None:
    for type, path in (("Todo", "todos"), ("Message", "messages"), ("Schedule::Entry", "schedule_entries")):
        record = served.account.feed(type)[0]
        assert get(served, f"{path}/{record['id']}.json").json() == record
    schedule_id = served.account.feed("Schedule::Entry")[0]["parent"]["id"]
    schedule = get(served, f"schedules/{schedule_id}.json").json()
    entries = get(served, f"schedules/{schedule_id}/entries.json").json()
    assert (schedule["type"], schedule["entries_count"]) == ("Schedule", len(entries))
    assert {entry["parent"]["id"] for entry in entries} == {schedule_id}


def test_an_unchanged_page_is_304_and_a_changed_one_is_not(fresh: Sandbox) -> None:
    first = get(fresh, "projects/recordings.json?type=Todo")
    assert first.headers["ETag"].startswith('W/"')
    again = get(fresh, "projects/recordings.json?type=Todo", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    fresh.account.update(first.json()[0]["id"], content="Changed")
    changed = get(fresh, "projects/recordings.json?type=Todo", **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize("agent", ["", "python-requests/2.32", "source-basecamp"])
def test_a_user_agent_without_contact_is_400_in_plain_text(served: Sandbox, agent: str) -> None:
    answer = get(served, "projects.json", **{"User-Agent": agent})
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (400, "text/plain")


@pytest.mark.parametrize("agent", ["Fabian (fabian@honcho.example)", "source-basecamp/1 (+https://example.com)"])
def test_a_user_agent_with_contact_is_let_in(served: Sandbox, agent: str) -> None:
    assert get(served, "projects.json", **{"User-Agent": agent}).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer unknown", "Basic unknown"])
def test_an_unknown_token_is_401(served: Sandbox, authorization: str) -> None:
    answer = get(served, "projects.json", Authorization=authorization)
    assert answer.status_code == 401
    assert answer.json() == {"error": "OAuth token expired (old age)"}
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends_with_its_lifetime_and_when_all_are_expired(
    fresh: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = fresh.headers()
    fresh.tokens.expire_all()
    url = f"{fresh.account_url}/account.json"
    assert requests.get(url, headers=headers, timeout=5).status_code == 401
    fresh.tokens.set_lifetime(60)
    headers = fresh.headers()
    assert requests.get(url, headers=headers, timeout=5).status_code == 200
    later = time.monotonic() + 60
    monkeypatch.setattr("sandbox.server.launchpad.monotonic", lambda: later)
    assert requests.get(url, headers=headers, timeout=5).status_code == 401


def test_another_account_or_an_unknown_id_is_404_without_a_body(served: Sandbox) -> None:
    for url in (
        f"{served.url}/1/projects.json",
        f"{served.account_url}/todos/1.json",
        f"{served.account_url}/nope.json",
    ):
        answer = requests.get(url, headers=served.headers(), timeout=5)
        assert (answer.status_code, answer.content, "Reason" in answer.headers) == (404, b"", False)


def test_an_inactive_account_is_404_with_a_reason_everywhere(fresh: Sandbox) -> None:
    fresh.switches.inactive = True
    for path in ("projects.json", "account.json"):
        answer = get(fresh, path)
        assert (answer.status_code, answer.headers["Reason"]) == (404, "Account Inactive")


def test_the_51st_request_in_ten_seconds_is_429_and_says_when_to_come_back(fresh: Sandbox) -> None:
    session = requests.Session()
    url, headers = f"{fresh.account_url}/account.json", fresh.headers()
    answers = [session.get(url, headers=headers, timeout=5) for _ in range(52)]
    assert [answer.status_code for answer in answers] == [200] * 50 + [429] * 2
    refused = answers[-1]
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert '"remaining": 0' in refused.headers["X-Ratelimit"]


def test_a_request_is_answered_again_after_retry_after(fresh: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.limits.requests = 2
    answers = [get(fresh, "account.json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    later = time.monotonic() + int(answers[-1].headers["Retry-After"])
    monkeypatch.setattr("sandbox.server.limits.monotonic", lambda: later)
    assert get(fresh, "account.json").status_code == 200


def test_the_rate_limit_does_not_count_requests_for_tokens(fresh: Sandbox) -> None:
    fresh.limits.requests = 1
    assert [refresh(fresh).status_code for _ in range(3)] == [200] * 3
    assert get(fresh, "account.json").status_code == 200
    assert get(fresh, "account.json").status_code == 429
    assert (len(fresh.log.launchpad), len(fresh.log.api)) == (3, 2)


def test_each_refresh_gives_another_access_token_that_works(served: Sandbox) -> None:
    first, second = refresh(served).json(), refresh(served, grant_type="", type="refresh").json()
    assert first["access_token"] != second["access_token"]
    assert first["refresh_token"] == second["refresh_token"] == served.config()["client_refresh_token_2"]
    assert first["expires_in"] == 1_209_600
    for answer in (first, second):
        assert get(served, "account.json", Authorization=f"Bearer {answer['access_token']}").status_code == 200


def test_a_rotating_refresh_token_works_once() -> None:
    with Sandbox(rotate_refresh_token=True) as sandbox:
        old = sandbox.tokens.refresh_token
        new = refresh(sandbox).json()["refresh_token"]
        assert new != old
        assert refresh(sandbox, refresh_token=old).status_code == 400
        assert refresh(sandbox, refresh_token=new).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"refresh_token": "revoked"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_refused_refresh_says_what_is_wrong(
    served: Sandbox, changes: dict[str, str], status: int, error: str
) -> None:
    answer = refresh(served, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_launchpad_lists_the_accounts_a_test_put_there(fresh: Sandbox) -> None:
    url = f"{fresh.url}/authorization.json"
    listed = requests.get(url, headers=fresh.headers(), timeout=5).json()
    assert [account["href"] for account in listed["accounts"]] == [fresh.account_url]
    assert listed.keys() == {"expires_at", "identity", "accounts"}
    fresh.tokens.accounts = [{"product": "bcx", "id": 5}, *fresh.tokens.accounts]
    listed = requests.get(url, headers=fresh.headers(), timeout=5).json()
    assert [account["product"] for account in listed["accounts"]] == ["bcx", "bc3"]
    assert requests.get(url, timeout=5).status_code == 401


def test_the_date_header_follows_the_skew(fresh: Sandbox) -> None:
    fresh.switches.clock_skew_seconds = -7200
    told = parsedate_to_datetime(get(fresh, "account.json").headers["Date"]).timestamp()
    assert told == pytest.approx(time.time() - 7200, abs=3)


def test_an_answer_is_compressed_for_a_client_that_accepts_gzip(served: Sandbox) -> None:
    packed = get(served, "projects.json")
    plain = get(served, "projects.json", **{"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content


def test_ids_past_2_53_arrive_exactly(served: Sandbox) -> None:
    text = get(served, "projects/recordings.json?type=Todo&page=4").text
    assert any(f'"id":{9_007_199_254_740_993 + 2 * k},' in text for k in range(60))


def test_two_sandboxes_in_one_process_share_neither_tokens_nor_log() -> None:
    with Sandbox() as one, Sandbox(AccountSize(account_id=7, seed=2)) as other:
        foreign = requests.get(f"{other.account_url}/projects.json", headers=one.headers(), timeout=5)
        assert foreign.status_code == 401
        assert (len(one.log.requests), len(other.log.requests)) == (0, 1)


def test_a_taken_port_is_an_os_error(served: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"), Sandbox(port=int(served.url.rpartition(":")[2])):
        pass


def test_the_log_keeps_what_was_sent(fresh: Sandbox) -> None:
    get(fresh, "projects/recordings.json?type=Todo&status=archived", Authorization="Bearer x")
    (logged,) = fresh.log.requests
    assert (logged.method, logged.status) == ("GET", 401)
    assert logged.query == {"type": "Todo", "status": "archived"}
    assert logged.headers["authorization"] == "Bearer x"
    assert f"http://{logged.host}" == fresh.url
    assert fresh.log.count("recordings", type="Todo") == 1
    assert fresh.log.count("recordings", type="Message") == 0
    fresh.log.clear()
    assert fresh.log.count() == 0


def test_the_command_serves_until_interrupted_and_writes_a_private_configuration(tmp_path: Path) -> None:
    file, classic = tmp_path / "config.json", tmp_path / "classic.json"
    files = ["--config", str(file), "--classic-config", str(classic)]
    command = [sys.executable, "-m", "sandbox", "--todos", "3,2,1", *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = "".join(process.stdout.readline() for _ in range(4))
        url = said.partition("BASECAMP_BASE_URL=")[2].split()[0]
        config = json.loads(file.read_text())
        form = {"type": "refresh", **config, "refresh_token": config["client_refresh_token_2"]}
        assert requests.post(f"{url}/authorization/token", data=form, timeout=5).status_code == 200
        assert [stat.S_IMODE(path.stat().st_mode) for path in (file, classic)] == [0o600, 0o600]
        own = {"account_id": 1_999_991, "product": "classic"}
        assert json.loads(classic.read_text()) == config | own
        assert str(own["account_id"]) in said
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert process.stderr.read() == ""
