"""The sandbox can be told who its members are."""

from __future__ import annotations

import pytest

from tests.support.orders import merchant
from tests.support.sandbox import Sandbox


@pytest.fixture
def told(tmp_path):
    file = tmp_path / "members.csv"
    file.write_text("ana@example.com,,Ana,Lima\n,+12125550142,Bo,Tran\nnotfound.cy@example.com,,Cy,Xu\n")
    arguments = ("--scopes", "all", "--members", "10", "--members-only", "--members-file", str(file))
    with Sandbox(*arguments, "--rate-per-second", "1000") as sandbox:
        yield sandbox


def named(sandbox, **who):
    answer = sandbox.call("GET", "/partner/users", params={"merchant_id": merchant(sandbox)["id"], **who})
    return [user["first_name"] for user in answer.json()["users"]]


def test_guests_of_a_file_are_members_too(told):
    assert named(told, email="ana@example.com") == ["Ana"]
    assert named(told, phone="+12125550142") == ["Bo"]
    assert len(named(told, per_page="100")) == 12


def test_but_not_those_who_are_to_fail_as_not_found(told):
    assert named(told, email="notfound.cy@example.com") == []
