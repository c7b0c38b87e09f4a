"""A bad configuration is refused in words that name the field and the remedy."""

from __future__ import annotations

import re
from typing import Any

import pendulum
import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.catalog import resolved_manifest
from source_basecamp.config import normalised, require_valid
from source_basecamp.product import product_of

OPTIONS = resolved_manifest()["spec"]["connection_specification"]["properties"]
GOOD = {"account_id": 1234567, "client_id": "id", "client_secret": "secret", "client_refresh_token_2": "token"}

ACCOUNT = (
    "'account_id' has to be a whole number above zero: "
    "take the number behind https://3.basecamp.com/ in the address of your Basecamp. "
    "For Basecamp Classic, `source-basecamp login` finds it."
)
PRODUCT = (
    "'product' has to be 'bc3' or 'classic': "
    "take 'classic' for Basecamp Classic (SITE.basecamphq.com), or leave it out for Basecamp 3, 4 or 5."
)
START = "write a day or moment in the past, such as 2026-01-31 or 2026-01-31T00:00:00Z, or leave it out."


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(AirbyteTracedException) as refused:
        require_valid(config)
    assert refused.value.failure_type == FailureType.config_error
    return str(refused.value.message)


def test_every_option_of_the_spec_has_an_order_of_its_own() -> None:
    orders = [option["order"] for option in OPTIONS.values()]
    assert sorted(orders) == list(range(len(OPTIONS)))


@pytest.mark.parametrize(
    "account_id",
    [
        1234567,
        "1234567",
        " 1234567 ",
        1234567.0,
        "1234567.0",
        "https://3.basecamp.com/1234567/projects",
        " https://3.basecamp.com/1234567/ ",
        "https://app.basecamp.com/1234567",
        "3.basecamp.com/1234567/buckets/5/todos/6?replies=1#last",
        "https://3.basecampapi.com/1234567/projects.json",
    ],
)
def test_an_account_id_is_taken_as_a_number_a_text_or_an_address(account_id: Any) -> None:
    config = {**GOOD, "account_id": account_id}
    require_valid(config)
    assert normalised(config)["account_id"] == 1234567


