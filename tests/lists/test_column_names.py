"""What the name of a column says about its cells."""

import pytest

from lists.columns.names import Clearness, naming


@pytest.mark.parametrize("name", ["Customer number", "Order ID", "Loyalty card number", "Account no"])
def test_a_number_of_a_thing_is_no_identifier_of_a_guest(name):
    assert naming(name, "phone") == naming(name, "email") == Clearness.OTHER


@pytest.mark.parametrize(("name", "kind"), [("Phone number", "phone"), ("E-mail ID", "email")])
def test_a_number_of_a_phone_and_an_id_of_an_address_are_what_they_name(name, kind):
    assert naming(name, kind) == Clearness.EXACT
