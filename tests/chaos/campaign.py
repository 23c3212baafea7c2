"""The campaigns of the storm: two arms and a control, with the merchant's first two reward templates."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any


def specification(name: str, templates: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Return the input of `manage.py create_campaign`."""
    first, second = templates[:2]
    now = datetime.now(tz=UTC).replace(microsecond=0)
    return {
        "merchant_id": first["merchant_id"],
        "name": name,
        "objective": "Bring guests back while everything falls.",
        "fine_print": "One per guest.",
        "start_at": now.isoformat(),
        "end_at": (now + timedelta(days=14)).isoformat(),
        "redeemable_from": now.isoformat(),
        "redeemable_to": (now + timedelta(days=30)).isoformat(),
        "variants": [
            {"name": "Smaller", "reward_template_id": first["id"]},
            {"name": "Larger", "reward_template_id": second["id"]},
            {"name": "Control"},
        ],
        "shares": {"Smaller": 45, "Larger": 45, "Control": 10},
    }
