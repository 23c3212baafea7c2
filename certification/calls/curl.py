"""An exchange as a curl command. Secrets and values that may name a guest become shell variables."""

import re
from collections.abc import Sequence
from uuid import UUID

HOLE = re.compile(r"\{(\w+)\}")

KNOWN = {
    "Authorization": '"Authorization: Bearer $THANX_ACCESS_TOKEN"',
    "X-ClientId": '"X-ClientId: $THANX_CLIENT_ID"',
    "Accept-Version": "'Accept-Version: v4.0'",
    "Content-Type": "'Content-Type: application/json'",
}


def command(
    *,
    scheme: str,
    host: str,
    method: str,
    path: str,
    query_names: Sequence[str],
    header_names: Sequence[str],
    partner: str,
    key: UUID | None,
    body_size: int,
) -> str:
    """Return the request as a shell command. It reads the body from a file, because the ledger keeps no bodies."""
    query = "&".join(f"{name}=${variable(name)}" for name in query_names)
    filled = HOLE.sub(lambda hole: f"${{{variable(hole[1])}}}", path)
    address = f"{scheme}://{host}{filled}" + (f"?{query}" if query else "")
    lines = [f'curl --globoff -X {method} "{address}"']
    ours = {*KNOWN, "User-Agent", "X-Idempotency-Key"}
    lines += [f"-H {_header(name, partner=partner, key=key)}" for name in header_names if name in ours]
    if body_size:
        lines.append("--data-binary @body.json")
    return " \\\n  ".join(lines)


def variable(name: str) -> str:
    """Return the name of the shell variable for a parameter: `merchant_id` becomes MERCHANT_ID."""
    return "".join(letter if letter.isalnum() else "_" for letter in name).strip("_").upper()


def _header(name: str, *, partner: str, key: UUID | None) -> str:
    if name == "User-Agent":
        return f"'User-Agent: {partner}/1.0.0'"
    if name == "X-Idempotency-Key":
        return f"'X-Idempotency-Key: {key}'"
    return KNOWN[name]
