"""The feedback that exists at the start, always the same."""

import random
from functools import lru_cache
from typing import Any

from sandbox.models import iso8601
from sandbox.world.catalog import Merchant, opaque_id
from sandbox.world.members import DAY, MemberList

ONE_IN = 4  # one guest in four has given feedback
OLDEST_DAYS = 180
ANSWERABLE_DAYS = 30
STATES = (
    ("unviewed", 0.12),
    ("viewed", 0.2),
    ("expired", 0.32),
    ("rated", 0.62),
    ("reviewed", 0.9),
    ("responded", 1.0),
)
RATINGS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
WEIGHTS = (4, 3, 4, 4, 6, 7, 12, 20, 22, 18)
GOOD = (
    "Best lunch in weeks, and so quick.",
    "Everybody was so friendly to our little one.",
    "Ordered ahead, it was hot and ready.",
    "My new Friday habit.",
    "Perfect, as always. Say hello to the kitchen.",
)
FAIR = (
    "Food was fine, but it took a while.",
    "Nice place, a bit loud at noon.",
    "Good, though smaller than last time.",
    "The app said ten minutes, it was twenty-five.",
)
POOR = (
    "Cold fries and nobody at the counter.",
    "My order was wrong twice in a row.",
    "Waited 40 minutes for a pick-up order.",
    "The table was sticky, the music <b>way</b> too loud & the bill wrong.",
    "I asked for no onions. Onions.",
)
THANKS = "Thank you for telling us. We would love to see you again soon."
PROVIDERS = ("olo", "toast", "thanx_ordering")


@lru_cache(maxsize=16)
def _feedbacks(
    merchant_id: str, location_ids: tuple[str, ...], user_ids: tuple[str, ...], began: float
) -> tuple[Any, ...]:
    """Return the feedback of these guests as the API returns it."""
    chance = random.Random(f"opinions|{merchant_id}")  # noqa: S311 (invented feedback, no secret)
    return tuple(
        _feedback(chance, merchant_id, chance.choice(location_ids), user_id, number=number, began=began)
        for number, user_id in enumerate(user_ids)
    )


def initial_feedbacks(merchant: Merchant, *, members: MemberList, began: float) -> tuple[dict[str, Any], ...]:
    """Return the feedback that exists at the start at this merchant."""
    givers = tuple(member.id for member in members.all[::ONE_IN])
    return _feedbacks(merchant.id, tuple(location["id"] for location in merchant.locations), givers, began)


def _feedback(
    chance: random.Random, merchant_id: str, location_id: str, user_id: str, *, number: int, began: float
) -> dict[str, Any]:
    drawn = chance.random()
    state = next(name for name, below in STATES if drawn < below)
    bought = began - chance.uniform(0.1, OLDEST_DAYS) * DAY
    rating = chance.choices(RATINGS, WEIGHTS)[0]
    seen, rated, reviewed, answered = (min(began, bought + hours * 3600) for hours in (2, 5, 6, 30))
    is_rated = state in {"rated", "reviewed", "responded"}
    is_reviewed = state in {"reviewed", "responded"}
    return {
        "id": opaque_id("feedback", merchant_id, number),
        "user_id": user_id,
        "merchant_id": merchant_id,
        "location_id": location_id,
        "state": state,
        "rating": rating if is_rated else None,
        "review": _review(chance, rating) if is_reviewed else None,
        "response": THANKS if state == "responded" else None,
        "expires_at": iso8601(bought + ANSWERABLE_DAYS * DAY),
        "purchased_at": iso8601(bought),
        "viewed_at": iso8601(seen) if state not in {"unviewed", "expired"} else None,
        "rated_at": iso8601(rated) if is_rated else None,
        "reviewed_at": iso8601(reviewed) if is_reviewed else None,
        "responded_at": iso8601(answered) if state == "responded" else None,
        "purchase": {
            "id": opaque_id("purchase", merchant_id, number),
            "purchased_at": iso8601(bought),
            "amount": round(chance.uniform(6, 90), 2),
            "order": {"id": opaque_id("order", merchant_id, number), "provider": chance.choice(PROVIDERS)},
        },
    }


def _review(chance: random.Random, rating: int) -> str:
    return chance.choice(POOR if rating <= 4 else FAIR if rating <= 7 else GOOD)  # noqa: PLR2004
