"""Two tabs, or two users, on one draft of a campaign: the second to save sees both versions first."""

import re

import pytest

from campaigns.models import Campaign
from tests.campaigns.test_builder import edit, merchant, new, typed  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db


def seen_in(page):
    return re.search(r'name="seen" value="([^"]*)"', page.text)[1]


def test_the_second_of_two_tabs_is_shown_both_versions_before_it_saves(client, merchant):  # noqa: F811
    client.post(new(merchant), typed(save="1"))
    draft = Campaign.objects.get()
    first = second = seen_in(client.get(edit(draft)))

    assert client.post(edit(draft), typed(save="1", name="From the first tab", seen=first)).status_code == 302
    page = client.post(edit(draft), typed(save="1", name="From the second tab", seen=second))

    draft.refresh_from_db()
    assert draft.name == "From the first tab"
    row = re.search(r'scope="row">Name</th>.*?</tr>', page.text, re.DOTALL)[0]
    assert "From the first tab" in row
    assert "From the second tab" in row
    assert 'value="From the second tab"' in page.text
    assert page.text.count('scope="row"') == 1

    client.post(edit(draft), typed(save="1", name="From the second tab", seen=seen_in(page)))
    draft.refresh_from_db()
    assert draft.name == "From the second tab"
