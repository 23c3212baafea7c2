"""HEAD is answered as GET is, without the body."""

import pytest

from accounts.models import Role
from tests.support.factories import MembershipFactory

pytestmark = pytest.mark.django_db

PAGES = ["/", "/m/tacos/", "/m/tacos/issuances/", "/m/tacos/issuances/new/", "/m/tacos/audit.csv", "/m/tacos/search/"]


@pytest.mark.parametrize("address", [*PAGES, "/accounts/login/", "/healthz", "/m/nowhere/", "/webhooks/thanx/"])
def test_head_has_the_status_and_headers_of_get_and_no_body(client, address):
    client.force_login(MembershipFactory(merchant__handle="tacos", role=Role.MANAGER).user)
    got, head = client.get(address), client.head(address)

    assert head.status_code == got.status_code
    assert b"".join(head) == b""
    names = ("Content-Type", "Content-Disposition", "Cache-Control", "Location")
    assert [head.headers.get(name) for name in names] == [got.headers.get(name) for name in names]


def test_head_is_logged_as_what_it_is(client, caplog):
    caplog.set_level("INFO", logger="portal.access")
    client.head("/accounts/login/")

    assert [record.method for record in caplog.records if record.name == "portal.access"] == ["HEAD"]
