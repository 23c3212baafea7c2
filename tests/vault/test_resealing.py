"""The rotation of data keys: everything moves to the newest one, also after a kill, and an old key goes when it may."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction

from accounts.models import FactorSeed
from engine.clock import now
from engine.models import WorkerBeat
from issuance.models import Manifest, RejectedLine, Upload
from lists.tables import open_table
from tests.support.audiences import take_in
from tests.support.factories import create_live_campaign
from vault import resealing
from vault.fields import SealedField
from vault.files import key_of_file
from vault.models import ChainKey, SealedKey
from vault.resealing import Resealed, reseal_everything, sealed_by_key
from vault.sealing import Fingerprinter, Unsealable, key_marks, seal, unseal

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
LIST = "email\nana@example.com\nbo@example.com\nno address\nana@example.com\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rotated(settings):
    """An audience that was read under the old key; the new key now stands in front."""
    settings.DATA_KEYS = [OLD]
    issuance = take_in(create_live_campaign(), LIST)
    settings.DATA_KEYS = [NEW, OLD]
    return issuance


def reseal(*args):
    call_command("reseal", *args)


def reseal_what_is_free():
    try:
        list(reseal_everything(done=Resealed()))
        return sealed_by_key()[key_marks()[1].hex()]
    finally:
        connection.close()


def test_everything_opens_with_the_new_key_alone(rotated, settings):
    of = Fingerprinter(rotated.merchant_id).of(kind="email", value="ana@example.com")
    reseal()
    settings.DATA_KEYS = [NEW]

    assert {unseal(one.sealed_body, purpose="manifest body")[:1] for one in Manifest.objects.all()}
    assert unseal(RejectedLine.objects.get(line=4).sealed_value, purpose="rejected cell") == b"no address"
    with open_table(Upload.objects.get()) as file:
        assert file.read() == LIST.encode()
    assert Fingerprinter(rotated.merchant_id).of(kind="email", value="ana@example.com") == of


def test_seeds_of_second_factors_and_keys_of_chains_move_too(rotated, settings):
    settings.DATA_KEYS = [OLD]
    seed = FactorSeed.objects.create(sealed=seal(b"seed", purpose="seed of a second factor"))
    settings.DATA_KEYS = [NEW, OLD]
    reseal()
    settings.DATA_KEYS = [NEW]

    seed.refresh_from_db()
    assert unseal(seed.sealed, purpose="seed of a second factor") == b"seed"
    assert unseal(ChainKey.objects.get().sealed, purpose="chain key")


def test_it_goes_on_after_a_kill(rotated, settings, monkeypatch):
    monkeypatch.setattr(resealing, "AT_ONCE", 1)
    killed = reseal_everything(done=Resealed())
    next(killed)
    killed.close()
    some = sum(sealed_by_key().values())
    assert 0 < sealed_by_key()[key_marks()[0].hex()] < some

    reseal()

    assert sealed_by_key() == {key_marks()[0].hex(): some}


def test_a_second_run_finds_nothing(rotated, capsys):
    reseal()
    capsys.readouterr()
    reseal("--json")

    assert json.loads(capsys.readouterr().out) == {
        "values": 0,
        "files": 0,
        "damaged": 0,
        "old_keys": [{"place": 2, "mark": key_marks()[1].hex(), "sealed": 0, "workers": 0, "may_go": True}],
    }


def test_it_says_when_the_old_key_may_go(rotated, capsys):
    reseal()

    assert "Key 2 of DATA_KEYS may go, once you no longer need backups from before." in capsys.readouterr().out


def test_an_old_key_stays_while_a_worker_seals_with_it(rotated, capsys):
    old = key_marks()[1].hex()
    WorkerBeat.objects.create(worker="one", started_at=now(), heard_at=now(), seals_with=old)

    with pytest.raises(CommandError):
        reseal()
    assert "still needed: 1 workers still seal with it: restart them." in capsys.readouterr().out

    WorkerBeat.objects.update(heard_at=now() - timedelta(minutes=1))
    reseal()


def test_what_no_listed_key_opens_is_counted_and_left(rotated, settings, capsys):
    settings.DATA_KEYS = [NEW, OTHER]
    before = bytes(SealedKey.objects.get().sealed)

    with pytest.raises(CommandError):
        reseal()

    assert "A key that DATA_KEYS does not list" in capsys.readouterr().out
    assert bytes(SealedKey.objects.get().sealed) == before


def test_a_damaged_value_is_counted_and_stops_nothing(rotated, capsys):
    body = bytes(Manifest.objects.first().sealed_body)
    Manifest.objects.filter(pk=Manifest.objects.first().pk).update(sealed_body=body[:-1] + bytes([body[-1] ^ 1]))

    with pytest.raises(CommandError):
        reseal("--json")

    found = json.loads(capsys.readouterr().out)
    assert found["damaged"] == 1
    assert found["old_keys"][0]["sealed"] == 1


def test_a_file_that_is_discarded_meanwhile_stays_deleted(rotated, monkeypatch):
    name = Upload.objects.get().stored_as
    found = resealing.key_of_file

    def discarded_just_then(**which):
        mark = found(**which)
        Upload.objects.all().delete()
        default_storage.delete(name)
        return mark

    monkeypatch.setattr(resealing, "key_of_file", discarded_just_then)
    done = list(reseal_everything(done=Resealed()))[-1]

    assert done.files == 0
    assert not default_storage.exists(name)


def test_a_reader_who_has_the_old_file_open_reads_on(rotated, settings):
    upload = Upload.objects.get()
    with open_table(upload) as file:
        beginning = file.read(5)
        reseal()
        assert beginning + file.read() == LIST.encode()
    assert key_of_file(storage=default_storage, name=upload.stored_as) == key_marks()[0]
    assert default_storage.listdir(str(rotated.pk))[1] == [upload.stored_as.rpartition("/")[2]]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_worker_holds_is_left_to_the_next_run(rotated):
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite a transaction holds the whole database")
    with transaction.atomic():
        Manifest.objects.select_for_update().get(pk=Manifest.objects.first().pk)
        with ThreadPoolExecutor(1) as other:
            left = other.submit(reseal_what_is_free).result()
    assert left == 2  # its body and its lines

    reseal()


def test_every_sealed_column_says_its_purpose():
    purposes = {
        f"{model._meta.label}.{field.name}": field.purpose
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    }

    assert "" not in purposes.values()


FINGERPRINTS = {"fingerprint", "guest", "key"}
"""Columns of fingerprints: of identifiers, and of Thanx's ids of guests and of purchases."""


def test_every_binary_column_is_a_sealed_one_or_a_fingerprint():
    others = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.BinaryField) and not isinstance(field, SealedField)
        if field.name not in FINGERPRINTS
    }

    assert others == set()


def test_an_unsealable_value_is_said_to_be_one(settings, rotated):
    settings.DATA_KEYS = [OTHER]
    with pytest.raises(Unsealable):
        Fingerprinter(1)
