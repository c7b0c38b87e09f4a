"""A client sees of each scripted fault what it would see of a real one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from sandbox import AccountSize, Fault, Sandbox

pytestmark = pytest.mark.sandbox

FEED = "projects/recordings.json?type=Todo"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(AccountSize(todos=50), rate_limit=False) as sandbox:
        yield sandbox


def get(sandbox: Sandbox, path: str = FEED, timeout: float = 5) -> requests.Response:
    return requests.get(f"{sandbox.account_url}/{path}", headers=sandbox.headers(), timeout=timeout)


def test_a_status_fault_hits_the_next_request_only(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(status=503, headers={"Retry-After": "3"}, body="Later."))
    answer = get(sandbox)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "Later.", "3")
    assert get(sandbox).status_code == 200
    assert [request.status for request in sandbox.log.requests] == [503, 200]


def test_a_fault_hits_only_the_request_that_it_names(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(r"type=Todo&page=2$", status=500))
    assert get(sandbox, "projects.json").status_code == 200
    assert get(sandbox).status_code == 200
    assert [fault.status for fault in sandbox.faults.unused] == [500]
    assert get(sandbox, f"{FEED}&page=2").status_code == 500
    assert sandbox.faults.unused == []


def test_skip_and_times_choose_the_matching_requests(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("recordings", skip=1, times=2, status=502))
    assert [get(sandbox).status_code for _ in range(4)] == [200, 502, 502, 200]


def test_faults_hit_in_the_order_in_which_they_were_added(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(status=500), Fault(status=502), Fault(status=504))
    assert [get(sandbox).status_code for _ in range(4)] == [500, 502, 504, 200]


def test_a_permanent_fault_lasts_until_cleared(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(times=None, status=503))
    assert [get(sandbox).status_code for _ in range(3)] == [503] * 3
    assert sandbox.faults.unused == []
    sandbox.faults.clear()
    assert get(sandbox).status_code == 200


def test_a_fault_of_one_method_does_not_hit_another(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(method="POST", status=500))
    assert get(sandbox).status_code == 200
    assert requests.post(f"{sandbox.url}/authorization/token", timeout=5).status_code == 500


def test_a_delay_comes_before_the_answer_and_delays_no_other_request(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(FEED.partition("?")[0], delay=30))
    with pytest.raises(requests.ReadTimeout):
        get(sandbox, timeout=0.1)
    started = time.monotonic()
    assert get(sandbox).status_code == 200
    assert time.monotonic() - started < 1


def test_reset_breaks_the_connection_before_any_byte(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(reset=True))
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        get(sandbox)
    assert sandbox.log.requests[0].status == 0
    assert get(sandbox).status_code == 200


def test_cut_ends_the_body_before_its_announced_length(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(cut=100))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="100 bytes read"):
        get(sandbox)


def test_truncate_answers_well_formed_http_with_broken_json(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(truncate=100))
    answer = get(sandbox)
    assert (answer.status_code, len(answer.content)) == (200, 100)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_broken_gzip_fails_to_decode(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(broken_gzip=True))
    with pytest.raises(requests.exceptions.ContentDecodingError):
        get(sandbox)


def test_drip_sends_the_true_body_slowly(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(drip=0.01, truncate=10))
    started = time.monotonic()
    answer = get(sandbox)
    assert len(answer.content) == 10
    assert time.monotonic() - started > 0.1


def test_headers_of_the_true_answer_can_be_replaced_and_removed(sandbox: Sandbox) -> None:
    link = '<https://evil.example/next>; rel="next"'
    sandbox.faults.add(Fault(headers={"Link": link, "X-Total-Count": None}))
    answer = get(sandbox)
    assert (answer.headers["Link"], "X-Total-Count" in answer.headers) == (link, False)
    assert len(answer.json()) == 15


def test_a_body_in_place_of_the_true_one_keeps_the_headers(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(body=b"<html>Down for maintenance</html>"))
    answer = get(sandbox)
    assert (answer.status_code, answer.text) == (200, "<html>Down for maintenance</html>")
    assert answer.headers["X-Total-Count"] == "50"


def test_before_changes_the_account_ahead_of_the_answer_and_after_afterwards(sandbox: Sandbox) -> None:
    first, second = (record["id"] for record in sandbox.account.feed("Todo")[:2])
    sandbox.faults.add(Fault(before=lambda account: account.trash(first), after=lambda account: account.trash(second)))
    assert [get(sandbox).headers["X-Total-Count"] for _ in range(2)] == ["49", "48"]


def test_a_record_trashed_between_two_pages_hides_another_from_a_plain_reader(sandbox: Sandbox) -> None:
    everything = {record["id"] for record in sandbox.account.feed("Todo")}
    gone = get(sandbox).json()[3]["id"]
    sandbox.faults.add(Fault("page=2", before=lambda account: account.trash(gone)))
    read = {record["id"] for page in (1, 2, 3) for record in get(sandbox, f"{FEED}&page={page}").json()}
    assert len(everything - read) == 1


@pytest.mark.parametrize("fault", [Fault(), Fault(delay=3600), Fault(drip=3600)], ids=["idle", "delayed", "dripping"])
def test_after_stop_the_port_refuses_the_connections_are_closed_and_no_thread_is_left(fault: Fault) -> None:
    threads = set(threading.enumerate())
    with Sandbox(AccountSize(todos=5)) as sandbox:
        sandbox.faults.add(fault)
        port = int(sandbox.url.rpartition(":")[2])
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET /authorization.json HTTP/1.1\r\nHost: sandbox\r\n\r\n")
        while sandbox.faults.unused:
            time.sleep(0.001)
    with client:
        client.settimeout(5)
        while client.recv(4096):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert set(threading.enumerate()) == threads
