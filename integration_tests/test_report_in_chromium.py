"""A report in a real browser: on a desk, on a phone, in the dark, on paper, with texts that would like to be markup."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from integration_tests.support.browser import chromium
from integration_tests.support.connector import InProcess
from integration_tests.support.report import report
from integration_tests.support.sync import here
from sandbox import AccountSize, Sandbox
from sandbox.account.clock import Moved, live_today
from sandbox.demo import STREAMS

SIZE = AccountSize(projects=16, archived_projects=0, trashed_projects=0, todos=(120, 2, 1), messages=(5, 1, 1))
HARMFUL = (
    "<script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
    '"><svg onload="document.title = \'run\'">',
    "</style></title></table>",
    "Wide" * 60,
)
DESK, PHONE, PAPER = (1280, 900), (375, 700), (680, 960)
SEEN = """
    const luminance = color => {
        const parts = color.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const width = document.documentElement.clientWidth;
    const ground = luminance(getComputedStyle(document.body).backgroundColor);
    const against = color => {
        const [low, high] = [ground, luminance(color)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    const written = [...document.querySelectorAll("body *")].filter(node => node.checkVisibility()
        && [...node.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.data.trim()));
    const color = node => getComputedStyle(node)[node instanceof SVGElement ? "fill" : "color"];
    const beyond = node => node.getBoundingClientRect().right > width + 1;
    return {
        title: document.title,
        ground,
        overflow: document.documentElement.scrollWidth - width,
        beyond: written.filter(beyond).map(node => node.textContent),
        faint: written.filter(node => against(color(node)) < 4.5).map(node => node.textContent),
        charts: [...document.querySelectorAll("svg")].filter(svg => svg.checkVisibility())
            .map(svg => svg.getBoundingClientRect().width),
        bars: [...document.querySelectorAll("svg path[fill^='#']")].filter(bar => bar.checkVisibility())
            .map(bar => against(getComputedStyle(bar).fill)),
        loaded: performance.getEntriesByType("resource").map(entry => entry.name),
        scripts: document.scripts.length,
    };
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on an account of today, in which people, projects and to-dos have harmful names."""
    folder, moved = tmp_path_factory.mktemp("report"), Moved.ms
    live_today()
    try:
        with Sandbox(SIZE, rate_limit=False) as sandbox:
            account = sandbox.account
            for kind in ("Todo", "Kanban::Card", "Schedule::Entry", "Question"):
                for n, record in enumerate(account.feed(kind)):
                    account.update(record["id"], title=HARMFUL[n % len(HARMFUL)])
            for n, record in enumerate(account.projects()):
                account.update(record["id"], name=HARMFUL[n % len(HARMFUL)])
            for n, person in enumerate(account.people()):
                person["name"] = HARMFUL[n % len(HARMFUL)]
            syncing = here(InProcess(sandbox, folder), folder)
            assert syncing.sync("--streams", ",".join(STREAMS)).exit_code == 0
    finally:
        Moved.ms = moved
    assert report(syncing.to, "--output", str(folder / "report.html")).exit_code == 0
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def seen(browser: Chrome, file: Path, size: tuple[int, int], scheme: str, media: str = "screen") -> dict[str, Any]:
    """How the page is laid out, and what it has done."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size is PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    browser.get(file.as_uri())
    return dict(browser.execute_script(SEEN))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_report_fits_is_readable_loads_nothing_and_runs_no_text(
    browser: Chrome, file: Path, size: tuple[int, int], scheme: str
) -> None:
    shown = seen(browser, file, size, scheme)
    assert shown["title"].startswith("Honcho Design: Basecamp report of ")
    assert (shown["overflow"], shown["beyond"], shown["faint"]) == (0, [], [])
    assert (shown["loaded"], shown["scripts"], browser.get_log("browser")) == ([], 0, [])
    assert (shown["ground"] > 0.8) == (scheme == "light")
    # Each chart once, in the size that fits.
    assert len(shown["charts"]) == 3
    assert min(shown["bars"]) >= 3
    told = browser.find_element("tag name", "main").text
    for text in HARMFUL[:4]:
        assert text in told


def test_what_should_ever_get_into_the_page_runs_and_loads_nothing(browser: Chrome, file: Path) -> None:
    worse = file.with_name("worse.html")
    picture = f'<img src="{file.with_name("x.png").as_uri()}"><img src="https://example.com/x.png">'
    worse.write_text(file.read_text().replace("<main>", f"<main>{''.join(HARMFUL[:3])}{picture}"))
    shown = seen(browser, worse, DESK, "light")
    assert shown["scripts"] == 1
    assert "run" not in shown["title"]
    said = [entry["message"] for entry in browser.get_log("browser")]
    assert len(said) >= 4
    assert [line for line in said if "Content Security Policy" not in line] == []


def test_a_report_prints_on_white_paper_with_whole_charts(browser: Chrome, file: Path) -> None:
    shown = seen(browser, file, PAPER, "dark", "print")
    assert shown["ground"] == 1
    assert (shown["overflow"], shown["beyond"], shown["faint"]) == (0, [], [])
    assert len(shown["charts"]) == 3
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pages = len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))
    assert 4 <= pages <= 12


def test_the_headings_tables_and_charts_of_a_report_are_named_for_those_who_do_not_see(
    browser: Chrome, file: Path
) -> None:
    seen(browser, file, DESK, "light")
    found = browser.execute_script("""
        const all = selector => [...document.querySelectorAll(selector)];
        return {
            language: document.documentElement.lang,
            headings: all("h1, h2, h3, h4").map(node => node.tagName),
            tables: all("table").map(table => table.caption.textContent),
            heads: all("th:not([scope])").length,
            charts: all("figure [role=img]").map(node => node.getAttribute("aria-label")),
            links: all("a").filter(link => !link.textContent.trim()).length,
            ids: all("[id]").map(node => node.id),
        };
    """)
    assert found["language"] == "en"
    assert found["headings"] == ["H1"] + ["H2"] * 8
    assert len(found["tables"]) == 8
    assert all(found["tables"])
    assert (found["heads"], found["links"]) == (0, 0)
    assert len(found["charts"]) == 3
    assert all(re.search(r"\d", label) for label in found["charts"])
    assert len(found["ids"]) == len(set(found["ids"]))
