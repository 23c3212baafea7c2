"""Templates: nothing inline, nothing unescaped, and every form works without a script."""

import re

import pytest

from tests.conventions.sources import templates
from tests.support.root import ROOT

FORM = re.compile(r"<form\b(?P<attributes>.*?)>(?P<body>.*?)</form>", re.DOTALL)
TAG = re.compile(r"<(?P<name>[a-z]+)\b(?P<attributes>[^<>]*)>")
FORBIDDEN = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>"),
    "inline style": re.compile(r"<style\b"),
    "unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+off|mark_safe"),
    "evaluated by htmx": re.compile(r"hx-on|hx-vals=[\"']js:|hx-headers=[\"']js:|javascript:"),
    "another host": re.compile(r"(?:src|href|action)=\"(?:https?:)?//"),
    "query in a template": re.compile(r"\.(?:all|exists|objects|filter|order_by|\w+_set)\b"),
}


LONGEST_LINE = 160


def too_long(text):
    return [number for number, line in enumerate(text.splitlines(), start=1) if len(line) > LONGEST_LINE]


def posting_forms(text):
    return [form for form in FORM.finditer(text) if re.search(r"method=[\"']post", form["attributes"], re.IGNORECASE)]


def changing_outside_a_form(text):
    """Return tags that change something through htmx outside a form, which would do it without a script."""
    inside = [(form.start(), form.end()) for form in FORM.finditer(text)]
    return [
        tag[0]
        for tag in TAG.finditer(text)
        if re.search(r"\bhx-(?:post|put|patch|delete)=", tag["attributes"])
        if not any(start <= tag.start() < end for start, end in inside)
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what):
    assert [name for name, text in templates().items() if FORBIDDEN[what].search(text)] == []


def test_every_form_that_changes_something_has_its_token():
    bare = [name for name, text in templates().items() for form in posting_forms(text) if "csrf_token" not in form[0]]

    assert bare == []


def test_whatever_htmx_changes_a_plain_form_can_change_too():
    assert {name: tags for name, text in templates().items() if (tags := changing_outside_a_form(text))} == {}


def test_forms_that_change_something_through_htmx_also_post_plainly():
    silent = [
        name
        for name, text in templates().items()
        for form in FORM.finditer(text)
        if "hx-post" in form["attributes"] and not re.search(r"method=[\"']post", form["attributes"], re.IGNORECASE)
    ]

    assert silent == []


def test_forms_whose_parts_load_while_they_are_filled_in_say_when_the_session_has_ended():
    """Else the sign-in would replace what is typed. The notice stands in the form, as the parts do."""
    silent = [
        name
        for name, text in templates().items()
        for form in posting_forms(text)
        if "hx-get" in form[0] and "components/signed_out.html" not in form[0]
    ]

    assert silent == []


def test_template_lines_have_at_most_160_characters():
    assert {name: lines for name, text in templates().items() if (lines := too_long(text))} == {}


def test_breaches_are_recognised():
    assert too_long(f"{'x' * 160}\n{'x' * 161}\n") == [2]
    assert changing_outside_a_form('<button hx-post="/x">Go</button>') == ['<button hx-post="/x">']
    assert changing_outside_a_form('<form method="post"><button hx-post="/x">Go</button></form>') == []
    assert FORBIDDEN["style attribute"].search('<p class="a" style="color: red">')
    assert FORBIDDEN["inline handler"].search('<p class="a" onclick="x()">')
    assert not FORBIDDEN["inline handler"].search('<p data-once="a">')


def test_our_scripts_evaluate_nothing():
    scripts = list((ROOT / "static" / "portal").glob("*.js"))

    assert scripts
    assert [
        script.name
        for script in scripts
        if re.search(r"\beval\(|new Function|innerHTML\s*=|document\.write", script.read_text(encoding="utf-8"))
    ] == []
