"""An issued reward at Capillary: all that is known is shown, and nothing of other merchants."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import AuditEntry, Role
from partner_api.models import Exchange
from tests.guests.conftest import CUSTOMER, MILES, PHYSICAL, VOUCHER
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def look_up(client, merchant, transaction, **fields):
    where = reverse("guests:issued-rewards", args=[merchant.handle])
    return client.post(where, {"customer": CUSTOMER, "transaction": transaction, "code_case": "AS_IT_IS", **fields})


def text_of(response):
    return response.content.decode()


def test_a_voucher_is_shown_with_its_code_and_commissions(capillary, client, marketer):
    page = text_of(look_up(client, marketer.merchant, VOUCHER))

    assert "Lion-7Kq2-Xy" in page
    assert "1 issued of 2 asked for." in page
    assert "Brand commission 0.5" in page
    assert "Café “Zum Löwen” &lt;am Markt&gt;" in page
    assert "Affiliate commission" not in page  # null there, absent here


def test_miles_are_shown_with_what_the_vendor_gave(capillary, client, marketer):
    page = text_of(look_up(client, marketer.merchant, MILES))

    assert "Alpenglow Club" in page
    assert "4xyMsS, s74PLp" in page
    assert "11 May 2026, 12:30 EDT" in page  # the merchant's own time
    assert "The link to this picture has expired" in page
    assert "The link to this picture leads nowhere" in page


def test_a_physical_reward_is_shown_with_its_delivery(capillary, client, marketer):
    page = text_of(look_up(client, marketer.merchant, PHYSICAL))

    assert "NP 4471 9921" in page
    assert "Status: PACKED · Updated by: warehouse-2" in page
    assert "Store code" in page
    assert 'id="vouchers"' not in page  # an empty list there, absent here


def test_texts_from_outside_cannot_act(capillary, client, marketer):
    page = text_of(look_up(client, marketer.merchant, MILES)).split("<main", 1)[1]

    assert "within two days" in page
    assert "https://alpenglow.example/terms" in page
    assert "taken" not in page
    assert "javascript:" not in page
    assert "onerror" not in page
    assert "Switched off" not in page


def test_another_organisations_reward_does_not_exist_here(capillary, client):
    membership = MembershipFactory(role=Role.MARKETER, merchant=MerchantFactory(capillary_org="7"))
    client.force_login(membership.user)

    page = text_of(look_up(client, membership.merchant, VOUCHER))

    assert "Capillary does not know this reward" in page
    assert "Lion" not in page


def test_for_a_merchant_without_an_organisation_no_call_is_made(capillary, client):
    membership = MembershipFactory(role=Role.MARKETER)
    client.force_login(membership.user)

    page = text_of(look_up(client, membership.merchant, VOUCHER))

    assert "This merchant has no organisation at Capillary yet" in page
    assert not Exchange.objects.exists()


def test_viewers_and_users_of_other_merchants_get_no_page(capillary, client, marketer):
    client.force_login(MembershipFactory(role=Role.VIEWER, merchant=marketer.merchant).user)
    assert look_up(client, marketer.merchant, VOUCHER).status_code == 403

    client.force_login(UserFactory())
    assert look_up(client, marketer.merchant, VOUCHER).status_code == 404
    assert not Exchange.objects.exists()


def test_every_look_up_is_in_the_audit_trail_without_the_customer(capillary, client, marketer):
    look_up(client, marketer.merchant, VOUCHER)
    look_up(client, marketer.merchant, "1")

    entries = AuditEntry.objects.order_by("pk")
    assert [(entry.action, entry.facts["outcome"]) for entry in entries] == [
        ("issued reward looked up", "found"),
        ("issued reward looked up", "NotFound"),
    ]
    assert entries[0].by == marketer.user
    assert CUSTOMER not in json.dumps([entry.facts for entry in entries])


def test_operators_read_the_whole_answer_and_others_do_not(capillary, client, marketer):
    assert "fulfillmentDetailsAuditLog" not in text_of(look_up(client, marketer.merchant, PHYSICAL))

    client.force_login(UserFactory(is_staff=True))

    assert "fulfillmentDetailsAuditLog" in text_of(look_up(client, marketer.merchant, PHYSICAL))


def test_a_refused_credential_is_explained_and_the_form_kept(capillary, client, marketer, settings):
    settings.CAPILLARY_PASSWORD = "wrong"

    page = text_of(look_up(client, marketer.merchant, VOUCHER))

    assert "Capillary refuses our credential" in page
    assert f'value="{CUSTOMER}"' in page


def test_an_invalid_number_is_explained_beside_the_field(capillary, client, marketer):
    page = text_of(look_up(client, marketer.merchant, "84 631"))

    assert "Please enter the number alone" in page
    assert not Exchange.objects.exists()


def test_regions_can_be_chosen_where_there_are_several(capillary, client, marketer, settings):
    settings.CAPILLARY_URL = ["https://eu.api.capillarytech.com", capillary.url]
    local = capillary.url.removeprefix("http://")

    page = text_of(look_up(client, marketer.merchant, VOUCHER, host=local))

    assert "Lion-7Kq2-Xy" in page
    assert "eu.api.capillarytech.com" in page


def test_the_navigation_leads_there_where_it_is_of_use(client, marketer):
    home = reverse("merchant-home", args=[marketer.merchant.handle])
    link = reverse("guests:issued-rewards", args=[marketer.merchant.handle])
    assert link in text_of(client.get(home))

    marketer.merchant.capillary_org = ""
    marketer.merchant.save()

    assert link not in text_of(client.get(home))


def test_the_command_tells_the_same(capillary):
    out = StringIO()

    call_command("issual", CUSTOMER, VOUCHER, "--case", "LOWER", "--json", stdout=out)

    printed = json.loads(out.getvalue())
    assert printed["vouchers"][0]["code"] == "lion-7kq2-xy"
    assert printed["issued"] is True
    assert "texts" not in printed


def test_the_command_fails_in_words_for_an_unknown_reward(capillary):
    with pytest.raises(CommandError, match="does not know this reward"):
        call_command("issual", CUSTOMER, "1", "--json", stdout=StringIO())


def test_the_command_leaves_one_audit_row_that_leads_to_the_call_and_names_no_customer(capillary, marketer):
    call_command("issual", CUSTOMER, VOUCHER, "--by", marketer.user.email, "--json", stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("issual", CUSTOMER, "1", stdout=StringIO())

    found, missing = AuditEntry.objects.filter(action="issued reward looked up").order_by("pk")
    assert (found.by, found.merchant, found.facts["outcome"]) == (marketer.user, marketer.merchant, "found")
    assert (missing.by, missing.merchant, missing.facts["outcome"]) == (None, None, "NotFound")
    assert [str(one.pk) for one in Exchange.objects.order_by("pk")] == [found.object_id, missing.object_id]
    assert CUSTOMER not in json.dumps([found.facts, missing.facts])


def test_the_command_names_what_is_wrong_with_a_region_or_a_person(capillary):
    with pytest.raises(CommandError, match="CAPILLARY_URL does not name this host"):
        call_command("issual", CUSTOMER, VOUCHER, "--host", "nowhere.example")
    with pytest.raises(CommandError, match="There is no user with the email address"):
        call_command("issual", CUSTOMER, VOUCHER, "--by", "nobody@example.com")
