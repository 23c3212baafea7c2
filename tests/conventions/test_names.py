"""Names: one name stands for one thing, so that a newcomer who has read it once knows it everywhere."""

import ast
import re
from collections import Counter
from pathlib import PurePath

from tests.conventions.sources import classes, modules, of_tests, product, public_functions

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

NAMED_FOR_URLS = {"views", "design", "templatetags", "commands"}
"""A view has the word of its URL and a template tag that of its component: these repeat in each package."""

SAME_ACT_IN_EACH = {
    **dict.fromkeys(("start", "save", "confirm", "discard"), "what users do with a draft"),
    **dict.fromkeys(("index", "show"), "lists and shows in the sandbox's API, as REST names them"),
    **dict.fromkeys(("list_page", "split_page"), "return the page of that URL in each package"),
    **dict.fromkeys(("of_file", "of_line"), "explain why a file cannot be read, or a line is not sent"),
    **dict.fromkeys(("worker", "credential"), "check whether workers run, and whether Thanx accepts the credential"),
    "append": "appends a row that is never changed",
    "budget": "says how much of the credential's budget is used",
    "corrected_identifiers": "returns what users wrote in the place of wrong identifiers",
    "counted": "writes a number with its noun",
    "difference": "compares two samples",
    "document": "returns plain values for JSON",
    "drawn": "returns what a document quotes from the code, by the name of its markers",
    "explained": "returns the explanation of a stored code",
    "forget_seeds": "deletes the seeds of a removed factor; one is the signal's receiver",
    "groups": "groups by reason, the largest first",
    "headers": "returns the headers of a request to Thanx",
    "identifiers_of": "returns the identifiers of guests",
    "install": "creates triggers after migrations",
    "is_over": "says whether the time of something has passed",
    "label_of": "returns what a thing is called on pages",
    "listen": "connects the receivers of signals",
    "make_due": "has a reading of Thanx done at once",
    "masked": "leaves out what identifies guests",
    "merchant_of": "returns the merchant that a text names",
    "percent": "writes a share",
    "problem_of": "returns what an error of Thanx means for a row",
    "read": "reads what Thanx sent",
    "recognise": "returns how a list is read, or would be with another sheet, header or encoding",
    "record": "writes an entry of the audit trail",
    "resume": "goes on with what was interrupted",
    "reward_words": "names a reward for people",
    "send": "sends an email",
    "sentence_of": "says in a sentence how something is",
    "shown": "returns what a page shows of a value",
    "stop": "keeps what was not sent from being sent",
    "summary_of": "returns the status and the figures of an issuance",
    "total": "adds up rows of figures",
    "verify": "checks that nothing was forged",
}
"""Functions that do the same with another thing, each with what they do."""


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


def test_a_function_name_stands_for_one_act():
    homes: dict[tuple[str, str], list[str]] = {}
    for name, function in public_functions():
        if not NAMED_FOR_URLS & {*PurePath(name).parts, PurePath(name).stem}:
            homes.setdefault((side(name), function), []).append(name)
    homonyms = {function: names for (_, function), names in homes.items() if len(names) > 1}

    assert {function: names for function, names in homonyms.items() if function not in SAME_ACT_IN_EACH} == {}
    assert sorted(SAME_ACT_IN_EACH.keys() - homonyms) == []


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


# --- Tests ---------------------------------------------------------------------------------------------------

CHANGING = {"monotonic", "now", "time", "token_hex", "today", "urandom", "uuid4"}
"""Functions that return something else each time. A name of a test made of it differs in each process of the tests."""


def changing_names(tree: ast.AST) -> list[str]:
    """Return the parameters that name their tests by what a function of CHANGING returned."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        ast.unparse(inner)
        for call in calls
        if ast.unparse(call.func).endswith("parametrize") and not any(given.arg == "ids" for given in call.keywords)
        for inner in ast.walk(call)
        if isinstance(inner, ast.Call) and ast.unparse(inner.func).rpartition(".")[2] in CHANGING
    ]


def test_tests_have_the_same_names_in_every_process():
    found = {source.name: changing_names(source.tree) for source in of_tests()}

    assert {name: values for name, values in found.items() if values} == {}


def test_names_that_change_are_recognised():
    assert changing_names(ast.parse("pytest.mark.parametrize('at', [int(time.time()) - 5])")) == ["time.time()"]
    assert changing_names(ast.parse("pytest.mark.parametrize('at', [time.time()], ids=['now'])")) == []
