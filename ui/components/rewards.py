"""Rewards in the words of a guest."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

VENUES = {
    "instore": "In the restaurant",
    "online": "Online",
    "both": "In the restaurant and online",
    "any": "In the restaurant and online",
    "all": "In the restaurant and online",
}
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def amount(value: Decimal) -> str:
    """Return an amount without needless zeros: 5, 7.50."""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def discount(reward: Any) -> str:
    """Return the discount of a reward: "$5 off", "20 % off", "Free item"."""
    kind = reward.discount_type.lower()
    if "free" in kind or (reward.discount_value is None and "item" in kind):
        return "Free item"
    if reward.discount_value is None:
        return str(reward.discount_type.replace("_", " ").capitalize())
    value = amount(Decimal(reward.discount_value))
    if "percent" in kind:
        return f"{value} % off"
    if any(word in kind for word in ("dollar", "amount", "fixed", "cash", "value")):
        return f"${value} off"
    return f"{reward.discount_type.replace('_', ' ').capitalize()} {value}".strip()


def venue(value: str) -> str:
    """Return where a reward can be redeemed. An unknown value of Thanx is shown as it is."""
    known = VENUES.get(value.lower().replace("_", "").replace("-", "").replace(" ", ""))
    return known or value.replace("_", " ").capitalize()


def terms(reward: Any) -> list[str]:
    """Return the discount of a reward and where it can be redeemed, as far as Thanx says."""
    where = venue(reward.redemption_venue) if reward.redemption_venue else ""
    return [words for words in (discount(reward), where) if words]


def origin_of_image(url: str) -> str:
    """Return the origin of an image that a page may load, as its policy names it; else ''."""
    parts = urlsplit(safe_image(url))
    return f"{parts.scheme}://{parts.netloc}".lower() if HOST.fullmatch(parts.netloc) else ""


def safe_image(url: str) -> str:
    """Return the address of an image if a page may load it, else ''. The address comes from outside."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    secure = parts.scheme == "https" and parts.netloc
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return url if secure or local else ""
