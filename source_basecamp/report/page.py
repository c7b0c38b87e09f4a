"""The page of a report: the sections that the views allow, in the template."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from source_basecamp.process import CommandError
from source_basecamp.report.contents import Rows, Section, day
from source_basecamp.report.sections import SECTIONS

NO_FOLDER = "{file} cannot be written: there is no folder {folder}. Make it, or name another file after --output."
UNWRITABLE = "{file} cannot be written: {reason}. Correct it, or name another file after --output."
LEFT_OUT = "Left out for want of tables: {parts}. Sync these streams too, and make the report again."
OLD = "sync again"


@dataclass(frozen=True)
class Report:
    html: str
    sections: tuple[Section, ...]
    left_out: str
    """A sentence on what is not in it, and what to sync for it; blank if all is."""


def made(rows: Rows) -> Report:
    """The report on what these rows say."""
    sections = tuple(make(rows) for make, views in SECTIONS if not views.keys().isdisjoint(rows.views))
    missing = [(what, view) for _, views in SECTIONS for view, what in views.items() if view not in rows.views]
    parts = ", ".join(f"{what} ({', '.join(rows.lacking[view]) or OLD})" for what, view in missing)
    left_out = LEFT_OUT.format(parts=parts) if missing else ""
    # A text of Basecamp is never markup: only what is drawn here is (`charts.py`), whose letters Vega has escaped.
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"drawn": Markup, "day": day}
    template = environment.from_string(resources.files(__package__).joinpath("template.html").read_text("utf-8"))
    return Report(template.render(rows=rows, sections=sections, left_out=left_out), sections, left_out)


def write(html: str, file: Path) -> None:
    """Writes the file as a whole, in the place of one that is there: no reader ever sees a part of it."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise CommandError(NO_FOLDER.format(file=file, folder=file.parent))
    try:
        # Of a name of its own, and readable as any other file that a program writes here.
        new = folder / f".{file.name}.{os.getpid()}"
        try:
            new.write_text(html, "utf-8")
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(UNWRITABLE.format(file=file, reason=error.strerror)) from error
