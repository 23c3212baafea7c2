"""A campaign as a JSON document: the fields of the API's `campaign` object, and a percentage for each variant."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from campaigns.catalog.adoption import default_shares
from campaigns.draft.content import Content, DraftArm
from campaigns.models import CONTROL, Merchant, RewardTemplate
from campaigns.schedule import LABELS, Dates
from campaigns.zones import CLOCKS_CHANGE, is_unclear, zone_of


class BadSpec(ValueError):
    """The document cannot be read as a campaign; the text says where."""


def fields_of(document: Any) -> Mapping[str, Any]:
    """Return the campaign's fields, with or without the key `campaign` around them. Raises BadSpec."""
    if not isinstance(document, dict):
        raise BadSpec("the document is no object")
    inner = document.get("campaign")
    return {**document, **inner} if isinstance(inner, dict) else document


def merchant_of(fields: Mapping[str, Any]) -> Merchant:
    """Return the merchant that `merchant_id` names, by Thanx's id or by our handle. Raises BadSpec."""
    named = _text(fields, "merchant_id")
    found = Merchant.objects.filter(thanx_id=named).first() or Merchant.objects.filter(handle=named).first()
    if found is None:
        raise BadSpec(f"merchant_id: there is no merchant {named!r} here; run sync_catalog first")
    return found


def content_from(fields: Mapping[str, Any], *, merchant: Merchant) -> Content:
    """Return the draft that the document describes. Raises BadSpec. What it lacks is found by `gaps` later."""
    variants = _variants(fields)
    names = [name for name, _ in variants]
    shares = _shares(fields, names)
    known = dict(RewardTemplate.objects.filter(merchant=merchant).values_list("thanx_id", "pk"))
    arms = [
        DraftArm(name=name, template_id=known.get(template or ""), share=shares[name])
        for name, template in variants
        if name != CONTROL
    ]
    zone = zone_of(merchant)
    return Content(
        name=_text(fields, "name"),
        objective=_text(fields, "objective"),
        fine_print=_text(fields, "fine_print"),
        dates=Dates(**{name: _moment(fields, name, zone=zone) for name in LABELS}),
        registers_controls=fields.get("registers_controls") is True,
        arms=tuple(arms),
        control_share=shares.get(CONTROL),
    )


def _variants(fields: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    listed = fields.get("variants")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise BadSpec("variants: a list of objects with name and reward_template_id is needed")
    variants = [(_text(each, "name"), _text(each, "reward_template_id") or None) for each in listed]
    if len({name for name, _ in variants}) < len(variants):
        raise BadSpec("variants: two have the same name")
    if (CONTROL, None) not in variants and CONTROL in dict(variants):
        raise BadSpec(f"variants: {CONTROL} has no reward_template_id")
    return variants


def _shares(fields: Mapping[str, Any], names: list[str]) -> dict[str, int]:
    given = fields.get("shares")
    if given is None:
        return dict(zip(names, default_shares(names), strict=True))
    if not isinstance(given, dict) or set(given) != set(names):
        raise BadSpec("shares: a percentage for each variant's name is needed, and for no other")
    if not all(_is_percentage(share) for share in given.values()):
        raise BadSpec("shares: percentages are whole numbers from 0 to 100")
    return {name: int(share) for name, share in given.items()}


def _is_percentage(share: Any) -> bool:
    whole = (isinstance(share, float) and share.is_integer()) or type(share) is int
    return whole and 0 <= share <= 100  # noqa: PLR2004


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise BadSpec(f"{name}: a text is needed")
    return (value or "").strip()


def _moment(fields: Mapping[str, Any], name: str, *, zone: tzinfo) -> datetime | None:
    """Read ISO 8601. A time without an offset is one of the merchant's clocks."""
    text = _text(fields, name)
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadSpec(f"{name}: {text!r} is no date and time of ISO 8601") from None
    if read.tzinfo:
        return read
    if is_unclear(read, zone=zone):
        raise BadSpec(f"{name}: {CLOCKS_CHANGE}")
    return read.replace(tzinfo=zone)
