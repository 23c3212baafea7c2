"""Imports run one way. The contracts stand in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conventions.sources import PACKAGES, product, read
from tests.support.root import ROOT

PURE = (
    *("certification/calls/curl.py", "certification/calls/manners.py", "certification/verdicts/demonstrated.py"),
    *("certification/verdicts/in_the_product.py", "certification/verdicts/on_the_wire.py"),
    "certification/verdicts/self_check.py",
    *("campaigns/arms.py", "campaigns/schedule.py", "campaigns/states.py"),
    *("lists/identifiers.py", "issuance/jobs/observation.py", "issuance/states.py", "partner_api/wire.py"),
)
CHOICES = {"TextChoices", "IntegerChoices"}
IMPURE = {"django", "requests", "socket", "subprocess", "time", "random", "secrets", "os", "io", "pathlib"}
CLOCKS = {"now", "today", "utcnow"}


def test_all_import_contracts_are_kept():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def test_the_contracts_name_every_package():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]

    assert sorted(contracts["root_packages"]) == sorted(PACKAGES)


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_neither_database_nor_network_nor_clock(name):
    source = read(ROOT / name)

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
