"""The product's own sources, read as text and as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.root import ROOT

PACKAGES = (
    *(
        "accounts",
        "campaigns",
        "certification",
        "engine",
        "experiments",
        "guests",
        "issuance",
        "lists",
        "notifications",
    ),
    *("partner_api", "results", "sandbox", "thanx_portal", "ui", "vault"),
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of Python."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


def read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path=path, text=text, tree=ast.parse(text, filename=str(path)))


@cache
def product() -> tuple[Source, ...]:
    """Return all modules of the product, migrations excepted."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return tuple(read(file) for file in files if "migrations" not in file.parts)


def classes() -> list[tuple[str, str]]:
    """Return the classes of all modules of the product, each with its module's name."""
    return [
        (source.name, node.name) for source in product() for node in source.tree.body if isinstance(node, ast.ClassDef)
    ]


def public_functions() -> list[tuple[str, str]]:
    """Return the public functions of all modules of the product, each with its module's name."""
    return [
        (source.name, node.name)
        for source in product()
        for node in source.tree.body
        if isinstance(node, Function) and not node.name.startswith("_")
    ]


def modules() -> list[tuple[str, str, str]]:
    """Return name, folder and stem of all modules of the product."""
    return [(source.name, source.path.parent.name, source.path.stem) for source in product()]


@cache
def of_tests() -> tuple[Source, ...]:
    return tuple(read(file) for file in sorted((ROOT / "tests").rglob("*.py")))


@cache
def templates() -> dict[str, str]:
    """Return the text of each template by its name."""
    folder = ROOT / "templates"
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.*"))}


def length(function: Function) -> int:
    """Return a function's lines, decorators excepted."""
    return (function.end_lineno or function.lineno) - function.lineno + 1
