"""The security headers of every answer, and that our own templates obey the policy."""

import json
import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.models import Role
from campaigns.catalog.catalog_rows import MOST_ORIGINS, store_templates
from tests.support.factories import NOON, MembershipFactory, MerchantFactory, RewardTemplateFactory
from thanx_portal.http import csp_reports
from thanx_portal.http.security_headers import OWN_FEATURES, REFUSED_FEATURES, security_headers

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
    assert policy["img-src"] == "'self' data:"


def test_browsers_are_told_where_to_report_to():
    found = answer()

    assert directives(found["Content-Security-Policy"])["report-uri"] == "/csp-reports/"
    assert directives(found["Content-Security-Policy"])["report-to"] == "csp"
    assert found["Reporting-Endpoints"] == 'csp="/csp-reports/"'


def test_a_view_may_send_a_policy_of_its_own():
    assert answer(**{"Content-Security-Policy": "sandbox"})["Content-Security-Policy"] == "sandbox"


def test_an_answer_is_kept_in_no_cache_unless_its_view_says_so():
    assert answer()["Cache-Control"] == "no-store"
    assert answer(**{"Cache-Control": "max-age=60"})["Cache-Control"] == "max-age=60"


def test_every_feature_is_refused_or_our_own():
    permissions = answer()["Permissions-Policy"].split(", ")

    assert permissions == [*(f"{name}=()" for name in REFUSED_FEATURES), *(f"{name}=(self)" for name in OWN_FEATURES)]


@pytest.mark.django_db
def test_pictures_come_from_the_hosts_of_the_merchants_rewards_only(client):
    member = MembershipFactory(role=Role.VIEWER)
    client.force_login(member.user)
    urls = ["https://cdn.example/a.png", "https://CDN.example/b.png", "https://b.example:8443/c.png?d=1"]
    bad = ["http://plain.example/a.png", "https://a.example;script-src/", "https://u:p@c.example/", "data:x", ""]
    for url in [*urls, *bad]:
        RewardTemplateFactory(merchant=member.merchant, image_url=url)
    RewardTemplateFactory(image_url="https://of-another-merchant.example/a.png")

    store_templates(merchant=member.merchant, found=[], at=NOON)
    page = client.get(f"/m/{member.merchant.handle}/")

    assert directives(page["Content-Security-Policy"])["img-src"] == (
        "'self' data: https://b.example:8443 https://cdn.example"
    )


@pytest.mark.django_db
def test_the_policy_stays_short():
    merchant = MerchantFactory()
    for number in range(MOST_ORIGINS + 5):
        RewardTemplateFactory(merchant=merchant, image_url=f"https://cdn{number}.example/a.png")

    store_templates(merchant=merchant, found=[], at=NOON)

    merchant.refresh_from_db()
    assert len(merchant.picture_origins.split()) == MOST_ORIGINS


# --- Reports -------------------------------------------------------------------------------------------------

OLD = {
    "csp-report": {
        "document-uri": "https://portal.example/m/tacos/issuances/7/failures/?q=ana@example.com",
        "effective-directive": "img-src",
        "blocked-uri": "https://ads.example/ana@example.com",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "body": {"documentURL": "https://portal.example/", "effectiveDirective": "script-src", "blockedURL": "inline"},
    }
]


def report(client, found):
    body = found if isinstance(found, bytes) else json.dumps(found)
    return client.post("/csp-reports/", body, content_type="application/csp-report")


@pytest.fixture
def reported(caplog):
    csp_reports._written.clear()
    caplog.set_level(logging.INFO, logger="portal.csp")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "portal.csp"]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (OLD, "m/<slug:handle>/issuances/<int:issuance_id>/failures/ was kept from ads.example by img-src"),
        (NEW, "/ was kept from inline by script-src"),
    ],
)
def test_a_report_is_logged_without_an_address(client, reported, found, line):
    assert report(client, found).status_code == 204

    assert reported() == [line]


@pytest.mark.parametrize("found", [b"no json", b"[" * 100_000, b"\xff", b"x" * 70_000])
def test_what_is_no_report_is_refused_and_not_logged(client, reported, found):
    assert report(client, found).status_code in {400, 413}

    assert reported() == []


@pytest.mark.parametrize("found", [[], [None], {}, {"csp-report": 5}, 7, "text"])
def test_a_report_that_says_nothing_is_not_logged(client, reported, found):
    assert report(client, found).status_code == 204

    assert reported() == []


def test_strangers_cannot_fill_the_log(client, reported):
    for _ in range(30):
        report(client, NEW)

    assert len(reported()) == csp_reports.LINES_PER_MINUTE


# --- Templates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_needs_what_the_policy_forbids(page: Path):
    source = page.read_text()

    assert not re.search(r"\sstyle=", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert not re.search(r"\shx-on|hx-vals=['\"]js:|<style", source)
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, re.DOTALL):
        assert "src=" in attributes or 'type="application/json"' in attributes, body
    assert len(source.splitlines()) <= 150
