"""Words: docstrings, comments and names say who acts: a user, a guest, a worker, Thanx."""

import io
import re
import tokenize

from tests.conventions.sources import of_tests, product

UNNAMED = re.compile(r"(?<![a-z])(?:somebody|nobody|whoever|whom)(?![a-z])", re.IGNORECASE)


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


def test_unnamed_actors_are_recognised():
    text = (
        '"""Nobody knows."""\n\n\ndef test_whoever_asks():\n    """Of somebody."""\n    return "Nobody"  # for whom\n'
    )

    assert unnamed_actors(text) == ['"""Nobody knows."""', "test_whoever_asks", '"""Of somebody."""', "# for whom"]
    assert unnamed_actors("wholesale = anybody = 1\n") == []
