"""The checklist for going live: what opens and what closes each item."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.utils import timezone

from campaigns.models import Credential
from certification import going_live
from engine.models import WorkerBeat
from issuance.models import Delivery
from notifications.forgotten_passwords import send_one_link
from partner_api.models import Belonging
from tests.support.certification.exchanges import exchanged
from tests.support.desk import Desk
from tests.support.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/staff/certification/going-live/"


@pytest.fixture
def production(settings):
    settings.THANX_API_URL, settings.THANX_PRODUCTION = "https://api.thanx.com", True
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "some-credential"
    settings.DEBUG, settings.BEHIND_TLS, settings.METRICS_TOKEN = False, True, "a-token"
    return settings


def states():
    return {point.asked: point.state.value for point in going_live.checklist(at=timezone.now())}


def state(part):
    return next(state for asked, state in states().items() if part in asked)


def test_it_is_for_operators_only(client):
    client.force_login(MembershipFactory().user)

    assert client.get(PAGE).status_code == 404


def test_at_the_sandbox_production_is_open_and_every_open_point_says_what_to_do(operator, sandbox):
    page = operator.get(PAGE)

    shown = page.context["page"].items
    assert state("Production is meant") == "open"
    assert all(each.item.todo for each in shown if each.mark.words != "Done")
    assert all(each.item.todo.split(".")[0].replace("'", "&#x27;") in page.text for each in shown if each.item.todo)


def test_a_well_made_production_leaves_only_what_is_done_by_hand(production, operator):
    now = timezone.now()
    production.THANX_WEBHOOK_SECRETS = ["secret"]
    Belonging.objects.create(environment="api.thanx.com", since=now)
    Credential.objects.create(host="api.thanx.com", as_of=now, scopes=["rewards.issue"])
    WorkerBeat.objects.create(worker="one", started_at=now, heard_at=now)
    Delivery.objects.create(received_at=now, sealed_body=b"", digest="d")

    assert {asked for asked, state in states().items() if state == "open"} == set()
    assert "Nothing that can be checked is open" in operator.get(PAGE, secure=True).text


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("DEBUG", True, "settings are those"),
        ("BEHIND_TLS", False, "settings are those"),
        ("METRICS_TOKEN", "", "settings are those"),
        ("THANX_RATE_PER_SECOND", 50, "within Thanx's limits"),
        ("THANX_PRODUCTION", False, "Production is meant"),
    ],
)
def test_a_wrong_setting_opens_its_point(production, name, value, part):
    setattr(production, name, value)

    assert state(part) == "open"


@pytest.mark.usefixtures("production")
def test_a_database_of_the_sandbox_is_not_productions():
    Belonging.objects.create(environment="api.thanxsandbox.com", since=timezone.now())

    assert state("database of its own") == "open"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(("scopes", "problem"), [([], ""), (["rewards.issue"], "credentials_refused")])
def test_a_credential_that_may_not_issue_or_is_refused_is_open(scopes, problem):
    Credential.objects.create(host="api.thanx.com", as_of=timezone.now(), scopes=scopes, problem=problem)

    assert state("accepts the credential") == "open"


@pytest.mark.usefixtures("production")
def test_an_operator_without_a_second_factor_opens_the_point():
    Authenticator.objects.create(user=UserFactory(is_staff=True), type="totp", data={})
    assert state("second factor") == "done"
    UserFactory(is_staff=True)

    assert state("second factor") == "open"


def test_a_red_line_at_the_sandbox_keeps_it_from_going_live(sandbox):
    host = sandbox.url.removeprefix("http://")
    exchanged(header_names=[], host=host)

    (point,) = (each for each in going_live.checklist(at=timezone.now()) if "shown at the sandbox" in each.asked)

    assert (point.state.value, "1 red" in point.found) == ("open", True)


# --- Unmistakable ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_production", "label"), [(True, "PRODUCTION"), (False, "SANDBOX")])
def test_what_cannot_be_undone_is_confirmed_with_the_environment_beside_the_button(
    client, settings, is_production, label
):
    host = "api.thanx.com" if is_production else "api.thanxsandbox.com"
    settings.THANX_API_URL, settings.THANX_PRODUCTION = f"https://{host}", is_production
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "some-credential"
    desk = Desk(client)

    page = desk.get("review", desk.ready()).text

    form = page[page.index("This goes to") :]
    assert f"<b>{label}</b>" in form[: form.index("</p>")]
    assert host in form[: form.index("</p>")]


def test_mails_say_which_environment_they_are_about(client):
    user = UserFactory()

    client.post("/accounts/password/reset/", {"email": user.email})
    send_one_link()

    (message,) = mail.outbox
    assert message.subject.startswith("[Thanx Portal, SANDBOX] ")
