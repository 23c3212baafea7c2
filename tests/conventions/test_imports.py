"""Imports run one way: the contracts are those of pyproject.toml."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conventions.contracts import PURE, import_contracts, modules_of
from tests.conventions.sources import PACKAGES, product, read
from tests.support.root import ROOT

CHOICES = {"TextChoices", "IntegerChoices"}
IMPURE = {"django", "requests", "socket", "subprocess", "time", "random", "secrets", "os", "io", "pathlib"}
CLOCKS = {"now", "today", "utcnow"}


def test_all_import_contracts_are_kept():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def test_the_contracts_name_every_package():
    assert sorted(import_contracts()["root_packages"]) == sorted(PACKAGES)


@pytest.mark.parametrize("path", modules_of(PURE), ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_modules_touch_neither_database_nor_network_nor_clock(path):
    source = read(path)

    assert impurities(source.tree) == []


def test_impurities_are_recognised():
    pure = "from django.db.models import TextChoices\nfrom datetime import datetime\ndatetime(2026, 1, 1)"
    impure = "import requests\nfrom django.db import models\nimport os.path\ndatetime.now()"

    assert impurities(ast.parse(pure)) == []
    assert impurities(ast.parse(impure)) == ["requests", "django.db", "os.path", "now()"]


def test_only_acts_and_steps_speak_to_the_partner():
    speakers = {source.name for source in product() if "connect.thanx(" in source.text}

    assert [name for name in speakers if "/views/" in name or "/pages" in name or "admin" in name] == []


def impurities(tree: ast.Module) -> list[str]:
    """Return what a module imports or calls that a function of values does not need."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in IMPURE]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in IMPURE:
            found += [node.module] if {alias.name for alias in node.names} - CHOICES else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            found.append(f"{node.func.attr}()")
    return found
