import pytest

from partner_api.signatures import sign, verify

BODY = b'{"event": "reward.issued"}'


def test_a_signature_is_the_published_algorithm():
    # echo -n '{"event": "reward.issued"}' | openssl dgst -sha256 -hmac shared
    assert sign(BODY, "shared") == "b134a4660ca14ffc5df8950712ca3f6b5bee29d11bb636b73367f69c154efa02"


@pytest.mark.parametrize("secrets", [["new", "old"], ["old"], ["old", "new"]])
def test_while_secrets_rotate_either_of_them_fits(secrets):
    assert verify(BODY, sign(BODY, "old"), secrets)


def test_case_and_surrounding_space_do_not_matter():
    assert verify(BODY, f" {sign(BODY, 's').upper()} ", ["s"])


@pytest.mark.parametrize("signature", ["", "0" * 64, "é" * 64, "\udcff", sign(BODY, "other"), sign(b"other", "s")])
def test_any_other_signature_is_refused(signature):
    assert not verify(BODY, signature, ["s"])


def test_without_a_secret_nothing_fits():
    assert not verify(BODY, sign(BODY, ""), [""])
    assert not verify(BODY, sign(BODY, "s"), [])
