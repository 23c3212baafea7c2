"""What the repository as a whole promises."""

import re
import subprocess

import pytest

from tests.support.root import ROOT

LOCKS = [name for name in ("requirements.lock", "package-lock.json") if (ROOT / name).exists()]


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_host(lock):
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


def test_every_locked_package_has_a_hash():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in lock.splitlines() if "==" in line]

    assert len(packages) > 20
    assert [line[:40] for line in packages if "--hash=sha256:" not in line] == []


def test_every_dependency_says_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = text[text.index("dependencies = [") : text.index("[tool.ruff]")]
    named = [line for line in listed.splitlines() if line.startswith('  "')]

    assert [line for line in named if "#" not in line] == []


def test_every_setting_from_the_environment_is_documented():
    settings = (ROOT / "thanx_portal" / "settings.py").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_0-9]+)\"", settings))
    documented = set(re.findall(r"^#?([A-Z_0-9]+)=", example, re.MULTILINE))

    assert len(read) > 20
    assert read == documented


def test_nothing_private_is_committed():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()

    assert [name for name in tracked if name.startswith("var/") or name in {".env", "uv.lock", ".python-version"}] == []
