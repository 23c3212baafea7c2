"""Answers that the sandbox cannot give, from a server that sends any bytes. The exchange log here is a list."""

import gzip
import traceback
from datetime import UTC, datetime
from uuid import UUID

import pytest

from partner_api import errors
from partner_api.calls import transport
from partner_api.calls.caller import ThanxHost
from partner_api.calls.client import ThanxClient
from partner_api.calls.transport import new_session
from tests.support.servers.odd_server import OddServer, answer, dripping, silent

TOKEN = "token-that-nobody-may-see"
GUEST = "jane.doe@guest.example"
KEY = UUID(int=7)


class ListedExchangeLog:
    """An exchange log in memory that admits every call."""

    def __init__(self):
        self.closed = []

    def open(self, *, call, header_names):
        return self

    def close(self, *, status, error):
        self.closed.append((status, type(error)))

    def answered(self, *, templates):
        return None


def client(url: str, *, read_seconds: float = 2.0, loopback: bool = True) -> ThanxClient:
    host = ThanxHost(
        url=url, client_id="c", token=TOKEN, partner="tests", connect_seconds=0.5, read_seconds=read_seconds
    )
    session = new_session(loopback=loopback)
    return ThanxClient(host=host, exchange_log=ListedExchangeLog(), session=session, clock=lambda: datetime.now(UTC))


def asked(say, ask, **options):
    """Return the error that `ask` raises when the server says this, and what the server received."""
    with OddServer(say) as server, pytest.raises(errors.PartnerError) as caught:
        ask(client(server.url, **options))
    return caught.value, server.requests


def read(thanx):
    return thanx.campaign(id="c1")


def write(thanx):
    return thanx.revoke(id="j1", merchant_id="m1")


def issue(thanx):
    return thanx.issue(key=KEY, body=b'{"identifiers":[{"type":"email","value":"%s"}]}' % GUEST.encode())


CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
UNUSABLE = {
    "hung up at once": b"",
    "no HTTP": b"hello\r\n\r\n",
    "cut off in the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut off in the body": CUT_OFF,
    "cut off in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "broken compression": answer(b"no gzip", headers="Content-Encoding: gzip\r\n"),
    "HTML": answer(b"<html>It works!</html>"),
    "nothing": answer(b""),
    "truncated JSON": answer(b'{"campaign": {"id": "c'),
    "another resource": answer(b'{"merchant": {"name": "x"}}'),
    "a list": answer(b"[]"),
    "no id": answer(b'{"campaign": {"name": "n"}, "issuance_job": {}}'),
    "too deep": answer(b"[" * 100_000),
    "a redirect": answer(status=302, headers="Location: /elsewhere\r\n"),
    "a server error in HTML": answer(b"<html>502</html>", status=502),
    "a made-up status": answer(status=799),
}


@pytest.mark.parametrize("say", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_answer_to_a_read_is_asked_for_later_and_to_a_write_leaves_it_open(say):
    kinds = [type(asked(say, ask)[0]) for ask in (read, write, issue)]

    assert kinds == [errors.Unavailable, errors.OutcomeUnknown, errors.OutcomeUnknown]


def test_nothing_is_tried_twice_and_no_redirect_is_followed():
    for say in (b"", answer(status=503), answer(status=307, headers="Location: /partner/elsewhere\r\n")):
        assert len(asked(say, issue)[1]) == 1


def test_silence_ends_with_the_read_time_out():
    assert type(asked(silent(1), read, read_seconds=0.2)[0]) is errors.Unavailable
    assert type(asked(silent(1), issue, read_seconds=0.2)[0]) is errors.OutcomeUnknown


def test_a_body_that_only_drips_ends_too():
    job = b'{"id": "j1", "state": "pending"}'
    head = f"HTTP/1.1 202 Accepted\r\nContent-Length: {len(job) + 30}\r\n\r\n".encode()

    error, _ = asked(dripping(head + job, times=30), issue, read_seconds=0.3)

    assert type(error) is errors.OutcomeUnknown


def test_a_body_without_end_is_not_taken_into_memory():
    bomb = gzip.compress(b" " * (transport.LARGEST_ANSWER + transport.PIECE))

    error, _ = asked(answer(bomb, headers="Content-Encoding: gzip\r\n"), read, read_seconds=20)

    assert type(error) is errors.Unavailable


def test_a_list_that_promises_endless_pages_is_not_walked():
    say = answer(b'{"campaigns": [], "pagination": {"total_pages": 2000000000}}')

    error, requests = asked(say, lambda thanx: thanx.campaigns(merchant_id="m"))

    assert (type(error), len(requests)) == (errors.Unavailable, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_without_a_connection_nothing_was_sent(url):
    for ask in (read, write, issue):
        with pytest.raises(errors.NotSent):
            ask(client(url))


def test_a_peer_that_cannot_speak_tls_is_no_answer():
    with OddServer(b"HTTP/1.1 400 Bad\r\n\r\n") as server, pytest.raises(errors.PartnerError) as caught:
        read(client(server.url.replace("http:", "https:")))

    assert isinstance(caught.value, errors.TryLater)


@pytest.mark.parametrize("say", [b"", CUT_OFF, answer(f"{GUEST} {TOKEN}".encode()), answer(GUEST.encode(), status=500)])
def test_neither_token_nor_guest_shows_in_a_traceback(say):
    error, _ = asked(say, issue)

    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert TOKEN not in shown
    assert GUEST not in shown


def test_the_five_headers_and_the_bytes_arrive_as_they_were_given():
    _, (request,) = asked(b"", issue)

    head, _, body = request.partition(b"\r\n\r\n")
    assert set(head.split(b"\r\n")) >= {
        f"Authorization: Bearer {TOKEN}".encode(),
        b"X-ClientId: c",
        b"Accept-Version: v4.0",
        b"Content-Type: application/json",
        b"User-Agent: tests/1.0.0",
        f"X-Idempotency-Key: {KEY}".encode(),
    }
    assert body == b'{"identifiers":[{"type":"email","value":"%s"}]}' % GUEST.encode()


def test_a_read_carries_the_content_type_as_well():
    assert b"\r\nContent-Type: application/json\r\n" in asked(b"", read)[1][0]


@pytest.mark.parametrize("loopback", [True, False])
def test_no_cookie_and_no_netrc_of_the_environment_interferes(monkeypatch, tmp_path, loopback):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login wrong password wrong\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    say = answer(b'{"id": "c1"}', headers="Set-Cookie: session=1; Path=/\r\n")

    with OddServer(say) as server:
        thanx = client(server.url, loopback=loopback)
        read(thanx)
        read(thanx)

    assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[1]
    assert b"Cookie" not in server.requests[1]


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with OddServer(answer(b'{"id": "c1"}')) as server:
        assert read(client(server.url)).id == "c1"


def test_of_two_unanswered_paths_the_published_one_is_named():
    error, requests = asked(answer(b"{}", status=404), lambda thanx: thanx.merchants())

    assert (type(error), error.path) == (errors.NotFound, "/partner/merchants")
    assert [request.split()[1].partition(b"?")[0] for request in requests] == [
        b"/partner/merchants",
        b"/partner/metadata/merchants",
    ]


def test_the_exchange_log_records_how_a_call_ended():
    thanx = client("http://127.0.0.1:1")

    with pytest.raises(errors.NotSent):
        issue(thanx)

    assert thanx._log.closed == [(None, errors.NotSent)]
