"""The page of the API log: a filtered list of exchanges with Thanx."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from campaigns.models import Merchant
from certification.calls import exchanges, manners, purposes
from certification.pages.badges import Badge
from partner_api.models import Exchange
from partner_api.priority import Priority
from ui.status import Tone
from ui.values import Link

PER_PAGE = 50
MOST_OFFENDERS = 500
LATELY = timedelta(days=1)
PERIODS = {"hour": timedelta(hours=1), "day": LATELY, "week": timedelta(days=7)}
CONDITIONS = {
    "2xx": Q(status__range=(200, 299)),
    "429": Q(status=429),
    "4xx": Q(status__range=(400, 499)),
    "5xx": Q(status__range=(500, 599)),
    "none": Q(status=None),
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PROBLEMS, OFFENDERS = "problems", "rules"


def _choice(label: str, *choices: tuple[str, str]) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)


def _number(label: str) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric", "size": "8"})
    return forms.IntegerField(label=label, min_value=1, max_value=2**62, required=False, widget=widget)


def _text(label: str, *, longest: int) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control"})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget)


class ExchangeFilterForm(forms.Form):
    show = _choice("Show", ("", "All calls"), (PROBLEMS, "Only problems"), (OFFENDERS, "Only against the rules"))
    path = _text("Path", longest=120)
    method = _choice("Method", ("", "Any"), *((method, method) for method in METHODS))
    status = _choice(
        "Status",
        ("", "Any"),
        ("2xx", "2xx, done"),
        ("4xx", "4xx, refused"),
        ("429", "429, too fast"),
        ("5xx", "5xx, failed"),
        ("none", "No answer"),
    )
    period = _choice("Period", ("", "Any"), ("hour", "Last hour"), ("day", "Last 24 hours"), ("week", "Last 7 days"))
    merchant = _text("Merchant", longest=100)
    campaign = _number("Campaign")
    issuance = _number("Issuance")
    batch = _number("Batch")
    request = _text("Request", longest=36)


@dataclass(frozen=True, kw_only=True)
class ExchangeRow:
    """One exchange of the list. `lamp`: whether it carried all headers; `warnings`: the rules that it broke."""

    exchange: Exchange
    href: str
    outcome: Badge
    lamp: Badge
    purpose: Link | None
    warnings: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """The list. `older` and `newest` are URLs, empty if there is no such page."""

    rows: Sequence[ExchangeRow]
    form: ExchangeFilterForm
    filters: Sequence[BoundField]
    filtered: bool
    older: str
    newest: str


def log_page(*, query: QueryDict, at: datetime) -> LogPage:
    """Return the exchanges that the query asks for, from the newest or from its `before` on."""
    form = ExchangeFilterForm(query)
    asked = form.cleaned_data if form.is_valid() else {}
    found = exchanges.newest_first(_filtered(asked, at=at))
    before = _cursor(query.get("before", ""))
    if before is not None:
        found = exchanges.older_than(found, at=before[0], pk=before[1])
    shown = list(found[: PER_PAGE + 1])
    last = shown[PER_PAGE - 1] if len(shown) > PER_PAGE else None
    return LogPage(
        rows=rows(shown[:PER_PAGE]),
        form=form,
        filters=list(form),
        filtered=any(asked.values()) or not form.is_valid(),
        older=_address(query, before=f"{last.at.isoformat()}_{last.pk}") if last else "",
        newest=_address(query, before="") if before else "",
    )


def rows(found: Sequence[Any]) -> list[ExchangeRow]:
    """Return exchanges as rows. They must be annotated as `newest_first` does."""
    purpose_of = purposes.resolved({exchange.about for exchange in found if exchange.about})
    return [_row(exchange, purpose=purpose_of.get(exchange.about)) for exchange in found]


def _row(exchange: Any, *, purpose: Link | None) -> ExchangeRow:
    return ExchangeRow(
        exchange=exchange,
        href=reverse("certification:exchange", args=[exchange.pk]),
        outcome=outcome(exchange),
        lamp=lamp(exchange.header_names),
        purpose=purpose,
        warnings=warnings(exchange),
    )


def outcome(exchange: Exchange) -> Badge:
    if exchange.error_class in manners.NEVER_LEFT:
        return Badge(words="Not sent", tone=Tone.NEUTRAL.value, icon="player-pause")
    if exchange.status is None:
        words = "No answer" if exchange.error_class else "No end known"
        return Badge(words=words, tone=Tone.DANGER.value, icon="help-circle")
    if not exchange.error_class:
        return Badge(words=str(exchange.status), tone=Tone.SUCCESS.value, icon="check")
    tone = Tone.WARNING if exchange.status == 429 else Tone.DANGER  # noqa: PLR2004
    return Badge(words=f"{exchange.status} {exchange.error_code}".strip(), tone=tone.value, icon="alert-triangle")


def lamp(header_names: Iterable[str]) -> Badge:
    """Return how many of the five headers were sent."""
    missing = manners.missing_headers(header_names)
    total = len(manners.HEADERS)
    if missing:
        return Badge(words=f"{total - len(missing)} of {total}", tone=Tone.DANGER.value, icon="alert-triangle")
    return Badge(words=f"{total} of {total}", tone=Tone.SUCCESS.value, icon="check")


def warnings(exchange: Any) -> list[str]:
    """Return the rules that an exchange broke. It must be annotated as `newest_first` does."""
    found = []
    missing = manners.missing_headers(exchange.header_names)
    if missing:
        found.append(f"Without {', '.join(missing)}")
    if exchange.method != "GET" or exchange.before_at is None or exchange.error_class in manners.NEVER_LEFT:
        return found
    gap, is_poll = exchange.at - exchange.before_at, exchange.path_template == manners.POLL
    if manners.is_rapid(is_poll=is_poll, gap=gap):
        found.append(f"Polled {gap.total_seconds():.1f} s earlier")
    if manners.is_needless(
        is_poll=is_poll,
        gap=gap,
        earlier_failed=bool(exchange.before_error),
        looks_after_doubt=exchange.priority == Priority.CAMPAIGN_CREATION,
    ):
        found.append(f"Same request {gap.total_seconds():.0f} s earlier")
    return found


def _filtered(asked: dict[str, Any], *, at: datetime) -> QuerySet[Exchange]:
    found = Exchange.objects.all()
    for condition in _conditions(asked, at=at):
        found = found.filter(condition)
    if asked.get("show") == PROBLEMS:
        return found.filter(exchanges.with_trouble())
    if asked.get("show") == OFFENDERS:
        since = at - PERIODS.get(asked.get("period", ""), LATELY)
        bad = manners.offenders(exchanges.sent(Exchange.objects.filter(at__gt=since)))
        return found.filter(pk__in=sorted(bad, reverse=True)[:MOST_OFFENDERS])
    return found


def _conditions(asked: dict[str, Any], *, at: datetime) -> Iterable[Q]:
    conditions: dict[str, Callable[[Any], Q]] = {
        "path": lambda path: Q(path_template__icontains=path.strip()),
        "method": lambda method: Q(method=method),
        "status": CONDITIONS.__getitem__,
        "period": lambda period: Q(at__gt=at - PERIODS[period]),
        "request": lambda request: Q(correlation=request.strip()),
        "batch": exchanges.about_batch,
        "issuance": exchanges.about_issuance,
        "campaign": exchanges.about_campaign,
        "merchant": lambda merchant: _at_merchant(merchant.strip()),
    }
    return [condition(asked[name]) for name, condition in conditions.items() if asked.get(name)]


def _at_merchant(name: str) -> Q:
    """Return the condition for the merchant with this handle or name; an unknown one matches nothing."""
    merchant = Merchant.objects.filter(Q(handle=name) | Q(name__iexact=name)).order_by("pk").first()
    return exchanges.about_merchant(merchant) if merchant else Q(pk=None)


def _cursor(written: str) -> tuple[datetime, int] | None:
    """Return where a page begins; None, for the newest, if the text is not one of our cursors."""
    moment, _, number = written.rpartition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    if at is None or at.tzinfo is None or not number.isdecimal():
        return None
    return at, int(number)


def _address(query: QueryDict, *, before: str) -> str:
    changed = query.copy()
    changed.pop("before", None)
    if before:
        changed["before"] = before
    return f"?{changed.urlencode()}"
