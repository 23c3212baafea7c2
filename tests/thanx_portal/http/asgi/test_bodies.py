"""Bodies are read within limits of size and time, and leave nothing behind."""

import asyncio
import os
import tempfile
from http import HTTPStatus

import pytest

from tests.thanx_portal.http.asgi.client import ENOUGH, MEBIBYTE, Client, pieces
from thanx_portal.http.asgi.bodies import IN_MEMORY, Arrivals, Body, BodyRefused, BrokeOff, SlowestPace, announced

LINE = b"ana@example.com\r\n"


async def up_to_a_mebibyte(size):
    if size > MEBIBYTE:
        raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return MEBIBYTE


async def read(*messages, size=0, pace=ENOUGH, arrivals=None):
    body = Body(arrivals=arrivals or Arrivals(room=MEBIBYTE))
    await body.read(Client(list(messages)).receive, announced=size, most=up_to_a_mebibyte, pace=pace)
    return body


@pytest.mark.parametrize("count", [0, 1, 10, IN_MEMORY // len(LINE) + 1, 30_000])
def test_every_byte_is_kept_in_its_order(count):
    sent = [LINE.replace(b"ana", b"ana%d" % number) for number in range(count)]

    body = asyncio.run(read(*pieces(*sent)))

    assert (body.whole().read(), body.size) == (b"".join(sent), sum(map(len, sent)))
    body.close()


def test_a_large_body_is_on_the_disk_and_not_in_memory_and_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    body = asyncio.run(read(*pieces(LINE * 50_000)))

    assert os.fstat(body.whole().fileno()).st_size == len(LINE) * 50_000
    assert os.fstat(body.whole().fileno()).st_nlink == 0
    assert list(tmp_path.iterdir()) == []
    body.close()


def test_a_body_that_breaks_off_is_never_taken_for_a_whole():
    with pytest.raises(BrokeOff):
        asyncio.run(read(*pieces(LINE, end=False), size=1_000))


@pytest.mark.parametrize("size", [0, 2 * MEBIBYTE])
def test_a_body_beyond_its_limit_is_refused_at_once_or_while_it_arrives(size):
    client = Client(pieces(*[LINE * 1_000] * 1_000))
    body = Body(arrivals=Arrivals(room=MEBIBYTE))

    with pytest.raises(BodyRefused) as refused:
        asyncio.run(body.read(client.receive, announced=size, most=up_to_a_mebibyte, pace=ENOUGH))

    assert refused.value.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert body.size <= MEBIBYTE
    assert client.received == (0 if size else body.size // len(LINE * 1_000) + 1)
    body.close()


def test_a_sender_that_stalls_is_refused():
    with pytest.raises(BodyRefused) as refused:
        asyncio.run(read(*pieces(LINE)[:-1], pace=SlowestPace(seconds=0, bytes_per_second=10_000_000)))

    assert refused.value.status == HTTPStatus.REQUEST_TIMEOUT


def test_what_has_arrived_buys_time_for_more():
    pace = SlowestPace(seconds=30, bytes_per_second=1_000)

    assert (pace.allowed(0), pace.allowed(60_000)) == (30, 90)


def test_where_there_is_no_room_the_body_that_stalls_longest_goes():
    async def both():
        arrivals = Arrivals(room=3 * len(LINE))
        stalled = asyncio.ensure_future(read(*pieces(LINE)[:-1], arrivals=arrivals))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        quick = await read(*pieces(LINE, LINE, LINE), arrivals=arrivals)
        return quick.size, await asyncio.gather(stalled, return_exceptions=True)

    size, [stalled] = asyncio.run(both())

    assert size == 3 * len(LINE)
    assert (type(stalled), stalled.status) == (BodyRefused, HTTPStatus.REQUEST_TIMEOUT)


def test_room_is_given_back():
    async def one_after_another():
        arrivals = Arrivals(room=len(LINE))
        return [(await read(*pieces(LINE), arrivals=arrivals)).size for _ in range(5)]

    assert asyncio.run(one_after_another()) == [len(LINE)] * 5


@pytest.mark.parametrize(
    ("length", "status"), [("-1", 400), ("1e9", 400), ("+5", 400), ("\u0661", 400), (" 5", 400), ("9" * 5_000, 413)]
)
def test_an_announced_size_that_is_no_size_is_refused(length, status):
    with pytest.raises(BodyRefused) as refused:
        announced(length)

    assert refused.value.status == status
