"""The log of exchanges: every call is paced by the governor and recorded before and after it is sent.

Reservation and row are one transaction, so that no write delays the request at its reserved time.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NoReturn

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from engine import correlation
from partner_api import errors
from partner_api.models import LONGEST_PURPOSE, Exchange
from partner_api.pacing.governor import Admission, Governor, TooFarAway
from partner_api.pacing.windows import ANSWERS_KEEP
from partner_api.priority import Priority
from partner_api.wire import GOOD, Call


class GovernedExchangeLog:
    """The exchange log of one client, whose calls are for `about`, have `priority` and wait at most `max_wait`.

    `merchant` is Thanx's id of the merchant whose share of the budget they use, "" for none.

    `consent` is called after the wait: whether the request may still be sent. With a clock in `spares_repeats`, a read
    that was answered less than a minute ago is not sent.
    """

    def __init__(
        self,
        *,
        governor: Governor,
        host: str,
        priority: Priority,
        about: str,
        merchant: str,
        max_wait: timedelta,
        consent: Callable[[], bool] | None = None,
        spares_repeats: Callable[[], datetime] | None = None,
    ) -> None:
        self._governor = governor
        self._host = host
        self._priority = priority
        self._about = about[:LONGEST_PURPOSE]
        self._merchant = merchant
        self._max_wait = max_wait
        self._consent = consent
        self._spares_repeats = spares_repeats

    def open(self, *, call: Call, header_names: Sequence[str]) -> "RecordedExchange":
        """Reserve, record, wait. Raises NotSent, with the next free time if that is too far ahead, or a subclass."""
        target = salted_hmac("partner_api.target", f"{self._host}{call.target}").hexdigest()
        if self._spares_repeats is not None and call.reads:
            self._check_unanswered(call, target=target, at=self._spares_repeats())
        try:
            # Durable, so never inside another transaction: the row must be on disk before the request is sent.
            with transaction.atomic(durable=True):
                admission = self._governor.admit(
                    priority=self._priority,
                    max_wait=self._max_wait,
                    target=target if call.reads else "",
                    merchant=self._merchant,
                )
                row = self._record(call, header_names=header_names, target=target, admission=admission)
        except TooFarAway as refusal:
            not_before = refusal.at
        else:
            exchange = RecordedExchange(row=row, governor=self._governor, admission=admission)
            exchange.wait()
            if self._consent is not None and not self._consent():
                exchange.withhold()
            return exchange
        raise errors.NotSent(method=call.method, path=call.template, not_before=not_before)

    def answered(self, *, templates: Sequence[str]) -> str | None:
        """Return the path that this host answered last, in any process; None if none of them ever did."""
        last = [
            Exchange.objects.filter(path_template=template, host=self._host, status__in=GOOD)
            .order_by("-at")
            .values_list("at", "path_template")
            .first()
            for template in templates
        ]
        return max((found for found in last if found is not None), default=(None, None))[1]

    def _check_unanswered(self, call: Call, *, target: str, at: datetime) -> None:
        """Raise AnsweredAlready for a read whose answer is still good. Two reads at once may both pass."""
        good_until = answers_good_until(Exchange.objects.filter(target=target), at=at)
        if good_until is not None:
            raise errors.AnsweredAlready(method=call.method, path=call.template, not_before=good_until)

    def _record(self, call: Call, *, header_names: Sequence[str], target: str, admission: Admission) -> Exchange:
        body = call.body or b""
        return Exchange.objects.create(
            at=admission.at,
            host=self._host,
            method=call.method,
            path_template=call.template,
            target=target,
            query_names=sorted(name for name, value in call.query.items() if value is not None),
            header_names=list(header_names),
            idempotency_key=call.key,
            body_digest=sha256(body).hexdigest() if body else "",
            body_size=len(body),
            about=self._about,
            priority=self._priority,
            attempt=self._earlier(call, target=target) + 1,
            correlation=correlation.current(),
        )

    def _earlier(self, call: Call, *, target: str) -> int:
        """Return how often the same was sent before: with the same key, or to the same path for the same purpose."""
        if call.key is not None:
            return Exchange.objects.filter(idempotency_key=call.key).count()
        if self._about:
            return Exchange.objects.filter(about=self._about, target=target, method=call.method).count()
        return 0


def answers_good_until(exchanges: QuerySet[Exchange], *, at: datetime) -> datetime | None:
    """Return until when the latest answer among these reads is good; None if none is."""
    answered = exchanges.filter(method="GET", status__in=GOOD, error_class="", at__gt=at - ANSWERS_KEEP, at__lte=at)
    latest = answered.order_by("-at").values_list("at", flat=True).first()
    return None if latest is None else latest + ANSWERS_KEEP


class RecordedExchange:
    """One row of the log, open until `close`."""

    def __init__(self, *, row: Exchange, governor: Governor, admission: Admission) -> None:
        self._row = row
        self._governor = governor
        self._admission = admission
        self._sent = governor.steady()

    def wait(self) -> None:
        """Wait for the reserved time. Raises NotSent, and records it, if that moved too far ahead."""
        try:
            self._admission.wait()
        except TooFarAway as refusal:
            not_before = refusal.at
        else:
            self._row.waited_ms = _ms(self._admission.waited)
            self._sent = self._governor.steady()
            return
        error = errors.NotSent(method=self._row.method, path=self._row.path_template, not_before=not_before)
        self.close(status=None, error=error)
        raise error

    def withhold(self) -> NoReturn:
        """Record that nothing was sent. Raises Withheld."""
        error = errors.Withheld(method=self._row.method, path=self._row.path_template)
        self.close(status=None, error=error)
        raise error

    def close(self, *, status: int | None, error: errors.PartnerError | None) -> None:
        """Record how it ended. A 429 pauses all calls."""
        self._row.at = self._admission.at
        self._row.ms = _ms(timedelta(seconds=self._governor.steady() - self._sent))
        self._row.status = status
        self._row.error_class = type(error).__name__ if error else ""
        self._row.error_code = error.code if error else ""
        with transaction.atomic():
            self._row.save(update_fields=["at", "waited_ms", "ms", "status", "error_class", "error_code"])
            if isinstance(error, errors.RateLimited):
                self._governor.pause(until=error.not_before)


def _ms(duration: timedelta) -> int:
    return max(0, round(duration.total_seconds() * 1000))
