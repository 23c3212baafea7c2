"""An upload that breaks off gets a page that says so, and a part of a file is never taken for the whole."""

import io
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from issuance.states import IssuanceState
from tests.support.desk import Desk, people
from thanx_portal.wsgi import application

pytestmark = pytest.mark.django_db


@contextmanager
def one_connection():
    """Keep the test's connection, which a web process would close between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def sent(desk, draft, *, missing):
    """Return status and page of an upload whose last bytes never arrive."""
    token = desk.get("people", draft).context["csrf_token"]
    form = {"csrfmiddlewaretoken": str(token), "file": SimpleUploadedFile("people.csv", people(2_000))}
    body = encode_multipart(BOUNDARY, form)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in desk.client.cookies.items())
    request = RequestFactory().generic("POST", desk.at("people", draft.pk), body, content_type=MULTIPART_CONTENT)
    arrived = {"wsgi.input": io.BytesIO(body[: len(body) - missing]), "HTTP_COOKIE": cookies}
    answered = []
    with one_connection():
        page = application(request.environ | arrived, lambda status, _headers: answered.append(status))
    return answered[0], b"".join(page).decode()


@pytest.mark.parametrize("missing", [10, 1_000, 30_000])
def test_half_a_list_is_not_taken_for_a_short_one(client, missing):
    desk = Desk(client)
    draft = desk.draft()

    status, page = sent(desk, draft, missing=missing)

    draft.refresh_from_db()
    assert status == "400 Bad Request"
    assert "The upload broke off" in page
    assert desk.at("people", draft.pk) in page
    assert draft.state == IssuanceState.DRAFT


def test_what_arrives_whole_is_taken_in(client):
    desk = Desk(client)
    draft = desk.draft()

    status, _ = sent(desk, draft, missing=0)

    draft.refresh_from_db()
    assert (status, draft.state) == ("302 Found", IssuanceState.READING)
