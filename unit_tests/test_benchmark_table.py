"""A target that is not met is said so, and fails the benchmark."""

from __future__ import annotations

import pytest

from bench import __main__ as command
from bench import page
from bench.table import Row, Section, Target, one_table, over_least, over_plain


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (over_least("requests", 102, 300, 100, Target("at most", 1.02)), True),
        (over_least("requests", 103, 300, 100, Target("at most", 1.02)), False),
        (over_least("requests", 12, 27, 12, Target("exactly", 1)), True),
        (over_least("requests", 11, 27, 12, Target("exactly", 1)), False),
        (over_plain("records per second", 0.8, Target("at least", 0.8)), True),
        (over_plain("records per second", 0.79, Target("at least", 0.8)), False),
        (Row("growth", 31, 5, target=Target("at most", 30)), False),
        (Row("no target", 31, 5), True),
    ],
)
def test_a_row_is_judged_by_its_ratio_or_else_by_our_figure(row: Row, met: bool) -> None:
    assert row.met is met
    assert ("NOT MET" in row.cells()) is not met


def test_the_table_is_markdown_with_every_row_as_wide_as_the_others() -> None:
    rows = [over_least("requests", 1_234, 5_678, 1_234, Target("exactly", 1)), Row("answers 429", 0, 106)]
    lines = one_table([Section("Small account", rows)]).split("\n")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[3] == ["requests", "1,234", "5,678", "1,234", "1.00", "exactly 1", "met"]
    assert cells[4] == ["answers 429", "0", "106", "", "", "", ""]
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(("growth", "code", "words"), [(7, 0, "Every target is met."), (31, 1, "Not met: growth.")])
def test_the_benchmark_ends_with_1_where_a_target_is_not_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], growth: int, code: int, words: str
) -> None:
    sections = [Section("Memory", [Row("growth", growth, 5, target=Target("at most", 30))])]
    monkeypatch.setattr("sys.argv", ["bench", "--quick"])
    monkeypatch.setattr(command, "_timed", lambda plan: sections)
    monkeypatch.setattr(command, "_counted", lambda plan: ([], [["todos", "1,138", "6", "6", "3", "3"]], "All in one."))
    before = page.PAGE.read_text()
    assert command.main() == code
    assert words in capsys.readouterr().out
    assert page.PAGE.read_text() == before
