"""Merchants, locations, reward templates and their pictures."""

from xml.etree import ElementTree as ET

import pytest
import requests

from tests.support import orders


def test_there_are_several_merchants_with_names_that_need_escaping(sandbox):
    answer = sandbox.call("GET", "/partner/merchants").json()

    assert "pagination" not in answer
    assert len({merchant["handle"] for merchant in answer["merchants"]}) >= 4
    assert 'Señor Peño\'s <Tacos> & "More"' in {merchant["name"] for merchant in answer["merchants"]}


def test_a_merchant_has_more_templates_than_one_page_holds(sandbox):
    owner = orders.merchant(sandbox, "harvest-and-hearth")["id"]

    pages = [orders.templates(sandbox, owner, page=page) for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [100, 32, 0]
    assert len({template["id"] for page in pages for template in page}) == 132


def test_locations_are_paged_by_ten_unless_asked_otherwise(sandbox):
    where = {"merchant_id": orders.merchant(sandbox, "harvest-and-hearth")["id"]}

    answer = sandbox.call("GET", "/partner/locations", params=where).json()

    assert len(answer["locations"]) == 10
    assert answer["pagination"] == {"current_page": 1, "per_page": 10, "total_pages": 3}
    assert set(answer["locations"][0]) == {"id", "merchant_id", "street", "city", "state", "zip", "name", "phone"}


@pytest.mark.parametrize("query", [{"per_page": 101}, {"per_page": 0}, {"page": 0}, {"page": "x"}])
def test_paging_out_of_range_is_refused(sandbox, query):
    where = {"merchant_id": orders.merchant(sandbox)["id"], **query}

    answer = sandbox.call("GET", "/partner/locations", params=where)

    assert answer.status_code == 400


@pytest.mark.parametrize(("query", "status"), [({}, 400), ({"merchant_id": "nobody"}, 404)])
def test_lists_belong_to_a_known_merchant(sandbox, query, status):
    for path in ("locations", "reward_templates", "campaigns"):
        assert sandbox.call("GET", f"/partner/{path}", params=query).status_code == status


def test_every_kind_of_discount_and_venue_occurs(sandbox):
    found = orders.templates(sandbox, orders.merchant(sandbox)["id"])

    kinds = {template["discount"]["type"] if template["discount"] else None for template in found}
    assert kinds == {"amount", "percent", "free_item", None}
    assert {template["redemption_venue"] for template in found} == {"in_store", "online", "both"}


def test_an_unpublished_template_is_gone_and_a_renamed_one_has_its_new_name(sandbox):
    owner = orders.merchant(sandbox)["id"]
    first, second = orders.templates(sandbox, owner)[:2]

    sandbox.unpublish(first["id"])
    sandbox.rename(second["id"], "Renamed")

    names = {template["id"]: template["name"] for template in orders.templates(sandbox, owner)}
    assert first["id"] not in names
    assert names[second["id"]] == "Renamed"
    where = {"merchant_id": owner}
    gone = sandbox.call("GET", f"/partner/reward_templates/{first['id']}", params=where)
    assert gone.status_code == 404


def test_a_template_is_shown_to_its_own_merchant_only(sandbox):
    owner, other = (orders.merchant(sandbox, handle)["id"] for handle in ("cafe-ebene", "senor-penos"))
    template = orders.templates(sandbox, owner)[0]

    path = f"/partner/reward_templates/{template['id']}"
    own = sandbox.call("GET", path, params={"merchant_id": owner})
    others = sandbox.call("GET", path, params={"merchant_id": other})

    assert own.json() == {"reward_template": template}
    assert others.status_code == 404


def test_pictures_are_drawn_for_anyone_and_are_well_formed(sandbox):
    found = orders.templates(sandbox, orders.merchant(sandbox, "senor-penos")["id"])
    addresses = [template["images"]["default"] for template in found if template["images"]]

    pictures = [requests.get(address, timeout=10) for address in addresses]

    assert {picture.headers["Content-Type"].split(";")[0] for picture in pictures} == {"image/svg+xml"}
    assert all(ET.fromstring(picture.text).tag.endswith("svg") for picture in pictures)
    assert len({picture.text for picture in pictures}) == len(pictures)
    assert len(addresses) < len(found)
