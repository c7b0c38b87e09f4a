"""Ids in states and addresses, and how the projects are found that Basecamp does not list."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from unittest.mock import patch

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from source_basecamp.buckets import MAX_IDS_LENGTH, Buckets, packed, ranges, unpacked
from source_basecamp.problems import ConnectorError


class Server:
    """Answers 404 to each request that names one of the ids `refused`."""

    def __init__(self, refused: Sequence[int] = ()) -> None:
        self.refused, self.asked = set(refused), 0

    def __call__(self, ids: Sequence[int]) -> requests.Response:
        self.asked += 1
        response = requests.Response()
        response.status_code = 404 if self.refused.intersection(ids) else 200
        return response


@given(st.sets(st.integers(1, 10**17)))
def test_ids_that_were_packed_are_the_same_when_they_are_unpacked(ids: set[int]) -> None:
    assert unpacked(packed(ids)) == ids


def test_packed_ids_begin_with_the_least_one_as_basecamp_shows_it() -> None:
    assert packed([48644111, 48644099]) == "48644099+12"


def test_a_project_takes_eight_bytes_of_a_state_at_most() -> None:
    """Basecamp numbers all that is in it, so the ids of an account's projects are far apart."""
    ids = random.Random(37).sample(range(1_000_000, 50_000_000), 1_500)
    assert len(packed(ids)) <= 8 * len(ids)


def test_ranges_hold_each_id_once_and_fit_into_an_address() -> None:
    ids = [10_000_000 + 7 * number for number in range(1_500)]
    found = ranges(ids)
    assert [id for some in found.values() for id in some] == ids
    assert max(len(",".join(map(str, some))) for some in found.values()) <= MAX_IDS_LENGTH
    assert (len(found), min(found)) == (4, 0)
    assert ranges([]) == {}


@given(st.sets(st.integers(1, 10**4)), st.sets(st.integers(1, 10**4)))
def test_an_id_never_leaves_its_range_for_an_earlier_one(before: set[int], added: set[int]) -> None:
    """Else it would come under a cursor that passed its last changes."""
    with patch("source_basecamp.buckets.MAX_IDS_LENGTH", 25):
        first = ranges(before)
        second = ranges(before | added, first)
    assert first.keys() <= second.keys() | {0}
    where = {id: start for start, some in second.items() for id in some}
    for start, some in first.items():
        assert all(where[id] == start or where[id] not in first for id in some)


@pytest.mark.parametrize("refused", [{3}, {0, 99}, {1, 2, 3, 50}, set(range(100))])
def test_projects_that_are_not_listed_are_found_by_halving(refused: set[int]) -> None:
    buckets, server = Buckets(), Server(list(refused))
    response = buckets.first_page(range(100), server)
    assert buckets.refused == refused
    assert (response is None) == (len(refused) == 100)
    assert server.asked <= 2 + 2 * 7 * len(refused)


def test_what_is_not_listed_is_told_in_one_warning_with_its_ids(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "airbyte"):
        Buckets().first_page(range(100), Server([17]))
    (message,) = caplog.messages
    assert "the recordings of 1 project (status 404): 17. They were skipped" in message


def test_ten_requests_find_out_that_no_archived_project_is_listed(caplog: pytest.LogCaptureFixture) -> None:
    archived = set(range(1_000, 1_300))
    buckets, server = Buckets(active={1}, archived=archived), Server(list(archived))
    with caplog.at_level(logging.WARNING, "airbyte"):
        assert buckets.first_page(sorted(archived), server) is None
        assert buckets.first_page(sorted(archived)[::2], server) is None
    assert server.asked <= 10
    assert buckets.refused == archived
    (message,) = caplog.messages
    assert message.startswith("Basecamp does not list the recordings of archived projects to this login: 8 of 300")


def test_one_archived_project_that_is_refused_does_not_speak_for_the_others() -> None:
    archived = set(range(1_000, 1_300))
    buckets, server = Buckets(archived=archived), Server([1_000])
    assert buckets.first_page(sorted(archived), server) is not None
    assert buckets.refused == {1_000}
    assert buckets.archived_are_listed


def test_a_404_that_no_part_of_the_projects_explains_ends_the_stream() -> None:
    def contradicts_itself(ids: Sequence[int]) -> requests.Response:
        response = requests.Response()
        response.status_code = 404 if len(ids) == 10 else 200
        return response

    with pytest.raises(ConnectorError, match="10 projects together"):
        Buckets().first_page(range(10), contradicts_itself)
