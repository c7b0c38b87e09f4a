"""Modules become one file only if that cannot change what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import manifest_only

COMPONENTS = "from source_basecamp.first import One\nfrom source_basecamp.second import Two\n"


def one_file(folder: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> str:
    package = folder / "source_basecamp"
    package.mkdir()
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.setattr(manifest_only, "PACKAGE", package)
    return manifest_only.components()


def test_the_two_files_copy_no_files() -> None:
    assert "file_uploader" not in manifest_only.manifest()


def test_each_module_stands_behind_what_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = "from source_basecamp.second import Two\n\n\nclass One(Two):\n    pass\n"
    text = one_file(tmp_path, monkeypatch, components=COMPONENTS, first=first, second="class Two:\n    pass\n")
    assert text.index("class Two:") < text.index("class One(Two):")
    assert "import One" not in text
    assert "import Two" not in text


def test_what_two_modules_define_in_the_same_words_stands_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same = "import logging\n\nlogger = logging.getLogger('x')\n"
    text = one_file(tmp_path, monkeypatch, components=COMPONENTS, first=f"{same}One = 1\n", second=f"{same}Two = 2\n")
    assert text.count("logger = ") == 1
    assert "One = 1" in text
    assert "Two = 2" in text


def test_a_name_with_two_meanings_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"second\.py gives LIMIT a second meaning"):
        one_file(tmp_path, monkeypatch, components=COMPONENTS, first="LIMIT = One = 1\n", second="LIMIT = Two = 2\n")


def test_an_import_under_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "from source_basecamp.second import Two as One\n"
    with pytest.raises(ValueError, match="by its own name"):
        one_file(tmp_path, monkeypatch, components=COMPONENTS, first=other, second="Two = 2\n")
