"""The bill of materials names what runs, each with its licence, and nothing of what only tests use."""

import json
import re

from django.core.management import call_command

from tests.support.root import ROOT
from thanx_portal.materials import bill, materials


def locked():
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def named():
    return {part.name.lower().replace("_", "-"): part for part in materials()}


def test_it_names_what_the_portal_needs_and_what_that_needs():
    assert {
        "django",
        "django-allauth",
        "fido2",
        "oauthlib",
        "psycopg-binary",
        "psycopg-pool",
        "brotli",
    } <= named().keys()


def test_it_names_the_files_that_others_wrote():
    assert {"@tabler/core", "@fontsource-variable/inter", "uplot", "@tabler/icons"} <= named().keys()


def test_what_only_tests_use_is_no_part_of_it():
    assert {"pytest", "playwright", "mypy", "oidc-provider-mock", "scipy"} & named().keys() == set()


def test_the_versions_are_those_of_the_lock():
    pinned = locked()
    python = {name: part.version for name, part in named().items() if part.url.startswith("pkg:pypi/")}

    assert {name: version for name, version in python.items() if pinned.get(name) != version} == {}


def test_every_part_names_its_licence():
    assert [part.name for part in materials() if part.licence == "not named"] == []


def test_the_document_holds_together():
    document = bill(materials())
    refs = {component["bom-ref"] for component in document["components"]}

    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "thanx-portal"
    assert len(refs) == len(document["components"])
    assert {need for row in document["dependencies"] for need in row["dependsOn"]} <= refs


def test_the_command_prints_the_licences_or_the_document(capsys):
    call_command("materials")
    licences = capsys.readouterr().out
    call_command("materials", "--sbom")

    assert re.search(r"^BSD.* Django 5\.2", licences, re.MULTILINE)
    assert json.loads(capsys.readouterr().out)["components"]
