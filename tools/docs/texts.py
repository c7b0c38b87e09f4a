"""The texts for people in source files, whoever raises, logs or prints them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import source_basecamp
from source_basecamp.error_handler import LATER

PACKAGE = Path(source_basecamp.__file__).parent
HOLE = "…"
"""Stands for what is filled in at run time."""
# Arguments of these are looked for in texts, not shown.
_SEARCHES = {"partition", "removeprefix", "removesuffix"}
# Their second argument is for the log only.
_ERRORS = {"config_error", "transient_error", "system_error", "ConnectorError", "moving"}
_MIN_WORDS = 4
_SQL = re.compile(r"(ALTER|COMMENT|COPY|CREATE|DELETE|DROP|FROM|INSERT|SELECT|SET|UPDATE|WHEN) ")


def texts(modules: Iterable[Path]) -> list[str]:
    """The texts of at least four words in these modules, each once, in their order.

    Left out are docstrings, SQL, the help of options, and `internal_message`s, which are for developers.
    """
    return list(dict.fromkeys(text for module in modules for text in _texts(ast.parse(module.read_text()))))


def _texts(module: ast.Module) -> Iterator[str]:
    constants = dict(_constants(module)) | {"LATER": LATER}
    hidden = {id(inner) for node in ast.walk(module) for part in _hidden(node) for inner in ast.walk(part)}
    for node in ast.walk(module):
        if id(node) not in hidden and (text := _text(node, constants)) and _is_for_people(text):
            yield text


def _is_for_people(text: str) -> bool:
    return len(text.split()) >= _MIN_WORDS and not _SQL.match(text)


def _hidden(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.JoinedStr():
            yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
            yield from (part for part in node.values if isinstance(part, ast.Constant))
        case ast.keyword(arg="help"):
            yield node.value
        case ast.Call(func=ast.Name(id=name)) if name in _ERRORS:
            yield from node.args[1:]
        case ast.Call(func=ast.Name(id="ValueError")):
            # Caught where it is raised for: nobody is shown it.
            yield from node.args
        case ast.Call(func=ast.Attribute(attr=method)) if method in _SEARCHES:
            yield from node.args


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text


def _text(node: ast.AST, constants: dict[str, str]) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return _with_holes(text)
        case ast.JoinedStr(values=parts):
            return _with_holes("".join(_part(part, constants) for part in parts))
    return None


def _part(part: ast.expr, constants: dict[str, str]) -> str:
    match part:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=ast.Name(id=name)) if name in constants:
            return constants[name]
    return HOLE


def _with_holes(text: str) -> str:
    with_holes = re.sub(r"\{[\w.]*(![rsa])?(:[^{}]*)?\}|%[\d.]*[sf]", HOLE, text)
    return " ".join(re.sub(f"{HOLE}+", HOLE, with_holes).split())
