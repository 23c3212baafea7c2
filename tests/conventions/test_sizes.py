"""Sizes: functions, modules, tests and templates are short enough to be read in one go."""

import statistics
from collections import Counter

import pytest

from tests.conventions.sources import PACKAGES, ROOT, length, of_tests, product, templates

LAYERS = {"actions", "helpers", "managers", "services", "utils", "util", "common", "misc"}


def lengths(package):
    return sorted(
        length(function) for source in product() if source.name.startswith(package) for function in source.functions()
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_are_short(package):
    found = lengths(package)

    assert statistics.median(found) <= 8
    assert found[int(len(found) * 0.9)] <= 30
    assert found[-1] <= 60


def test_modules_have_at_most_400_lines():
    assert {source.name: source.lines for source in product() if source.lines > 400} == {}


def test_most_modules_have_at_most_250_lines():
    found = sorted(source.lines for source in product())

    assert found[int(len(found) * 0.9)] <= 250


def test_modules_are_named_for_what_they_are_about():
    assert [source.name for source in product() if source.path.stem in LAYERS] == []


def test_test_files_have_at_most_300_lines():
    assert {source.name: source.lines for source in of_tests() if source.lines > 300} == {}


def test_tests_are_short():
    found = [
        length(function)
        for source in of_tests()
        for function in source.functions()
        if function.name.startswith("test_")
    ]

    assert statistics.median(found) <= 10


def test_templates_have_at_most_150_lines():
    assert {name: text.count("\n") for name, text in templates().items() if text.count("\n") > 150} == {}


def test_folders_have_at_most_20_modules():
    modules = Counter(source.path.parent for source in (*product(), *of_tests()) if source.path.name != "__init__.py")

    assert {str(folder.relative_to(ROOT)): count for folder, count in modules.items() if count > 20} == {}
