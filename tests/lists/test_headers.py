"""What the name of a column says about its cells."""

import pytest

from lists.columns.names import names_kind


@pytest.mark.parametrize("name", ["Phone type", "Fax (phone)", "Phone verified", "SMS opt-in phone"])
def test_a_column_about_phone_numbers_is_no_column_of_phone_numbers(name):
    assert not names_kind(name, "phone")
    assert names_kind("Phone", "phone")
