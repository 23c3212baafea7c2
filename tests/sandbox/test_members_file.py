"""A file can add members."""

import pytest

from tests.support.orders import merchant
from tests.support.sandbox import Sandbox


@pytest.fixture
def sandbox_with_file(tmp_path):
    file = tmp_path / "members.csv"
    file.write_text("ana@example.com,,Ana,Lima\n,+12125550142,Bo,Tran\nnotfound.cy@example.com,,Cy,Xu\n")
    arguments = ("--scopes", "all", "--members", "10", "--members-only", "--members-file", str(file))
    with Sandbox(*arguments, "--rate-per-second", "1000") as sandbox:
        yield sandbox


def named(sandbox, **who):
    answer = sandbox.call("GET", "/partner/users", params={"merchant_id": merchant(sandbox)["id"], **who})
    return [user["first_name"] for user in answer.json()["users"]]


def test_guests_of_a_file_are_members_too(sandbox_with_file):
    assert named(sandbox_with_file, email="ana@example.com") == ["Ana"]
    assert named(sandbox_with_file, phone="+12125550142") == ["Bo"]
    assert len(named(sandbox_with_file, per_page="100")) == 12


def test_guests_that_must_fail_as_not_found_are_left_out(sandbox_with_file):
    assert named(sandbox_with_file, email="notfound.cy@example.com") == []
