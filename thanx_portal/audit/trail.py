"""The audit trail, filtered by user, action, object and period: one page of it, or all of it as CSV."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.apps import apps
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.urls import reverse

from accounts.account_acts import VISITORS_ACTS
from accounts.models import AuditEntry
from campaigns.models import Merchant
from lists.csv_out import ROWS_AT_ONCE, as_csv

PER_PAGE = 50
DAY = timedelta(days=1)
SHOWN_OF_DIGEST = 12
CONTROL = {"class": "form-control"}
COMMAND_LINE, VISITOR = "the command line", "a visitor"
PLACES = {"issuance.Issuance": "issuance:detail", "campaigns.Campaign": "campaigns:detail"}
"""The URL name of the page of an object, by its type."""

DIGEST = re.compile("[0-9a-f]{40,}").fullmatch

COLUMNS = ("at", "by", "merchant", "action", "object", "number", "before", "after", "facts", "file_digest", "request")


class TrailForm(forms.Form):
    """The filter. `actions` are the actions to choose from."""

    person = forms.CharField(label="Person", required=False, max_length=100, widget=forms.TextInput(attrs=CONTROL))
    action = forms.ChoiceField(label="Action", required=False, widget=forms.Select(attrs={"class": "form-select"}))
    on = forms.CharField(
        label="Object",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={**CONTROL, "placeholder": "issuance 12"}),
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={**CONTROL, "type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={**CONTROL, "type": "date"}))

    def __init__(self, *args: Any, actions: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Any action"), *((action, named(action)) for action in actions)]


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One entry. `changes`: (name, before, after); `facts`: everything else that was recorded."""

    at: datetime
    by: str
    merchant: str
    action: str
    on: str
    href: str
    changes: Sequence[tuple[str, str, str]]
    facts: Sequence[tuple[str, str]]
    digest: str
    request: str


@dataclass(frozen=True, kw_only=True)
class TrailPage:
    """One page of the trail. `everywhere`: of all merchants; `here` and `file`: URLs of the page and the CSV."""

    rows: Sequence[AuditRow]
    page: Page[AuditEntry]
    form: TrailForm
    filters: Sequence[BoundField]
    filtered: bool
    everywhere: bool
    here: str
    file: str


def trail_page(merchant: Merchant | None, *, query: QueryDict) -> TrailPage:
    """Return one page of the entries of a merchant, or of all merchants, newest first, in a fixed number of queries."""
    form, found = _found(merchant, query=query)
    page = Paginator(found, PER_PAGE).get_page(query.get("page", "1"))
    filters = query.copy()
    filters.pop("page", None)
    here = reverse("audit", args=[merchant.handle]) if merchant else reverse("staff-audit")
    file = reverse("audit-csv", args=[merchant.handle]) if merchant else reverse("staff-audit-csv")
    return TrailPage(
        rows=[_row(entry) for entry in page.object_list],
        page=page,
        form=form,
        filters=list(form),
        filtered=form.is_valid() and any(form.cleaned_data.values()),
        everywhere=merchant is None,
        here=here,
        file=f"{file}?{filters.urlencode()}" if filters else file,
    )


def trail_csv(merchant: Merchant | None, *, query: QueryDict) -> Iterator[bytes]:
    """Yield all filtered entries as a CSV file, piece by piece."""
    _, found = _found(merchant, query=query)
    return as_csv(chain([COLUMNS], map(_cells, found.iterator(chunk_size=ROWS_AT_ONCE))))


def named(action: str) -> str:
    """Return the name of an action in words; old names are spelled with dots, hyphens or underscores."""
    words = re.sub(r"[._-]", " ", action).strip()
    return f"{words[:1].upper()}{words[1:]}"


