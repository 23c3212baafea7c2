"""Every endpoint against the sandbox, in both dialects of the API."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from partner_api import connect, errors, wire
from partner_api.answers.catalog import NewCampaign, NewVariant
from partner_api.answers.jobs import Identifier
from partner_api.models import Exchange
from partner_api.priority import Priority

pytestmark = pytest.mark.django_db

SOON = datetime(2030, 5, 12, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["usual", "other"])
def either(request, sandbox):
    sandbox.reset(dialect=request.param)
    return sandbox


def client(about: str = ""):
    return connect.thanx(priority=Priority.USER_ACTION, merchant="", about=about)


@pytest.fixture
def merchant_id(sandbox):
    return client().merchants()[0].id


def a_campaign(merchant_id):
    template = client().reward_templates(merchant_id=merchant_id)[0]
    variants = (NewVariant("Free burger", template.id), NewVariant("Control"))
    later = SOON + timedelta(days=30)
    new = NewCampaign(merchant_id, "Win back", "Come again", "Once", SOON, later, SOON, later, variants)
    return client().create_campaign(new=new)


def an_order(campaign, merchant_id, *values):
    return wire.issue_body(
        campaign_id=campaign.id,
        merchant_id=merchant_id,
        variant_id=campaign.variants[0].id,
        identifiers=[Identifier("phone" if value.startswith("+") else "email", value) for value in values],
    )


def test_scopes_and_merchants_are_found_on_either_path(either):
    assert client().scopes() == ("rewards.issue",)
    assert len({merchant.handle for merchant in client().merchants()}) > 1


def test_locations_are_found_on_either_path(either, merchant_id):
    found = client().locations(merchant_id=merchant_id)

    assert len(found) > 1
    assert {location.merchant_id for location in found} == {merchant_id}
    assert all(location.street and location.city and location.zip for location in found)


def test_the_path_that_answered_is_remembered_by_every_later_client(sandbox):
    sandbox.reset(dialect="other")
    first, second, *_ = [merchant.id for merchant in client().merchants()]
    client().locations(merchant_id=first)
    client().locations(merchant_id=second)

    asked = Exchange.objects.filter(path_template__contains="locations").order_by("id")

    assert [(row.path_template, row.status) for row in asked] == [
        ("/partner/locations", 404),
        ("/partner/metadata/locations", 200),
        ("/partner/metadata/locations", 200),
    ]


def test_a_list_is_read_through_all_its_pages(sandbox, merchant_id):
    for number in range(230):
        sandbox.campaign(merchant=merchant_id, name=f"Elsewhere {number}")

    found = client().campaigns(merchant_id=merchant_id)

    assert len({campaign.id for campaign in found}) >= 230
    asked = [request["query"] for request in sandbox.requests("/partner/campaigns")]
    assert [query.split("&", 1)[1] for query in asked] == [f"page={page}&per_page=100" for page in (1, 2, 3)]


def test_templates_come_as_a_list_and_singly(either, merchant_id):
    templates = client().reward_templates(merchant_id=merchant_id)

    assert client().reward_template(id=templates[3].id, merchant_id=merchant_id) == templates[3]
    assert templates[3].image_url.startswith("http")


def test_a_campaign_is_created_and_found_again(either, merchant_id):
    created = a_campaign(merchant_id)

    assert [variant.reward_template_id is None for variant in created.variants] == [False, True]
    assert (created.start_at, created.name, created.fine_print) == (SOON, "Win back", "Once")
    assert client().campaign(id=created.id) == created
    assert created in client().campaigns(merchant_id=merchant_id)


def test_rewards_are_issued_watched_and_revoked(either, merchant_id):
    campaign = a_campaign(merchant_id)
    body = an_order(campaign, merchant_id, "a@guest.example", "+12025550123")

    accepted = client().issue(key=uuid4(), body=body)
    done = client().issuance_job(id=accepted.id, merchant_id=merchant_id)
    revoking = client().revoke(id=accepted.id, merchant_id=merchant_id)

    assert (accepted.total_count, accepted.variant_id) == (2, campaign.variants[0].id)
    assert (done.state, done.success_count, done.failures) == ("completed", 2, ())
    assert revoking.state == "revoking"


def test_the_same_key_and_body_bring_back_the_first_job(sandbox, merchant_id):
    body, key = an_order(a_campaign(merchant_id), merchant_id, "a@guest.example"), uuid4()

    first, second = client().issue(key=key, body=body), client().issue(key=key, body=body)

    assert first.id == second.id
    assert sandbox.times_issued() == {"a@guest.example": 1}


def test_the_same_key_with_another_body_is_unprocessable(sandbox, merchant_id):
    campaign, key = a_campaign(merchant_id), uuid4()
    client().issue(key=key, body=an_order(campaign, merchant_id, "a@guest.example"))

    with pytest.raises(errors.Unprocessable):
        client().issue(key=key, body=an_order(campaign, merchant_id, "b@guest.example"))


def test_a_time_out_after_the_work_leaves_it_open_and_the_key_settles_it(sandbox, merchant_id, settings):
    body, key = an_order(a_campaign(merchant_id), merchant_id, "a@guest.example"), uuid4()
    settings.THANX_READ_SECONDS = 0.3
    sandbox.fault("hang", path="/partner/campaigns/issue", when="after", seconds=1, times=1)

    with pytest.raises(errors.OutcomeUnknown):
        client().issue(key=key, body=body)
    client().issue(key=key, body=body)

    assert sandbox.times_issued() == {"a@guest.example": 1}


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("unauthorized", errors.CredentialsRefused),
        ("forbidden", errors.ScopeMissing),
        ("rate_limited", errors.RateLimited),
        ("server_error", errors.Unavailable),
        ("html_error", errors.Unavailable),
        ("cut_off", errors.Unavailable),
        ("truncated_json", errors.Unavailable),
    ],
)
def test_what_goes_wrong_with_a_read_has_a_name(sandbox, kind, error):
    sandbox.fault(kind, path="/partner/scopes")

    with pytest.raises(error) as caught:
        client().scopes()

    assert type(caught.value) is error


def test_a_wrong_token_and_an_unknown_thing_are_refused(sandbox, settings):
    with pytest.raises(errors.NotFound):
        client().campaign(id="no-such-campaign")
    settings.THANX_ACCESS_TOKEN = "another"
    with pytest.raises(errors.CredentialsRefused):
        client().campaign(id="another-campaign")


def test_the_sandbox_finds_no_fault_with_any_of_it(sandbox, merchant_id):
    sandbox.reset()
    body = an_order(a_campaign(merchant_id), merchant_id, "a@guest.example")
    job = client().issue(key=uuid4(), body=body)
    client().issuance_job(id=job.id, merchant_id=merchant_id)
    client().locations(merchant_id=merchant_id)

    assert sandbox.violations() == {}


def test_an_unknown_state_and_missing_counts_are_read(sandbox, merchant_id):
    job = client().issue(key=uuid4(), body=an_order(a_campaign(merchant_id), merchant_id, "a@guest.example"))
    sandbox.fault("unknown_state")
    sandbox.fault("missing_counts")

    seen = client().issuance_job(id=job.id, merchant_id=merchant_id)

    assert seen.id == job.id
    assert seen.total_count is None
    assert replace(seen, state="completed") != job