@pytest.mark.parametrize(
    "account_id",
    [
        *("12a", "", -5, "-5", 12.5, "12.5", 0, True, [1], "१२"),
        *("https://example.com/1234567", "https://3.basecamp.com/", "https://honcho.basecamphq.com/projects/5"),
    ],
)
def test_an_account_id_that_is_no_positive_whole_number_is_refused(account_id: Any) -> None:
    assert refusal({**GOOD, "account_id": account_id}) == ACCOUNT


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T01:02:03Z", "2026-01-31T01:02:03Z"),
        ("2026-01-31T01:02:03.456Z", "2026-01-31T01:02:03Z"),
        ("2026-01-31T01:02:03+02:00", "2026-01-30T23:02:03Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_start_date_is_a_day_or_a_moment(written: str, read: str) -> None:
    config = {**GOOD, "start_date": written}
    require_valid(config)
    assert normalised(config)["start_date"] == read


@pytest.mark.parametrize("start_date", ["yesterday", "31/01/2026", "2026-13-01", 20260131, "12:00", "P1D"])
def test_a_start_date_that_is_no_date_is_refused(start_date: Any) -> None:
    assert refusal({**GOOD, "start_date": start_date}) == f"'start_date' is not a date: {START}"


def test_a_start_date_in_the_future_is_refused_because_it_would_stick_in_the_state() -> None:
    tomorrow = pendulum.now("UTC").add(days=1).to_iso8601_string()
    assert refusal({**GOOD, "start_date": tomorrow}) == f"'start_date' lies in the future: {START}"


@pytest.mark.parametrize("secret", ["client_id", "client_secret", "client_refresh_token_2"])
@pytest.mark.parametrize("value", ["", "  ", 5])
def test_an_empty_secret_is_refused(secret: str, value: Any) -> None:
    assert refusal({**GOOD, secret: value}).startswith(f"'{secret}' is empty or not a text: ")


@pytest.mark.parametrize("field", GOOD)
def test_a_missing_field_is_named(field: str) -> None:
    assert refusal({**GOOD, field: None}).startswith(f"'{field}' is missing: ")


@pytest.mark.parametrize(("field", "value"), [("lookback_minutes", -1), ("num_workers", 0), ("num_workers", "many")])
def test_numbers_have_limits(field: str, value: Any) -> None:
    assert refusal({**GOOD, field: value}).startswith(f"'{field}' has to be a whole number from ")


@pytest.mark.parametrize("secret", ["client_id", "client_secret", "client_refresh_token_2"])
def test_blanks_and_line_ends_around_a_secret_are_dropped(secret: str) -> None:
    assert normalised({**GOOD, secret: f" {GOOD[secret]}\r\n"}) == GOOD


@pytest.mark.parametrize("empty", ["", "  ", "\n", None])
@pytest.mark.parametrize("field", sorted(set(OPTIONS) - set(GOOD)))
def test_an_option_that_is_empty_is_not_set(field: str, empty: str | None) -> None:
    config = {**GOOD, field: empty}
    require_valid(config)
    assert normalised(config) == GOOD


@pytest.mark.parametrize(
    "written", [5, " 5 ", "https://3.basecamp.com/1234567/projects/5", "3.basecamp.com/1/buckets/5/x"]
)
def test_a_project_is_named_by_its_number_or_its_address(written: int | str) -> None:
    config = {**GOOD, "project_ids": [written]}
    require_valid(config)
    assert normalised(config)["project_ids"] == [5]


def test_an_address_that_names_no_project_is_refused() -> None:
    assert refusal({**GOOD, "project_ids": ["https://3.basecamp.com/1234567"]}).startswith("'project_ids' has to be ")


def test_the_spec_takes_an_empty_start_date_as_forms_send_it() -> None:
    assert re.search(OPTIONS["start_date"]["pattern"], "")
    assert not re.search(OPTIONS["start_date"]["pattern"], "2026")


@pytest.mark.parametrize("written", ["classic", " Classic ", "CLASSIC\n"])
def test_a_product_is_read_without_blanks_and_in_any_case(written: str) -> None:
    config = {**GOOD, "product": written}
    require_valid(config)
    assert normalised(config)["product"] == "classic"
    assert product_of(config) == product_of(normalised(config)) == "classic"


@pytest.mark.parametrize("given", [{}, {"product": None}, {"product": " "}, {"product": "bc3"}, {"product": "BC3 "}])
def test_the_product_is_basecamp_3_4_or_5_unless_another_is_set(given: dict[str, Any]) -> None:
    config = {**GOOD, **given}
    require_valid(config)
    assert product_of(config) == product_of(normalised(config)) == OPTIONS["product"]["default"] == "bc3"


@pytest.mark.parametrize("product", ["bc4", "basecamp", "Basecamp Classic", 3, True, ["classic"], {}])
def test_a_product_that_is_neither_is_refused_with_both_names(product: Any) -> None:
    assert refusal({**GOOD, "product": product}) == PRODUCT
    assert product_of({**GOOD, "product": product}) == "bc3"


def test_the_spec_offers_the_products_that_are_read() -> None:
    assert OPTIONS["product"]["enum"] == ["bc3", "classic"]
    for product in OPTIONS["product"]["enum"]:
        require_valid({**GOOD, "product": product})


def test_all_faults_are_named_at_once() -> None:
    message = refusal({"account_id": "x", "client_id": "", "client_secret": "s", "product": "x"})
    for field in ("account_id", "client_id", "client_refresh_token_2", "product"):
        assert f"'{field}'" in message


def test_what_is_not_set_keeps_its_default_and_what_is_unknown_stays() -> None:
    assert normalised({**GOOD, "start_date": None, "other": 1}) == {**GOOD, "other": 1}
