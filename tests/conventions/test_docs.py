"""Documents name only what exists, and state the lock order of the code."""

import importlib
import re
from pathlib import Path

import pytest

from issuance import locks
from tests.conventions.sources import PACKAGES
from tests.support.root import ROOT

DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?:{'|'.join((*PACKAGES, 'tests', 'docs', 'static', 'templates'))})/[\w/.-]*")
MODULE = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
FILE = re.compile(r"\w+\.py")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)")
QUOTED = re.compile(r"<!-- \w+ states -->.*?<!-- end of \w+ states -->|(?<!\*)\*[^*\n]+\*(?!\*)", re.DOTALL)
"""What the product says: the labels of states, and sentences of pages in italics."""

UNNAMED = re.compile(r"\b(?:somebody|nobody|whoever|whom)\b", re.IGNORECASE)
NUMBERED = re.compile(r"^\d\. .+$", re.MULTILINE)
STATES_LOCK_ORDER = ("docs/exactly-once.md", "docs/decisions/0011-users-go-one-at-a-time-workers-lock-rows.md")


def named(document: Path) -> list[str]:
    """Return everything that is written as code in the sentences and tables of a document."""
    return CODE.findall(re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL))


def exists(name: str) -> bool:
    """Whether a name that looks like a path, a file or a module exists. Other names exist."""
    if PATH.fullmatch(name):
        return (ROOT / name).exists()
    if FILE.fullmatch(name):
        return any(any((ROOT / folder).rglob(name)) for folder in (*PACKAGES, "tests"))
    return not MODULE.fullmatch(name) or is_importable(name)


def is_importable(name: str) -> bool:
    """Whether a dotted name is a module, something in a module, or a model ("guests.CachedGuest")."""
    module, _, attribute = name.rpartition(".")
    for home in (module, f"{module}.models"):
        try:
            found = importlib.import_module(home)
        except ModuleNotFoundError:
            continue
        if hasattr(found, attribute):
            return True
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_whole(link: re.Match[str], *, of: Path) -> bool:
    """Whether a link leads to a file, and its anchor to a heading."""
    path, anchor = link[1], (link[2] or "").removeprefix("#")
    target = (of.parent / path).resolve() if path else of
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_what_exists(document):
    assert [name for name in named(document) if not exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    links = LINK.finditer(document.read_text(encoding="utf-8"))

    assert [link[0] for link in links if not is_whole(link, of=document)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_who_acts(document):
    assert UNNAMED.findall(QUOTED.sub("", document.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("document", STATES_LOCK_ORDER)
def test_the_lock_order_is_that_of_the_code(document):
    order = NUMBERED.findall(locks.__doc__ or "")

    assert len(order) >= 5
    assert "\n".join(order) in (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("issuance/locks.py", True),
        ("issuance/lock.py", False),
        ("test_lock_order.py", True),
        ("test_no_such_thing.py", False),
        ("issuance.locks.lock_batch", True),
        ("issuance.locks.lock_nothing", False),
        ("guests.models", True),
        ("VAR_DIR/uploads", True),
    ],
)
def test_a_name_is_checked_if_it_looks_like_one_of_ours(name, there):
    assert exists(name) is there
