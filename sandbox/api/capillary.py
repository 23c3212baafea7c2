"""A small Capillary beside the Thanx: one endpoint that returns one issued reward.

Source: docs.capillarytech.com, "Get transaction details by customer ID and reward transaction ID": Basic or OAuth
authentication, `coupon_code_case`, `status` as a list.
"""

import base64
import copy
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.world.capillary_rewards import CUSTOMER, ISSUALS
from sandbox.world.pictures import drawn

PATH = "/api_gateway/rewards/core/v1/management/customer/{customer}/issuals/{transaction}"
USERNAME, PASSWORD, TOKEN = "capillary-user", "capillary-password", "capillary-token"

GLYPHS_OF_PICTURES = {"miles": "bowl", "voucher": "cake", "pot": "cup"}
CASES: Mapping[str, Callable[[str], str]] = {"UPPER": str.upper, "LOWER": str.lower, "AS_IT_IS": str}


def add_capillary(app: web.Application) -> None:
    """Add Capillary's endpoint to the server."""
    app.router.add_get(PATH, _issual)
    app.router.add_get("/capillary/{id}.svg", _picture)


async def _issual(request: web.Request) -> web.Response:
    if not _is_known(request.headers):
        return _failed(401, "401", "Invalid credentials")
    case = CASES.get(request.query.get("coupon_code_case", "UPPER"))
    if case is None:
        return _failed(400, "400", "coupon_code_case is none of UPPER, LOWER, AS_IT_IS")
    found = ISSUALS.get(request.match_info["transaction"]) if request.match_info["customer"] == CUSTOMER else None
    if found is None:
        return _failed(400, 6004, "Reward not found or is disabled")
    data = _document(found, case=case, base=f"{request.scheme}://{request.host}")
    return web.json_response({"status": [{"success": True, "code": 200, "message": "Success"}], "data": data})


async def _picture(request: web.Request) -> web.Response:
    glyph = GLYPHS_OF_PICTURES.get(request.match_info["id"])
    if glyph is None:
        raise web.HTTPNotFound
    return web.Response(text=drawn(name="", glyph=glyph), content_type="image/svg+xml")


def _is_known(headers: Mapping[str, str]) -> bool:
    basic = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    right = {"Authorization": f"Basic {basic}", "X-CAP-API-OAUTH-TOKEN": TOKEN}
    return any(hmac.compare_digest(headers.get(name, "").encode(), value.encode()) for name, value in right.items())


def _failed(status: int, code: str | int, message: str) -> web.Response:
    payload = {"status": [{"success": False, "code": code, "message": message}], "data": None}
    return web.json_response(payload, status=status)


def _document(issual: Mapping[str, Any], *, case: Callable[[str], str], base: str) -> dict[str, Any]:
    """Return an issual with its codes in the requested case and a freshly signed link to its first picture."""
    data: dict[str, Any] = copy.deepcopy(dict(issual))
    for voucher in data.get("vouchers") or []:
        voucher["code"] = case(voucher["code"])
    details = data["rewardDetails"]
    now = datetime.now(tz=UTC)
    signed = f"X-Amz-Date={now:%Y%m%dT%H%M%SZ}&X-Amz-Expires=3600&X-Amz-Signature=0a1b2c"
    details["imageUrl"] = f"{base}/capillary/{details['imageId']}.svg?{signed}"
    return data
