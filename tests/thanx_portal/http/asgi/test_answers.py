"""Answers are sent without holding a thread, and a part of one never looks whole."""

import asyncio
import threading

import pytest

from tests.thanx_portal.http.asgi.client import Client, ask, pieces, portal, scope
from thanx_portal.http.asgi import answers
from thanx_portal.http.asgi.answers import CutOff

MEBIBYTE = 1024 * 1024


def application(found, *, status="200 OK", headers=()):
    def answer(_environment, start):
        start(status, [("Content-Type", "text/plain"), *headers])
        return found() if callable(found) else found

    return answer


def test_an_answer_arrives_with_its_status_its_headers_and_its_body():
    client = ask(application([b"some ", b"text"], status="404 Not Found", headers=[("X-One", "ü")]), scope())

    assert client.answered[0]["status"] == 404
    assert (b"x-one", b"\xfc") in client.answered[0]["headers"]
    assert [message["body"] for message in client.answered[1:]] == [b"some text"]


def test_a_long_answer_arrives_whole():
    client = ask(application([b"0123456789" * 10_000] * 40), scope())

    assert client.body == b"0123456789" * 400_000
    assert client.answered[-1].get("more_body", False) is False


@pytest.mark.parametrize("takes", [1, 5])
def test_a_client_that_stops_reading_holds_no_thread(takes):
    async def both():
        server = portal(application([b"x" * MEBIBYTE] * 8), threads=1)
        slow, quick = Client(takes=takes), Client()
        held = asyncio.ensure_future(server(scope(), slow.receive, slow.send))
        await slow.has_stopped.wait()
        await server(scope(), quick.receive, quick.send)
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)
        return slow, quick

    slow, quick = asyncio.run(both())

    assert len(slow.answered) == takes
    assert len(quick.body) == 8 * MEBIBYTE


def test_a_client_that_stops_reading_is_cut_off(monkeypatch):
    monkeypatch.setattr(answers, "SECONDS_PER_PIECE", 0)
    client = Client(takes=3)

    with pytest.raises(CutOff):
        asyncio.run(portal(application([b"x" * MEBIBYTE] * 3))(scope(), client.receive, client.send))


def test_an_answer_that_fails_half_way_is_cut_off_and_logged_without_its_text(caplog):
    def rows():
        yield b"x" * MEBIBYTE
        raise RuntimeError("ana@example.com")

    client = Client()
    with pytest.raises(CutOff):
        asyncio.run(portal(application(rows))(scope(), client.receive, client.send))

    assert client.answered[-1]["more_body"]
    assert [record.getMessage() for record in caplog.records] == ["an answer broke off"]


def test_the_rest_of_an_answer_is_not_made_for_a_client_that_has_gone():
    made = []

    def rows():
        for number in range(1_000):
            made.append(number)
            yield b"x" * MEBIBYTE

    client = Client(messages=pieces(end=False))
    asyncio.run(portal(application(rows))(scope(), client.receive, client.send))

    assert len(made) < 1_000
    assert client.answered[-1].get("more_body", True)


def test_a_file_of_ours_is_left_to_the_server_unless_a_part_is_wanted(tmp_path):
    (tmp_path / "page.css").write_bytes(b"body {}")

    def whole(environment, start):
        start("200 OK", [])
        return environment["wsgi.file_wrapper"]((tmp_path / "page.css").open("rb"))

    def part(environment, start):
        start("206 Partial Content", [])
        file = (tmp_path / "page.css").open("rb")
        file.seek(5)
        return environment["wsgi.file_wrapper"](file)

    assert ask(whole, scope()).answered[1] == {"type": "http.response.pathsend", "path": str(tmp_path / "page.css")}
    assert ask(part, scope()).body == b"{}"


def test_what_the_application_answers_with_is_closed():
    closed = threading.Event()

    class Rows(list):
        def close(self):
            closed.set()

    assert ask(application(Rows([b"some"])), scope()).body == b"some"
    assert closed.wait(60)


def test_a_request_beyond_a_long_queue_is_turned_away(monkeypatch):
    monkeypatch.setattr(answers, "MOST_WAITING", 0)

    assert ask(application([b"never"]), scope()).status == 503
