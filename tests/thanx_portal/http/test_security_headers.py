"""The content security policy of every answer, and that our own templates obey it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from thanx_portal.http.security_headers import content_security_policy, security_headers

PAGES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def answer(**headers: str) -> HttpResponse:
    return security_headers(lambda _: HttpResponse(headers=headers))(RequestFactory().get("/"))


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def test_the_policy_allows_our_own_files_and_nothing_inline():
    policy = directives(answer()["Content-Security-Policy"])

    assert policy["default-src"] == "'none'"
    for name in ("script-src", "style-src", "font-src", "connect-src", "form-action"):
        assert policy[name] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


@pytest.mark.parametrize(
    ("api_url", "sources"),
    [
        ("", "'self' data: https:"),
        ("https://api.thanx.com", "'self' data: https:"),
        ("http://127.0.0.1:9100/", "'self' data: https: http://127.0.0.1:9100"),
        ("http://localhost:9100", "'self' data: https: http://localhost:9100"),
        ("http://elsewhere.example", "'self' data: https:"),
    ],
)
def test_pictures_may_come_from_https_and_from_a_sandbox_on_this_machine(api_url, sources):
    assert directives(content_security_policy(api_url))["img-src"] == sources


def test_a_view_may_send_a_policy_of_its_own():
    assert answer(**{"Content-Security-Policy": "sandbox"})["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_needs_what_the_policy_forbids(page: Path):
    source = page.read_text()

    assert not re.search(r"\sstyle=", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert not re.search(r"\shx-on|hx-vals=['\"]js:|<style", source)
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, re.DOTALL):
        assert "src=" in attributes or 'type="application/json"' in attributes, body
    assert len(source.splitlines()) <= 150
