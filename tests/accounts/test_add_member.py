import io
import json

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command

from accounts.models import Membership, Role, User
from tests.support.factories import PASSWORD, MerchantFactory, UserFactory

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


def test_a_new_user_without_a_password_is_invited(run):
    printed = run("ana@partner.example", "--merchant", "tacos", "--role", "viewer", "--json")

    assert json.loads(printed)["invited"] is True
    assert [message.to for message in mail.outbox] == [["ana@partner.example"]]
    assert not User.objects.exists()


def test_without_mail_a_new_user_needs_a_password(run, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    with pytest.raises(CommandError, match="needs a password"):
        run("ana@partner.example", "--merchant", "tacos", "--role", "viewer")


def test_an_account_with_an_unproven_address_is_not_taken_over(run):
    EmailAddress.objects.filter(user=UserFactory(email="ana@partner.example")).update(verified=False)

    with pytest.raises(CommandError, match="has not shown that the address is theirs"):
        run("ana@partner.example", "--merchant", "tacos", "--role", "viewer", "--password-stdin")

    assert not Membership.objects.exists()
