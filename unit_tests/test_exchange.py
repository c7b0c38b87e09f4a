"""What belongs to a response goes with it."""

from __future__ import annotations

import gc
import weakref

import requests

from source_basecamp.exchange import exchange_of


def test_a_page_is_freed_with_its_response_and_not_by_a_later_search_for_garbage() -> None:
    """A page is half a megabyte, and Python looks for garbage after many of them."""
    response = requests.Response()
    response._content = b'[{"id": 1}]'
    assert exchange_of(response).records == [{"id": 1}]
    assert exchange_of(response) is exchange_of(response)
    page = weakref.ref(response)
    gc.disable()
    try:
        del response
        assert page() is None
    finally:
        gc.enable()
