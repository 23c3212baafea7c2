import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Role
from tests.support.factories import PASSWORD, MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command with something on standard input; return what it printed."""
    MerchantFactory(handle="tacos")

    def add_member(*arguments, stdin=PASSWORD + "\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        call_command("add_member", *arguments)
        return capsys.readouterr().out

    return add_member


def test_the_password_is_read_from_standard_input(run):
    run("ana@partner.example", "--merchant", "tacos", "--role", "approver", "--password-stdin")

    membership = Membership.objects.get()
    assert membership.role == Role.APPROVER
    assert membership.user.check_password(PASSWORD)


def test_json_is_one_document(run):
    printed = run("ana@partner.example", "--merchant", "tacos", "--role", "viewer", "--password-stdin", "--json")

    assert json.loads(printed) == {"email": "ana@partner.example", "merchant": "tacos", "role": "viewer"}


def test_a_refusal_exits_with_1_and_says_why(run, capsys):
    with pytest.raises(CommandError, match="no merchant with the handle 'nowhere'") as refusal:
        run("ana@partner.example", "--merchant", "nowhere", "--role", "viewer", "--password-stdin", "--json")

    assert refusal.value.returncode == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unknown_merchant"


def test_a_weak_password_is_refused_and_not_repeated(run):
    with pytest.raises(CommandError) as refusal:
        run("ana@partner.example", "--merchant", "tacos", "--role", "viewer", "--password-stdin", stdin="guacamole\n")

    assert refusal.value.returncode == 1
    assert "guacamole" not in str(refusal.value)
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-address", "--merchant", "tacos", "--role", "viewer"],
        ["ana@partner.example", "--merchant", "tacos", "--role", "owner"],
        ["ana@partner.example", "--role", "viewer"],
    ],
)
def test_bad_usage_changes_nothing(run, arguments):
    with pytest.raises(CommandError):
        run(*arguments, "--password-stdin")

    assert not Membership.objects.exists()
