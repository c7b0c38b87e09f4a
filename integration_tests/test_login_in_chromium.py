"""A login in a real browser: the consent page, the click, and the page that it ends on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import WebDriverWait

from integration_tests.support.browser import chromium
from integration_tests.support.login_desk import OTHER, PATIENCE, SIZE, Desk, assert_tells_no_secret
from sandbox import Sandbox

PHONE = (320, 640)
DESKTOP = (1000, 800)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Sandbox(SIZE, rate_limit=False) as sandbox, Desk(sandbox, tmp_path) as desk:
        yield desk


def click(browser: Chrome, button: str) -> None:
    """Waits for the consent page, answers it, and waits for where that leads."""
    asked = "Allow source-basecamp to read your Basecamp?"
    WebDriverWait(browser, PATIENCE).until(shown.text_to_be_present_in_element((By.TAG_NAME, "h1"), asked))
    page = browser.find_element(By.TAG_NAME, "main")
    browser.find_element(By.XPATH, f"//button[text()='{button}']").click()
    WebDriverWait(browser, PATIENCE).until(shown.staleness_of(page))


def as_seen(browser: Chrome, size: tuple[int, int], scheme: str) -> dict[str, Any]:
    """How the page is laid out on a screen of that size, in light or dark."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size is PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    return dict(
        browser.execute_script("""
            const main = document.querySelector("main"), style = getComputedStyle(main);
            return {
              overflow: document.documentElement.scrollWidth - innerWidth,
              margin: main.getBoundingClientRect().left,
              ground: style.backgroundColor,
              ink: style.color,
              loaded: performance.getEntriesByType("resource").map(entry => entry.name),
            };
        """)
    )


def luminance(color: str) -> float:
    """Of `rgb(r, g, b)`, as WCAG reckons it."""
    parts = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def assert_well_made(browser: Chrome) -> None:
    """It fits on every screen, is styled, readable in light and dark, and loads nothing."""
    grounds = []
    for scheme in ("light", "dark"):
        for size in (DESKTOP, PHONE):
            seen = as_seen(browser, size, scheme)
            assert (seen["overflow"], seen["loaded"]) == (0, [])
            assert seen["margin"] > 0
            darker, lighter = sorted((luminance(seen["ground"]), luminance(seen["ink"])))
            assert (lighter + 0.05) / (darker + 0.05) > 7
        grounds.append(luminance(seen["ground"]))
    assert grounds[0] > 0.8
    assert grounds[1] < 0.2
    # Of the network it notes that there is no icon for the tab, and that a page's status is 400.
    assert [entry for entry in browser.get_log("browser") if entry["source"] != "network"] == []


def test_a_person_allows_access_in_the_browser(desk: Desk, browser: Chrome) -> None:
    with desk.login(**desk.credentials) as terminal:
        browser.get(desk.opened())
        assert_well_made(browser)
        click(browser, "Allow")
        assert terminal.ends() == 0
    # The terminal is done, and the page is whole.
    assert browser.find_element(By.TAG_NAME, "h1").text == "Connected to Honcho Design"
    text = browser.find_element(By.TAG_NAME, "main").text
    for words in ("what Victor Cooper can see there", str(desk.sandbox.account.account_id), "You can close this tab."):
        assert words in text
    assert browser.current_url.startswith(f"{desk.redirect_uri}?code=")
    assert_well_made(browser)
    assert_tells_no_secret(desk, browser.page_source, terminal.said)
    assert json.loads(desk.config.read_text())["client_refresh_token_2"] == desk.sandbox.tokens.refresh_token


def test_a_person_says_no_in_the_browser_after_a_page_left_over_was_refused(desk: Desk, browser: Chrome) -> None:
    with desk.login(**desk.credentials) as terminal:
        address = desk.opened()
        browser.get(f"{desk.redirect_uri}?code=c0de&state=left-over")
        assert "This answer was refused" in browser.find_element(By.TAG_NAME, "main").text
        assert_well_made(browser)
        terminal.reads("Refused an answer that belongs to another login (wrong state).")
        browser.get(address)
        click(browser, "No thanks")
        assert terminal.ends() == 1
    assert browser.find_element(By.TAG_NAME, "h1").text == "Not connected"
    assert "You chose not to give access." in browser.find_element(By.TAG_NAME, "main").text
    assert_well_made(browser)
    assert desk.files == {}


def test_a_person_chooses_one_of_several_accounts_after_the_browser(desk: Desk, browser: Chrome) -> None:
    desk.sandbox.tokens.accounts += [OTHER]
    with desk.login(**desk.credentials) as terminal:
        browser.get(desk.opened())
        click(browser, "Allow")
        assert browser.find_element(By.TAG_NAME, "h1").text == "Choose an account"
        assert_well_made(browser)
        terminal.reads("Account to read").types("1")
        assert terminal.ends() == 0
