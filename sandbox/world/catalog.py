"""Merchants, locations and reward templates, the same at every start."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.world.restaurants import RESTAURANTS, Dish, Restaurant

PICTURELESS_EVERY = 11  # templates has no picture
VENUES = ("in_store", "online", "both")
FINE_PRINT = (
    "One reward per guest. Cannot be combined with other offers. No cash value.",
    "Valid at participating locations. Excludes alcohol, gift cards, tax and tips.",
    "Dine-in and pick-up only. While supplies last.",
    None,  # a template without fine print is legal, and happens
)


@dataclass(frozen=True, kw_only=True)
class Merchant:
    """A merchant of the sandbox."""

    id: str
    name: str
    handle: str
    time_zone: str
    locations: tuple[dict[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Template:
    """A reward template. `glyph` names its drawing."""

    id: str
    merchant_id: str
    name: str
    subtype: str
    description: str
    fine_print: str | None
    discount: dict[str, Any] | None
    redemption_venue: str
    glyph: str
    pictured: bool
    published: bool = True


@dataclass(frozen=True, kw_only=True)
class World:
    """All merchants and reward templates of the credential."""

    merchants: Mapping[str, Merchant]
    templates: Mapping[str, Template]

    def edited(self, edits: Mapping[str, tuple[str | None, bool]]) -> "World":
        """Return the world with some templates renamed or unpublished."""
        changed = dict(self.templates)
        for template_id, (name, published) in edits.items():
            if template_id in changed:
                old = changed[template_id]
                changed[template_id] = replace(old, name=name or old.name, published=published)
        return replace(self, templates=changed)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A kind of reward that is applied to a dish."""

    subtype: str
    discount: dict[str, Any] | None
    title: Callable[[str], str]
    terms: str


OFFERS = (
    Offer(
        subtype="free_item",
        discount={"type": "free_item", "value": None},
        title=lambda dish: f"Free {dish}",
        terms="On the house with any purchase.",
    ),
    Offer(
        subtype="amount_off",
        discount={"type": "amount", "value": 3.0},
        title=lambda dish: f"$3 off {dish}",
        terms="Three dollars less at the till.",
    ),
    Offer(
        subtype="percent_off",
        discount={"type": "percent", "value": 20},
        title=lambda dish: f"20% off {dish}",
        terms="A fifth off the menu price.",
    ),
    Offer(
        subtype="experience",
        discount=None,
        title=lambda dish: f"First taste: the new {dish}",
        terms="A week before it is on the menu.",
    ),
    Offer(
        subtype="percent_off",
        discount={"type": "percent", "value": 50},
        title=lambda dish: f"Half-price {dish}",
        terms="Monday to Thursday, until 3 p.m.",
    ),
    Offer(
        subtype="amount_off",
        discount={"type": "amount", "value": 7.5},
        title=lambda dish: f"$7.50 off {dish} for two",
        terms="When you order two or more.",
    ),
)


def opaque_id(*parts: object) -> str:
    """Return an id without meaning, the same for the same parts."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:24]


def build_world() -> World:
    """Return the world without edits."""
    merchants = [_merchant(restaurant) for restaurant in RESTAURANTS]
    templates = [template for restaurant in RESTAURANTS for template in _templates(restaurant)]
    return World(
        merchants={merchant.id: merchant for merchant in merchants},
        templates={template.id: template for template in templates},
    )


def _merchant(restaurant: Restaurant) -> Merchant:
    return Merchant(
        id=opaque_id("merchant", restaurant.handle),
        name=restaurant.name,
        handle=restaurant.handle,
        time_zone=restaurant.time_zone,
        locations=tuple(_location(restaurant, number) for number in range(restaurant.locations)),
    )


def _location(restaurant: Restaurant, number: int) -> dict[str, str]:
    city, state, zip_code = restaurant.towns[number % len(restaurant.towns)]
    street = restaurant.streets[number % len(restaurant.streets)]
    return {
        "id": opaque_id("location", restaurant.handle, number),
        "merchant_id": opaque_id("merchant", restaurant.handle),
        "street": f"{100 + 37 * number} {street}",
        "city": city,
        "state": state,
        "zip": zip_code,
        "name": f"{city} – {street}",
        # 555-01xx is reserved for fiction.
        "phone": f"+1{restaurant.area_code}55501{number:02d}",
    }


def _templates(restaurant: Restaurant) -> list[Template]:
    pairs = [(dish, offer) for offer in OFFERS[: restaurant.offers_per_dish] for dish in restaurant.dishes]
    return [_template(restaurant, dish, offer, number) for number, (dish, offer) in enumerate(pairs)]


def _template(restaurant: Restaurant, dish: Dish, offer: Offer, number: int) -> Template:
    return Template(
        id=opaque_id("template", restaurant.handle, dish.name, offer.title("")),
        merchant_id=opaque_id("merchant", restaurant.handle),
        name=offer.title(dish.name),
        subtype=offer.subtype,
        description=f"{dish.about} {offer.terms}",
        fine_print=FINE_PRINT[number % len(FINE_PRINT)],
        discount=offer.discount,
        redemption_venue=VENUES[number % len(VENUES)],
        glyph=dish.glyph,
        pictured=(number + 1) % PICTURELESS_EVERY != 0,
    )
