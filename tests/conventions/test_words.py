"""Words: docstrings, comments and names say who acts: a user, a guest, a worker, Thanx."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.conventions.sources import of_tests, product, templates

UNNAMED = re.compile(r"(?<![a-z])(?:somebody|nobody|whoever|whom)(?![a-z])", re.IGNORECASE)


TOLD = re.compile(r"\b(?:somebody|nobody|whoever|someone|anybody)\b", re.IGNORECASE)
HYPHENATED = re.compile(r"\be-mails?\b", re.IGNORECASE)
NOT_WORDS_OF_PAGES = {
    "sandbox",  # plays Thanx
    "lists",  # reads names of columns, however they are spelled
}


def told(text: str) -> Iterator[str]:
    """Yield the strings of a module that may be shown: all but docstrings."""
    tree = ast.parse(text)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def shown_texts() -> Iterator[tuple[str, str]]:
    """Yield the templates, and the strings of the modules whose words reach a page, a mail or a terminal."""
    yield from templates().items()
    for source in product():
        if source.name.partition("/")[0] not in NOT_WORDS_OF_PAGES:
            yield from ((source.name, words) for words in told(source.text) if " " in words)


def unnamed_actors(text: str) -> list[str]:
    """Return the names, comments and docstrings that leave open who acts. Other strings are words of the product."""
    found, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        opens_line = before in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
        is_prose = token.type in {tokenize.NAME, tokenize.COMMENT} or (token.type == tokenize.STRING and opens_line)
        if is_prose and UNNAMED.search(token.string):
            found.append(token.string)
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            before = token.type
    return found


def test_docstrings_comments_and_names_say_who_acts():
    found = {source.name: unnamed_actors(source.text) for source in (*product(), *of_tests())}

    assert {name: words for name, words in found.items() if words} == {}


def test_texts_say_who_acts():
    assert [(name, TOLD.search(text)[0]) for name, text in shown_texts() if TOLD.search(text)] == []


def test_email_is_spelled_in_one_way():
    assert [(name, HYPHENATED.search(text)[0]) for name, text in shown_texts() if HYPHENATED.search(text)] == []


def test_unnamed_actors_are_recognised():
    text = (
        '"""Nobody knows."""\n\n\ndef test_whoever_asks():\n    """Of somebody."""\n    return "Nobody"  # for whom\n'
    )

    assert unnamed_actors(text) == ['"""Nobody knows."""', "test_whoever_asks", '"""Of somebody."""', "# for whom"]
    assert unnamed_actors("wholesale = anybody = 1\n") == []
