"""The control API under /_sandbox/: reset, options, faults, edits of the world, and what arrived and was issued."""

import dataclasses
import ipaddress
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiohttp import web
from multidict import MultiDict

from sandbox import summaries
from sandbox.api.campaigns import added_campaign
from sandbox.api.feedbacks import added_feedback
from sandbox.api.request import ApiRequest
from sandbox.faults.fault import fault_from
from sandbox.instance import Sandbox
from sandbox.models import iso8601
from sandbox.server import SANDBOX
from sandbox.wire.answers import RefusalError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SHOWN_REQUESTS = 500


def add_control(app: web.Application) -> None:
    """Add the control API to the server. It needs no credential and answers the loopback only."""
    app.middlewares.append(_loopback_only)
    app.router.add_get("/_sandbox/health", _health)
    app.router.add_post("/_sandbox/reset", _reset)
    app.router.add_post("/_sandbox/options", _change_options)
    app.router.add_get("/_sandbox/faults", _show_faults)
    app.router.add_post("/_sandbox/faults", _add_fault)
    app.router.add_delete("/_sandbox/faults", _clear_faults)
    app.router.add_post("/_sandbox/webhooks", _change_webhooks)
    app.router.add_post("/_sandbox/templates/{id}/unpublish", _unpublish)
    app.router.add_post("/_sandbox/templates/{id}/rename", _rename)
    app.router.add_post("/_sandbox/campaigns", _add_campaign)
    app.router.add_post("/_sandbox/feedbacks", _add_feedback)
    app.router.add_post("/_sandbox/jobs/{id}/finish", _finish_job)
    app.router.add_get("/_sandbox/books", _books)
    app.router.add_get("/_sandbox/books/issued", _issued)
    app.router.add_get("/_sandbox/books/guests", _guests)
    app.router.add_get("/_sandbox/requests", _requests)


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith("/_sandbox/"):
        if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104
            raise web.HTTPForbidden
        try:
            return await handler(request)
        except (ValueError, TypeError, KeyError) as problem:
            return web.json_response({"error": str(problem)}, status=400)
    return await handler(request)


