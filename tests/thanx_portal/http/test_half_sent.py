"""A thousand senders that stop half-way keep no user waiting, and what is refused leaves nothing behind."""

import resource
import socket
import time
from contextlib import ExitStack
from http import HTTPStatus

import pytest
import requests
from django.conf import settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from accounts.models import Role
from issuance.models import Delivery
from partner_api.signatures import sign
from tests.support.desk import people
from tests.support.factories import IssuanceFactory, MembershipFactory
from tests.support.orders import until
from tests.support.servers.web import web

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SENDERS = 1_000
SECRET = "a secret of more than sixteen characters"
MULTIPART = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="


@pytest.fixture(scope="module")
def server(tmp_path_factory, django_db_setup):
    with web(tmp_path_factory.mktemp("web"), THANX_WEBHOOK_SECRETS=SECRET) as running:
        yield running


def beginnings(cookie):
    """Return the beginnings of a thousand requests whose rest never comes, two of them files of a user."""
    host = "Host: 127.0.0.1\r\n"
    form = f"{host}Content-Type: {MULTIPART_CONTENT}\r\n"
    upload = f"POST /m/tacos/issuances/1/people/ HTTP/1.1\r\n{form}"
    kinds = [
        f"GET /accounts/login/ HTTP/1.1\r\n{host}X-Half: ",
        f"POST /accounts/login/ HTTP/1.1\r\n{form}Content-Length: 999\r\n\r\n{MULTIPART}",
        f"POST /accounts/login/ HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n999\r\n{MULTIPART}",
        f"POST /webhooks/thanx/ HTTP/1.1\r\n{host}Content-Length: 8388608\r\n\r\n{{",
        f"{upload}Content-Length: 9999\r\n\r\n{MULTIPART}",
    ]
    return [*kinds * (SENDERS // len(kinds)), *[f"{upload}Content-Length: 9999999\r\n{cookie}\r\n\r\n{MULTIPART}"] * 2]


def open_sockets(stack, server, sent):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for beginning in sent:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
        connection.sendall(beginning.encode())


def slowest_of_twenty(server):
    """Return how long the slowest of 20 pages took, in seconds."""
    taken = []
    with requests.Session() as session:
        for _ in range(20):
            began = time.perf_counter()
            assert session.get(f"{server.url}/accounts/login/", timeout=60).ok
            taken.append(time.perf_counter() - began)
    return max(taken)


def session_of(client, *, handle="tacos"):
    member = MembershipFactory(merchant__handle=handle, role=Role.MARKETER)
    client.force_login(member.user)
    return member, f"sessionid={client.cookies['sessionid'].value}"


def test_no_page_waits_while_a_thousand_senders_stop_half_way(server, client):
    _, cookie = session_of(client)

    with ExitStack() as stack:
        open_sockets(stack, server, beginnings(f"Cookie: {cookie}"))
        slowest = slowest_of_twenty(server)

    # A page takes 100 ms on a machine of its own, and seconds on none. One that waits for a sender takes all the time
    # that a sender has.
    assert slowest < settings.HEADER_SECONDS / 2
    assert "Traceback" not in server.log
    until(lambda: server.temporary == [])  # of the users whose files will not come


@pytest.mark.parametrize("in_chunks", [True, False])
@pytest.mark.parametrize("path", ["/webhooks/thanx/", "/m/tacos/issuances/1/people/", "/accounts/login/"])
def test_a_stranger_leaves_nothing_on_the_disk(server, path, in_chunks):
    data = iter([b"x" * 65_536] * 300) if in_chunks else b"x" * 20_000_000
    try:
        answer = requests.post(f"{server.url}{path}", data=data, timeout=60, allow_redirects=False)
    except requests.ConnectionError:
        answer = None  # cut off while it was sending

    expected = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.FOUND}
    assert answer is None or answer.status_code in expected
    assert server.temporary == []
    assert not Delivery.objects.exists()


def test_a_file_of_a_user_who_may_upload_arrives_and_leaves_no_copy(server, client):
    member, cookie = session_of(client)
    draft = IssuanceFactory(campaign__merchant=member.merchant, state="draft", confirmed_at=None)
    page = f"{server.url}/m/{member.merchant.handle}/issuances/{draft.pk}/people/"
    with requests.Session() as session:
        session.headers["Cookie"] = cookie
        session.get(page, timeout=60)
        token = session.cookies["csrftoken"]
        session.headers.update({"Cookie": f"{cookie}; csrftoken={token}", "X-CSRFToken": token})
        file = {"file": ("people.csv", people(200_000))}
        answer = session.post(page, files=file, timeout=120, allow_redirects=False)

    draft.refresh_from_db()
    assert (answer.status_code, draft.state) == (302, "reading")
    until(lambda: server.temporary == [])  # the answer comes first


def test_a_webhook_in_chunks_is_taken_and_an_unsigned_form_is_no_error(server):
    body = b'{"event": "anything", "padding": "' + b"x" * 2_000_000 + b'"}'
    signed = {"X-Thanx-Signature": sign(body, SECRET), "Content-Type": "application/json"}
    webhook = f"{server.url}/webhooks/thanx/"

    assert requests.post(webhook, data=iter([body[:10], body[10:]]), headers=signed, timeout=60).status_code == 200
    assert requests.post(webhook, files={"file": ("a.csv", b"a")}, timeout=60).status_code == 400

    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["forged", "new"]
    assert "ERROR" not in server.log
