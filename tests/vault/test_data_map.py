"""Every column that can hold a text has a lifetime, or is known to hold nothing personal."""

import pytest
from django.apps import apps
from django.db import models

from tests.conventions.sources import PACKAGES
from tests.support.root import ROOT
from vault.data_map import PERSONAL, STEPPED, Lifetime
from vault.data_map_table import markdown, rewritten
from vault.erasing import model_of
from vault.nothing_personal import NOTHING_PERSONAL

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)
OURS = [model for model in apps.get_models() if model._meta.app_label in PACKAGES]


def texts_of(model):
    fields = model._meta.local_concrete_fields
    return {field.name for field in fields if isinstance(field, TEXTS) and not field.choices}


def classified(label):
    personal = {column for kept in PERSONAL if kept.table == label for column in kept.columns}
    return personal | set(NOTHING_PERSONAL.get(label, "").split())


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_column_that_may_hold_a_text_is_classified(model):
    assert texts_of(model) - classified(model._meta.label) == set()


def test_the_map_names_only_columns_that_there_are():
    known = {model._meta.label: {field.name for field in model._meta.local_concrete_fields} for model in OURS}
    named = {
        label: classified(label) for label in {*NOTHING_PERSONAL, *(kept.table for kept in PERSONAL)} & known.keys()
    }

    assert {label: columns - known[label] for label, columns in named.items() if columns - known[label]} == {}


def test_every_binary_column_is_personal():
    sealed = {
        (model._meta.label, field.name)
        for model in OURS
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.BinaryField)
    }
    personal = {(kept.table, column) for kept in PERSONAL for column in kept.columns}

    assert sealed - personal == {("vault.SealedKey", "sealed"), ("vault.ChainKey", "sealed")}


def test_a_table_is_either_blanked_or_deleted():
    assert [kept.table for kept in PERSONAL if bool(kept.blank) == bool(kept.deleted)] == []


@pytest.mark.parametrize("kept", PERSONAL, ids=lambda kept: kept.table)
def test_the_owner_of_a_row_is_found(kept):
    model_of(kept)._base_manager.filter(**{f"{kept.owner or 'pk'}__in": [1]}).query.sql_with_params()


def test_every_lifetime_is_used_and_either_ends_by_the_step_or_says_why_not():
    used = {kept.lifetime for kept in PERSONAL}

    assert used | {Lifetime.MERCHANT} == set(Lifetime)
    assert used - STEPPED == {
        Lifetime.SESSION,
        Lifetime.INVITATION,
        Lifetime.LINK,
        Lifetime.CACHE,
        Lifetime.ERASURE,
        Lifetime.EXCLUSION,
        Lifetime.ACCOUNT,
        Lifetime.PROOF,
    }


def test_the_documentation_shows_the_map():
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")

    assert rewritten(page) == page
    assert markdown() in page
