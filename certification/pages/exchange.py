"""The page of one exchange: its facts, its other attempts, and the records of the same act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import AuditEntry
from certification.calls import curl, exchanges, manners
from certification.calls.purposes import split
from certification.pages import api_log
from certification.pages.api_log import ExchangeRow
from certification.pages.badges import Badge
from issuance.models import Delivery
from partner_api import configuration
from partner_api.models import Exchange

MOST_ATTEMPTS = 50
MOST_ENTRIES = 20
ANSWERS = {
    "CredentialsRefused": "Thanx does not accept the credential. Nothing is repeated until an operator puts it right.",
    "ScopeMissing": "The credential may not do this. Nothing is repeated until Thanx grants the scope.",
    "NotFound": "Thanx does not know what was asked for. It is not asked for again as it stands.",
    "Unprocessable": "Thanx refused what was asked. It is not sent again as it stands.",
    "Refused": "Thanx refused. It is not sent again as it stands.",
    "RateLimited": "Thanx asked to slow down. Everything paused, then it was tried again.",
    "Unavailable": "Thanx could not do it just then, and nothing was done. It is tried again later.",
    "NotSent": "It never left this machine: no connection came about, or no place was free in the budget soon enough.",
    "Withheld": "It never left this machine: something held it back just before.",
    "OutcomeUnknown": "It may have been done or not. Before anything else, that is cleared up: a call with a key is"
    " repeated with the same key and the same bytes, one without is looked up.",
}
"""What happens next, by the class of the error."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """One of the five headers; `sent`: the call carried it."""

    name: str
    sent: bool


@dataclass(frozen=True, kw_only=True)
class RelatedRecord:
    """An audit entry of the same act, or a webhook about the same batch."""

    what: str
    words: str
    href: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ExchangePage:
    """One exchange. `means`: what its error decides, or empty. `same_act`: the URL of all calls of the act."""

    exchange: Exchange
    row: ExchangeRow
    exactly: str
    means: str
    headers: Sequence[Header]
    other_headers: Sequence[str]
    priority: str
    command: str
    attempts: Sequence[ExchangeRow]
    links: Sequence[RelatedRecord]
    lamp: Badge
    same_act: str


def exchange_page(exchange: Any) -> ExchangePage:
    """Return the page of an exchange. It must be annotated as `exchanges.newest_first` does."""
    chain = exchanges.newest_first(exchanges.chain(exchange))[:MOST_ATTEMPTS]
    shown = api_log.rows([exchange, *chain])
    ours = {name.lower() for name in exchange.header_names}
    log = reverse("certification:api-log")
    return ExchangePage(
        exchange=exchange,
        row=shown[0],
        exactly=f"{exchange.at.astimezone(UTC):%H:%M:%S.%f}"[:-3],
        means=_meaning(exchange),
        headers=[Header(name=name, sent=name.lower() in ours) for name in manners.HEADERS],
        other_headers=[name for name in exchange.header_names if name not in manners.HEADERS],
        priority=exchange.get_priority_display(),
        command=_command(exchange),
        attempts=shown[1:],
        links=_links(exchange),
        lamp=shown[0].lamp,
        same_act=f"{log}?request={exchange.correlation}" if exchange.correlation else "",
    )


def _meaning(exchange: Exchange) -> str:
    if not exchange.error_class and exchange.status is None:
        return "The process ended before an answer came. Whether the request was sent, and done, is cleared up first."
    return ANSWERS.get(exchange.error_class, "")


def _command(exchange: Exchange) -> str:
    name = exchange.host.rpartition(":")[0] or exchange.host
    return curl.command(
        scheme="http" if configuration.is_loopback(name.strip("[]")) else "https",
        host=exchange.host,
        method=exchange.method,
        path=exchange.path_template,
        query_names=exchange.query_names,
        header_names=exchange.header_names,
        partner=settings.THANX_PARTNER_NAME,
        key=exchange.idempotency_key,
        body_size=exchange.body_size,
    )


def _links(exchange: Exchange) -> list[RelatedRecord]:
    """Return the audit entries of the same act and the webhooks about the same batch, oldest first."""
    entries = AuditEntry.objects.filter(correlation=exchange.correlation).order_by("at", "pk")
    found = [_of_entry(entry) for entry in entries[:MOST_ENTRIES]] if exchange.correlation else []
    kind, number = split(exchange.about)
    if kind == "batch" and number is not None:
        deliveries = Delivery.objects.filter(batch=number).defer("sealed_body").order_by("received_at", "pk")
        found += [_of_delivery(delivery) for delivery in deliveries[:MOST_ENTRIES]]
    return sorted(found, key=lambda link: link.at)


def _of_entry(entry: AuditEntry) -> RelatedRecord:
    href = reverse("admin:accounts_auditentry_change", args=[entry.pk])
    return RelatedRecord(
        what="Audit", words=f"{entry.action} · {entry.who or 'the command line'}", href=href, at=entry.at
    )


def _of_delivery(delivery: Delivery) -> RelatedRecord:
    href = reverse("staff-webhook", args=[delivery.pk])
    return RelatedRecord(what="Webhook", words=delivery.event or "not read", href=href, at=delivery.received_at)
