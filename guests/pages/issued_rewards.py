"""The page of one issued reward at Capillary. It shows only what the answer holds."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from guests.lookup.untrusted import Fact, clean_html, facts_in, has_expired, label_of, safe_link, safe_picture
from partner_api.answers.issuals import Issual, IssualStatus, Medium, Voucher
from ui.status import Tone
from vault.masking import masked

KINDS = {"MILES": "Miles", "INTOUCH_REWARD": "Voucher", "PHYSICAL_REWARD": "Physical reward"}


@dataclass(frozen=True, kw_only=True)
class RewardPicture:
    """A picture to show, or, without a `url`, the words `instead` of it."""

    alt: str
    url: str
    instead: str


@dataclass(frozen=True, kw_only=True)
class RewardVideo:
    """A video; `url` is '' where the page may not link to it."""

    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class VoucherCode:
    code: str
    commissions: tuple[Fact, ...]

    @property
    def commissions_line(self) -> str:
        return " · ".join(f"{fact.label} {fact.value}" for fact in self.commissions) or "–"


@dataclass(frozen=True, kw_only=True)
class FactSection:
    """Facts under a heading; a section without facts is not shown."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class DeliveryLogEntry:
    """One line of the delivery's log; `at` is None where the line names no time."""

    at: datetime | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RewardText:
    title: str
    html: SafeString


@dataclass(frozen=True, kw_only=True)
class IssuedRewardPage:
    """The whole page. `raw`, the answer as JSON, is '' for users who are no operators."""

    title: str
    sentence: str
    result: str
    tone: str
    icon: str
    description: str
    kind: str
    groups: tuple[str, ...]
    pictures: tuple[RewardPicture, ...]
    videos: tuple[RewardVideo, ...]
    vouchers: tuple[VoucherCode, ...]
    sections: tuple[FactSection, ...]
    log: tuple[DeliveryLogEntry, ...]
    texts: tuple[RewardText, ...]
    raw: str


def issued_reward_page(issual: Issual, *, at: datetime, with_raw: bool, clear: bool = False) -> IssuedRewardPage:
    """Return the page; links that have expired at `at` are not shown, and people are masked unless `clear`."""
    reward = issual.reward
    images, videos = (reward.images, reward.videos) if reward else ((), ())
    went_well = issual.outcome.success is not False
    kind = issual.redemption_type or (reward.redemption_type if reward else "")
    return IssuedRewardPage(
        title=(reward.name if reward else "") or f"Reward transaction {issual.transaction_id}",
        sentence=_sentence(issual),
        result="Issued" if went_well else "Not issued",
        tone=(Tone.SUCCESS if went_well else Tone.DANGER).value,
        icon="circle-check" if went_well else "circle-x",
        description=reward.description if reward else "",
        kind=KINDS.get(kind, label_of(kind)),
        groups=reward.groups if reward else (),
        pictures=tuple(_picture(one, at=at) for one in images),
        videos=tuple(RewardVideo(name=one.name or one.url, url=safe_link(one.url)) for one in videos),
        vouchers=tuple(_code(voucher) for voucher in issual.vouchers),
        sections=_sections(issual, clear=clear),
        log=tuple(_log_entry(facts_in(entry, clear=clear)) for entry in issual.fulfilment_log),
        texts=tuple(RewardText(title=label_of(text.key), html=clean_html(text.html)) for text in issual.rich_texts),
        raw=json.dumps(issual.raw if clear else masked(issual.raw), indent=2, ensure_ascii=False) if with_raw else "",
    )


def _sentence(issual: Issual) -> str:
    if issual.outcome.success is False:
        return f"Capillary did not issue it: {issual.outcome.message or 'no reason given'}."
    if issual.quantity is None:
        return "Capillary has issued it."
    asked = issual.requested_quantity
    if asked is not None and asked != issual.quantity:
        return f"{issual.quantity:,} issued of {asked:,} asked for."
    return f"{issual.quantity:,} issued, as asked for." if asked is not None else f"{issual.quantity:,} issued."


def _picture(medium: Medium, *, at: datetime) -> RewardPicture:
    url, why_not = safe_picture(medium.url), ""
    if not url:
        why_not = "The link to this picture leads nowhere."
    elif has_expired(url, at=at):
        url, why_not = "", "The link to this picture has expired. Look the reward up again for a new one."
    instead = f"{medium.name}: {why_not}" if medium.name and why_not else why_not
    return RewardPicture(alt=medium.alt or medium.name, url=url, instead=instead)


