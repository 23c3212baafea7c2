"""Refusals, of which the walk meets thousands, cost next to nothing."""

from functools import partial

import pytest
from django.http import HttpResponse

from thanx_portal import urls
from thanx_portal.http import audited


@pytest.fixture(autouse=True)
def plain_refusals(monkeypatch):
    """Leave the pages of 403 and 404 unrendered and unrecorded, which would take most of the time.

    tests/thanx_portal/http/test_audited.py holds that they are recorded.
    """
    for status in (403, 404):
        answer = partial(HttpResponse, status=status)
        monkeypatch.setattr(urls, f"handler{status}", lambda *_, answer=answer, **__: answer(), raising=False)
    monkeypatch.setattr(audited, "_record_refusal", lambda *_, **__: None)