def _found(merchant: Merchant | None, *, query: QueryDict) -> tuple[TrailForm, QuerySet[AuditEntry]]:
    """Return the form and the entries that it asks for; all entries if it is invalid."""
    everything = AuditEntry.objects.all() if merchant is None else AuditEntry.objects.filter(merchant=merchant)
    form = TrailForm(query, actions=everything.order_by("action").values_list("action", flat=True).distinct())
    found = everything
    if form.is_valid():
        wanted, zone = form.cleaned_data, ZoneInfo(merchant.time_zone) if merchant else ZoneInfo("UTC")
        found = found.named(wanted["person"]) if wanted["person"] else found
        found = found.filter(action=wanted["action"]) if wanted["action"] else found
        found = found.on(wanted["on"]) if wanted["on"] else found
        found = found.filter(at__gte=_midnight(wanted["since"], zone)) if wanted["since"] else found
        found = found.filter(at__lt=_day_after(wanted["until"], zone)) if wanted["until"] else found
    return form, found.select_related("merchant").order_by("-at", "-pk")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Within a day of the first or the last one there is no such instant in UTC.
    known = min(max(day, date.min + DAY), date.max - DAY)
    return datetime.combine(known, time(), tzinfo=zone)


def _day_after(day: date, zone: ZoneInfo) -> datetime:
    return _midnight(min(day, date.max - DAY) + DAY, zone)


def _row(entry: AuditEntry) -> AuditRow:
    before, after, rest = _split(entry.facts)
    both = [name for name in after if name in before]
    alone = [(name, _words(value)) for name, value in {**before, **after, **rest}.items() if name not in both]
    return AuditRow(
        at=entry.at,
        by=entry.who or _without_user(entry),
        merchant=str(entry.merchant or ""),
        action=named(entry.action),
        on=f"{_kind(entry)} {entry.object_id}",
        href=_place(entry),
        changes=[(_label(name), _words(before[name]), _words(after[name])) for name in both],
        facts=[(_label(name), words) for name, words in alone if words],
        digest=entry.file_digest,
        request=entry.correlation,
    )


def _split(facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the values before, the values after, and the remaining facts."""
    before, after = facts.get("before"), facts.get("after")
    rest = {name: value for name, value in facts.items() if name not in ("before", "after")}
    if isinstance(before, dict) or isinstance(after, dict):
        return dict(before or {}), dict(after or {}), rest
    # Acts that change a single value record it without a name.
    return ({"": before}, {"": after}, rest) if "before" in facts or "after" in facts else ({}, {}, rest)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_label(str(name))} {_words(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_words(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else _short(str(value)).replace("_", " ")


def _short(words: str) -> str:
    """Return the beginning of a digest; the CSV file has all of it."""
    return f"{words[:SHOWN_OF_DIGEST]}…" if DIGEST(words) else words


def _without_user(entry: AuditEntry) -> str:
    return VISITOR if entry.action in VISITORS_ACTS else COMMAND_LINE


def _kind(entry: AuditEntry) -> str:
    try:
        name = str(apps.get_model(entry.object_type)._meta.verbose_name)
    except (LookupError, ValueError):  # a model that an earlier version had
        name = entry.object_type
    return f"{name[:1].upper()}{name[1:]}"


def _place(entry: AuditEntry) -> str:
    name = PLACES.get(entry.object_type)
    return reverse(name, args=[entry.merchant.handle, entry.object_id]) if name and entry.merchant else ""


def _cells(entry: AuditEntry) -> Sequence[str]:
    facts = dict(entry.facts)
    before, after = facts.pop("before", None), facts.pop("after", None)
    return (
        entry.at.astimezone(UTC).isoformat(timespec="seconds"),
        entry.who or _without_user(entry),
        entry.merchant.handle if entry.merchant else "",
        entry.action,
        entry.object_type,
        entry.object_id,
        *("" if value is None else json.dumps(value, ensure_ascii=False) for value in (before, after)),
        json.dumps(facts, ensure_ascii=False) if facts else "",
        entry.file_digest,
        entry.correlation,
    )