async def _settings(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    settings = json.loads(text) if text.strip() else {}
    if not isinstance(settings, dict):
        raise TypeError("a JSON object was expected")
    return settings


async def _health(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    shown = {
        "ok": True,
        "client_id": sandbox.options.client_id,
        "scopes": sandbox.options.scopes,
        "dialect": sandbox.options.dialect,
        "merchants": len(sandbox.world.merchants),
        "faults": len(sandbox.faults.all),
    }
    return web.json_response(shown)


async def _reset(request: web.Request) -> web.Response:
    request.app[SANDBOX].reset(await _settings(request))
    return web.json_response({"ok": True})


async def _change_options(request: web.Request) -> web.Response:
    request.app[SANDBOX].change(await _settings(request))
    return web.json_response({"ok": True})


async def _change_webhooks(request: web.Request) -> web.Response:
    request.app[SANDBOX].change({"webhook": await _settings(request)})
    return web.json_response({"ok": True})


# --- Faults --------------------------------------------------------------------------------------------------


async def _show_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": [fault.as_json() for fault in request.app[SANDBOX].faults.all]})


async def _add_fault(request: web.Request) -> web.Response:
    fault = fault_from(await _settings(request))
    request.app[SANDBOX].faults.add(fault)
    return web.json_response(fault.as_json(), status=201)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[SANDBOX].faults.clear()
    return web.json_response({"faults": []})


# --- The world -----------------------------------------------------------------------------------------------


async def _unpublish(request: web.Request) -> web.Response:
    return _edit_template(request, name=None, published=False)


async def _rename(request: web.Request) -> web.Response:
    return _edit_template(request, name=str((await _settings(request))["name"]), published=True)


def _edit_template(request: web.Request, *, name: str | None, published: bool) -> web.Response:
    sandbox = request.app[SANDBOX]
    template = sandbox.world.templates.get(request.match_info["id"])
    if template is None:
        raise web.HTTPNotFound
    sandbox.store.edit_template(template.id, name=name or template.name, published=published)
    sandbox.reread_world()
    return web.json_response({"ok": True})


async def _add_campaign(request: web.Request) -> web.Response:
    """Add a campaign that the portal did not create. Fields that are not given have defaults."""
    sandbox = request.app[SANDBOX]
    asked = _with_defaults(sandbox, await _settings(request))
    try:
        campaign = added_campaign(_own_request(sandbox), asked=asked)
    except RefusalError as refusal:
        return web.json_response(refusal.answer.payload, status=refusal.answer.status)
    return web.json_response({"campaign": campaign.document}, status=201)


def _with_defaults(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, Any]:
    handle = given.pop("merchant", None)
    merchants = list(sandbox.world.merchants.values())
    merchant = next((one for one in merchants if handle in {None, one.handle}), merchants[0])
    merchant_id = given.get("merchant_id", merchant.id)
    templates = sandbox.world.templates.values()
    reward = next((one for one in templates if one.merchant_id == merchant_id and one.published), None)
    now, month = sandbox.clock(), timedelta(days=30).total_seconds()
    usual = {
        "merchant_id": merchant_id,
        "name": "Made elsewhere",
        "objective": "Made by another integration with the same credential",
        "fine_print": "One per guest.",
        "start_at": iso8601(now),
        "end_at": iso8601(now + month),
        "redeemable_from": iso8601(now),
        "redeemable_to": iso8601(now + 2 * month),
        "variants": [{"name": "Treatment", "reward_template_id": reward.id if reward else None}],
    }
    return {**usual, **given}


async def _add_feedback(request: web.Request) -> web.Response:
    """Add a feedback. Fields that are not given have defaults; `merchant` is a handle, `email` the guest's address."""
    sandbox, given = request.app[SANDBOX], await _settings(request)
    handle = given.pop("merchant", None)
    merchants = list(sandbox.world.merchants.values())
    merchant = next((one for one in merchants if handle in {None, one.handle}), merchants[0])
    return web.json_response({"feedback": added_feedback(sandbox, merchant=merchant, given=given)}, status=201)


def _own_request(sandbox: Sandbox) -> ApiRequest:
    """Return a request that the control API makes itself: it is neither checked nor logged."""
    logged = sandbox.request_log.unlogged()
    return ApiRequest(
        sandbox=sandbox,
        logged=logged,
        at=sandbox.clock(),
        params={},
        query=MultiDict(),
        headers={},
        body=b"",
        base_url="",
    )


async def _finish_job(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    if not sandbox.finish(request.match_info["id"]):
        raise web.HTTPNotFound
    return web.json_response({"ok": True})


# --- What arrived and was issued -----------------------------------------------------------------------------


async def _books(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    shown = {
        **sandbox.request_log.summary(),
        "campaigns": summaries.campaigns(sandbox.store),
        "jobs": summaries.jobs(sandbox.store, at=sandbox.clock()),
        "deliveries": sandbox.webhooks.delivered,
    }
    return web.json_response(shown)


async def _issued(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    campaign_id = request.query.get("campaign_id")
    return web.json_response({"issued": summaries.issued(sandbox.store, at=sandbox.clock(), campaign_id=campaign_id)})


async def _guests(request: web.Request) -> web.Response:
    """Return the subscribers and how often each was sent, the answers to feedback, and each merchant's tags."""
    sandbox = request.app[SANDBOX]
    guests = sandbox.store.guests
    answers = {feedback_id: response for feedback_id, (response, _) in guests.answers().items()}
    tags = [
        {"merchant_id": merchant_id, "user_id": user_id, "key": key, "values": values}
        for merchant_id in sandbox.world.merchants
        for (user_id, key), values in guests.tags(merchant_id=merchant_id).items()
    ]
    return web.json_response({"subscribers": guests.subscribers(), "answers": answers, "tags": tags})


async def _requests(request: web.Request) -> web.Response:
    """Return the latest requests, the oldest first: at most `limit`, and only paths that begin with `path`."""
    path = request.query.get("path", "")
    found = [one for one in request.app[SANDBOX].request_log.requests if one.path.startswith(path)]
    limit = int(request.query.get("limit", SHOWN_REQUESTS))
    return web.json_response({"requests": [dataclasses.asdict(one) for one in found[-limit:]]})
