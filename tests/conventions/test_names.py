"""Names: one name stands for one thing, so that a newcomer who has read it once knows it everywhere."""

import re
from collections import Counter

from tests.conventions.sources import classes, modules, product

OF_DJANGO = {"__init__", "admin", "apps", "checks", "forms", "models", "urls", "views"}
LAYERS = {"api", "commands", "forms", "models", "pages", "views"}
SAME_IN_EACH = {
    "page": "the one page of a folder of pages",
    "fetch": "the objects that a package's views work on, or a 404",
    "listing": "the list that a package begins with",
    "split": "how guests are divided among arms",
    "lines": "the lines of a file",
    "charts": "charts over time",
    "drafts": "what users do before they confirm",
    "left_out_file": "the file of the lines that are not sent",
    "problems": "codes and explanations of what is wrong",
    "states": "a table of states and its edges",
    "retention": "how long rows are kept",
    "readiness": "what keeps an installation or a process from working",
    "erasing": "the act that erases guests' data",
    "status": "the words that pages show for states",
}


def side(name: str) -> str:
    """Return whose vocabulary a module speaks: ours, Thanx's answers, or that of the sandbox, which knows neither."""
    if name.startswith("sandbox/"):
        return "sandbox"
    return "answers" if name.startswith("partner_api/answers/") else "ours"


def recurring(names: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def test_a_class_name_stands_for_one_thing():
    """A row of ours, Thanx's answer about it and its like in the sandbox may share a name; nothing else may."""
    found = [(side(name), word) for name, word in classes() if word != "Command"]

    assert recurring(found) == []


def test_a_module_name_stands_for_one_thing():
    found = [(side(name), layer if layer in LAYERS else "", stem) for name, layer, stem in modules()]
    homonyms = [stem for _, _, stem in recurring(found) if stem not in OF_DJANGO]

    assert [stem for stem in homonyms if stem not in SAME_IN_EACH] == []


def test_no_exception_for_a_name_is_left_over():
    stems = Counter(stem for _, _, stem in modules())

    assert [stem for stem in SAME_IN_EACH if stems[stem] < 2] == []


def test_every_system_check_has_an_id_of_its_own():
    found = [(word,) for source in product() for word in set_ids(source.text)]

    assert found
    assert recurring(found) == []


def set_ids(text: str) -> list[str]:
    return re.findall(r'\bid="(\w+\.[EWI]\d+)"', text)


def test_homonyms_are_recognised():
    assert recurring([("ours", "Row"), ("ours", "Row"), ("sandbox", "Row")]) == [("ours", "Row")]
    assert [side(name) for name in ("sandbox/models.py", "partner_api/answers/jobs.py", "lists/lines.py")] == [
        "sandbox",
        "answers",
        "ours",
    ]
    assert set_ids('Error("a", id="ui.E001"), Error("b", id="ui.E001")') == ["ui.E001", "ui.E001"]
