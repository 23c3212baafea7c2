"""Who may send how much, to which address. The WSGI application is ours here: it says what it was given."""

import asyncio

import pytest

from tests.thanx_portal.http.asgi.client import Client, ask, pieces, portal, scope
from thanx_portal.http.asgi import application
from thanx_portal.http.asgi.bodies import SlowestPace

MEBIBYTE = 1024 * 1024
UPLOAD = "/m/tacos/issuances/1/people/"
WEBHOOK = "/webhooks/thanx/"


class Told:
    """A WSGI application that remembers its requests and lets users 7 and 8 send files."""

    def __init__(self, *, may="7"):
        self.may = may
        self.asked, self.refused, self.bodies = 0, [], []

    def __call__(self, environment, start):
        self.asked += "portal.asked" in environment
        if "portal.refused" in environment:
            self.refused.append(int(environment["portal.refused"]))
            start(f"{self.refused[-1]} Refused", [])
            return [b"a page that says why"]
        if "portal.asked" in environment:
            start(*(("204 No Content", [("X-Portal-User", self.may)]) if self.may else ("302 Found", [])))
            return [b""]
        self.bodies.append(environment["wsgi.input"].read())
        assert environment["CONTENT_LENGTH"] == str(len(self.bodies[-1]))
        start("200 OK", [])
        return [b"taken"]


def post(path, size=None):
    length = ("Transfer-Encoding", "chunked") if size is None else ("Content-Length", size)
    return scope("POST", path, headers=[length])


def of(size):
    return pieces(*[b"x" * 65_536] * (size // 65_536))


@pytest.mark.parametrize(
    ("path", "size"),
    [("/accounts/login/", MEBIBYTE), (WEBHOOK, 8 * MEBIBYTE), (UPLOAD, 9 * MEBIBYTE), ("/nowhere/", MEBIBYTE)],
)
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_within_the_limit_of_its_address_arrives_whole(path, size, chunked):
    django = Told()

    client = ask(django, post(path, None if chunked else size), *of(size))

    assert (client.status, client.body) == (200, b"taken")
    assert [len(body) for body in django.bodies] == [size]


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/accounts/login/", MEBIBYTE),
        (WEBHOOK, 8 * MEBIBYTE),
        (UPLOAD, 201 * MEBIBYTE),
        ("/m/tacos/nowhere/", MEBIBYTE),
    ],
)
def test_a_larger_one_is_refused_with_a_page_before_any_of_it_is_read(path, size, monkeypatch):
    monkeypatch.setattr(application, "LINGER_SECONDS", 0)
    django = Told()

    client = ask(django, post(path, size + 1), *of(MEBIBYTE)[:1])

    assert (client.status, client.body) == (413, b"a page that says why")
    assert django.bodies == []


@pytest.mark.parametrize(("path", "size"), [("/accounts/login/", MEBIBYTE), (WEBHOOK, 8 * MEBIBYTE)])
def test_a_chunked_one_is_refused_while_it_arrives(path, size):
    django = Told()

    client = ask(django, post(path), *of(size + MEBIBYTE))

    assert (client.status, django.refused, django.bodies) == (413, [413], [])


@pytest.mark.parametrize("size", [None, 2 * MEBIBYTE])
def test_a_file_is_not_read_for_a_user_that_the_view_refuses(size):
    django = Told(may="")

    client = ask(django, post(UPLOAD, size), *of(2 * MEBIBYTE))

    assert (client.status, django.asked, django.bodies) == (302, 1, [])


def test_the_view_is_asked_once_and_only_about_a_large_body():
    django = Told()

    ask(django, post(UPLOAD, MEBIBYTE), *of(MEBIBYTE))
    assert django.asked == 0
    ask(django, post(UPLOAD), *of(9 * MEBIBYTE))
    assert django.asked == 1


def test_one_user_sends_two_files_at_a_time():
    django = Told()

    async def three():
        server = portal(django)
        clients = [Client(of(2 * MEBIBYTE)[:-1]) for _ in range(2)]
        under_way = [asyncio.ensure_future(server(post(UPLOAD), one.receive, one.send)) for one in clients]
        while any(one.received < len(one.messages) for one in clients):  # noqa: ASYNC110
            await asyncio.sleep(0)
        refused, other = Client(of(2 * MEBIBYTE)), Client(of(2 * MEBIBYTE))
        await server(post(UPLOAD), refused.receive, refused.send)
        django.may = "8"
        await server(post(UPLOAD), other.receive, other.send)
        for one in under_way:
            one.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        django.may, again = "7", Client(of(2 * MEBIBYTE))
        await server(post(UPLOAD), again.receive, again.send)
        return [client.status for client in (refused, other, again)]

    assert asyncio.run(three()) == [503, 200, 200]


def test_a_sender_that_stalls_is_told_so_without_a_thread():
    django = Told()

    client = ask(
        django, post("/accounts/login/", 100), *pieces(b"x")[:-1], pace=SlowestPace(seconds=0, bytes_per_second=1)
    )

    assert client.status == 408
    assert (b"connection", b"close") in client.answered[0]["headers"]
    assert (django.bodies, django.refused) == ([], [])


def test_a_request_whose_connection_ends_reaches_no_view():
    django = Told()

    client = ask(django, post(UPLOAD, 1_000), *pieces(b"half a list", end=False))

    assert (client.answered, django.bodies, django.asked) == ([], [], 0)


def test_the_rest_of_a_refused_body_is_read_so_that_a_browser_reads_the_answer():
    client = ask(Told(may=""), post(UPLOAD, 3 * MEBIBYTE), *of(3 * MEBIBYTE))

    assert client.received == len(client.messages)
    assert client.answered[-1] == {"type": "http.response.body", "body": b""}


def test_the_rest_of_many_refused_bodies_is_not_read(monkeypatch):
    monkeypatch.setattr(application, "MOST_LINGERING", 0)

    client = ask(Told(may=""), post(UPLOAD, 3 * MEBIBYTE), *of(3 * MEBIBYTE))

    assert (client.status, client.received) == (302, 0)
