"""A sealed value opens for its purpose and with a listed key, and in no other way."""

import io
import os

import pytest
from django.core.files.storage import InMemoryStorage

from issuance.manifests import open_body, open_lines, seal_manifest
from issuance.models import Manifest
from vault.files import CHUNK_BYTES, open_sealed, sealed_chunks, store_sealed
from vault.models import SealedKey
from vault.sealing import Fingerprinter, Unsealable, fingerprint_of, seal, unseal

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_sealed_value_opens_for_its_purpose_only():
    sealed = seal(b"ana@example.com", purpose="cell")

    assert unseal(sealed, purpose="cell") == b"ana@example.com"
    assert b"ana@" not in sealed
    with pytest.raises(Unsealable):
        unseal(sealed, purpose="manifest body")


@pytest.mark.parametrize(
    "damage", [b"", b"\x01", b"\x02" + b"0" * 60, b"not sealed at all, but long enough for a header"]
)
def test_what_is_no_sealed_value_is_said_to_be_none(damage):
    with pytest.raises(Unsealable):
        unseal(damage, purpose="cell")


def test_a_changed_byte_is_noticed():
    sealed = bytearray(seal(b"ana@example.com", purpose="cell"))
    sealed[-1] ^= 1

    with pytest.raises(Unsealable):
        unseal(bytes(sealed), purpose="cell")


def test_an_older_key_still_opens_and_the_newest_one_seals(settings):
    settings.DATA_KEYS = [OLD]
    before = seal(b"value", purpose="cell")
    settings.DATA_KEYS = [NEW, OLD]
    since = seal(b"value", purpose="cell")

    assert unseal(before, purpose="cell") == b"value"
    settings.DATA_KEYS = [NEW]
    assert unseal(since, purpose="cell") == b"value"
    with pytest.raises(Unsealable):
        unseal(before, purpose="cell")


@pytest.mark.django_db
def test_a_fingerprint_belongs_to_one_merchant_and_one_kind():
    mine = fingerprint_of(merchant_id=1, kind="email", value="ana@example.com")

    assert len(mine) == 16
    assert mine == Fingerprinter(1).of(kind="email", value="ana@example.com")
    assert mine != fingerprint_of(merchant_id=2, kind="email", value="ana@example.com")
    assert mine != fingerprint_of(merchant_id=1, kind="phone", value="ana@example.com")
    assert SealedKey.objects.count() == 1


@pytest.mark.django_db
def test_fingerprints_survive_a_rotation_of_the_data_keys(settings):
    settings.DATA_KEYS = [OLD]
    before = fingerprint_of(merchant_id=1, kind="email", value="ana@example.com")

    settings.DATA_KEYS = [NEW, OLD]

    assert fingerprint_of(merchant_id=1, kind="email", value="ana@example.com") == before


def test_a_manifest_gives_back_its_body_byte_for_byte_and_its_lines():
    body = b'{"identifiers":[{"type":"email","value":"ana@example.com"}]}'
    sealed_body, sealed_lines = seal_manifest(body=body, lines=[2, 1_000_000])

    manifest = Manifest(sealed_body=sealed_body, sealed_lines=sealed_lines)

    assert open_body(manifest) == body
    assert list(open_lines(manifest)) == [2, 1_000_000]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_sealed_file_is_read_from_anywhere(size):
    storage, data = InMemoryStorage(), os.urandom(size)

    name = store_sealed(iter([data[:10], data[10:]]), storage=storage, name="a", purpose="upload")

    with open_sealed(storage=storage, name=name, purpose="upload") as file:
        assert file.read() == data
        file.seek(size // 2)
        assert file.read(20) == data[size // 2 :][:20]
        assert file.seek(0, os.SEEK_END) == size


@pytest.mark.parametrize(
    "cut", [lambda chunks: chunks[:-1], lambda chunks: [chunks[0], *reversed(chunks[1:3]), *chunks[3:]]]
)
def test_chunks_cannot_be_cut_off_or_moved(cut):
    chunks = list(sealed_chunks([os.urandom(4 * CHUNK_BYTES)], purpose="upload"))
    storage = InMemoryStorage()
    name = storage.save("a", io.BytesIO(b"".join(cut(chunks))))

    with open_sealed(storage=storage, name=name, purpose="upload") as file, pytest.raises(Unsealable):
        file.read()


def test_what_breaks_off_while_it_is_stored_leaves_no_file():
    def broken():
        yield b"x"
        raise ConnectionResetError

    storage = InMemoryStorage()
    with pytest.raises(ConnectionResetError):
        store_sealed(broken(), storage=storage, name="a", purpose="upload")

    assert storage.listdir("") == ([], [])