def _log_entry(facts: tuple[Fact, ...]) -> DeliveryLogEntry:
    at = next((fact.at for fact in facts if fact.at is not None), None)
    parts = (f"{fact.label}: {fact.value}" if fact.value else fact.label for fact in facts if fact.at is None)
    return DeliveryLogEntry(at=at, sentence=" · ".join(parts))


def _code(voucher: Voucher) -> VoucherCode:
    commissions = (Fact(label=label_of(key), value=_amount(value)) for key, value in voucher.commissions)
    return VoucherCode(code=voucher.code, commissions=tuple(commissions))


def _sections(issual: Issual, *, clear: bool) -> tuple[FactSection, ...]:
    many = len(issual.vendor_rewards) > 1
    vendor = [
        FactSection(title=f"From the vendor {number}" if many else "From the vendor", facts=facts_in(one, clear=clear))
        for number, one in enumerate(issual.vendor_rewards, start=1)
    ]
    sections = [
        FactSection(title="What is known", facts=_known(issual)),
        FactSection(title="Paid with points", facts=_points(issual)),
        *vendor,
        FactSection(title="Delivery", facts=facts_in(issual.fulfilment, clear=clear)),
        FactSection(title="Custom fields", facts=facts_in(issual.custom_fields, clear=clear)),
        FactSection(
            title="Custom fields of the transaction", facts=facts_in(issual.transaction_custom_fields, clear=clear)
        ),
        FactSection(title="In other languages", facts=facts_in(issual.languages)),
    ]
    return tuple(section for section in sections if section.facts)


def _known(issual: Issual) -> tuple[Fact, ...]:
    reward = issual.reward
    group = {True: "Yes", False: "", None: ""}[issual.is_group_redemption]
    worded = {
        "Customer": issual.customer_id,
        "Reward transaction": issual.transaction_id,
        "Reference": issual.reference,
        "Worth": _amount(issual.redemption_value),
        "Redeemed as a group": group,
        "Reward": reward.id if reward else "",
        "Rank": str(reward.rank) if reward and reward.rank is not None else "",
        "Price": f"{_amount(reward.points)} points" if reward and reward.points else "",
        "Voucher series": reward.series_id if reward else "",
        "Vendor": _named(reward.vendor_name, reward.vendor_id) if reward else "",
        "Vendor's redemption": _named(reward.vendor_redemption_name, reward.vendor_redemption_id) if reward else "",
        "Language": reward.language if reward else "",
        "Owner": _named(issual.owner_type, issual.owner_id),
        "Event": issual.event_log_id,
    }
    times = {"Asked for": issual.transacted_at, "Issued": issual.issued_at, "Recorded": issual.event_at}
    dated = tuple(Fact(label=label, at=at) for label, at in times.items() if at is not None)
    return dated + _worded(worded)


def _points(issual: Issual) -> tuple[Fact, ...]:
    points = issual.points
    if points is None:
        return ()
    return _worded(
        {
            "Points": _amount(points.redeemed),
            "Vendor": _named(points.vendor_name, points.vendor_id),
            "References": ", ".join(points.references),
            "Result": _result(points.outcome),
        }
    )


def _worded(worded: dict[str, str]) -> tuple[Fact, ...]:
    return tuple(Fact(label=label, value=value) for label, value in worded.items() if value)


def _result(outcome: IssualStatus) -> str:
    word = {True: "Redeemed", False: "Not redeemed", None: ""}[outcome.success]
    said = outcome.message if outcome.success is not True else ""
    return ": ".join(part for part in (word, said) if part)


def _named(name: str, number: str) -> str:
    return f"{name} ({number})" if name and number else name or number


def _amount(value: Decimal | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value.normalize():,f}"


def document(page: IssuedRewardPage) -> dict[str, Any]:
    """Return the page as plain values for JSON, without empty ones."""
    values = {
        "title": page.title,
        "sentence": page.sentence,
        "issued": page.tone == Tone.SUCCESS.value,
        "kind": page.kind,
        "description": page.description,
        "groups": list(page.groups),
        "pictures": [picture.url for picture in page.pictures if picture.url],
        "videos": [video.url for video in page.videos if video.url],
        "vouchers": [{"code": code.code, "commissions": _plain(code.commissions)} for code in page.vouchers],
        "sections": {section.title: _plain(section.facts) for section in page.sections},
        "log": [{"at": _iso(entry.at), "sentence": entry.sentence} for entry in page.log],
        "texts": {text.title: str(text.html) for text in page.texts},
    }
    return {name: value for name, value in values.items() if value not in ("", [], {})}


def _plain(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    return [{"label": fact.label, "value": _iso(fact.at) or fact.value} for fact in facts]


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""
