"""The control API under /_sandbox/: reset, faults, edits of the world, and the books."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiohttp import web
from multidict import MultiDict

from sandbox.api.campaigns import added_campaign
from sandbox.api.feedbacks import added
from sandbox.api.request import Call
from sandbox.audit_log import campaigns_told, issued_told, jobs_told
from sandbox.faults.requested import fault_from
from sandbox.rows import written
from sandbox.running import Running
from sandbox.server import RUNNING
from sandbox.wire.answers import RefusalError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SHOWN_REQUESTS = 500


def add_control(app: web.Application) -> None:
    """Add the control API to the server. It needs no credential and answers on the loopback only."""
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
    running = request.app[RUNNING]
    told = {
        "ok": True,
        "client_id": running.options.client_id,
        "scopes": running.options.scopes,
        "dialect": running.options.dialect,
        "merchants": len(running.world.merchants),
        "faults": len(running.faults.all),
    }
    return web.json_response(told)


async def _reset(request: web.Request) -> web.Response:
    request.app[RUNNING].reset(await _settings(request))
    return web.json_response({"ok": True})


async def _change_options(request: web.Request) -> web.Response:
    request.app[RUNNING].change(await _settings(request))
    return web.json_response({"ok": True})


async def _change_webhooks(request: web.Request) -> web.Response:
    request.app[RUNNING].change({"webhook": await _settings(request)})
    return web.json_response({"ok": True})


# --- Faults --------------------------------------------------------------------------------------------------


async def _show_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": [fault.told() for fault in request.app[RUNNING].faults.all]})


async def _add_fault(request: web.Request) -> web.Response:
    fault = fault_from(await _settings(request))
    request.app[RUNNING].faults.add(fault)
    return web.json_response(fault.told(), status=201)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[RUNNING].faults.clear()
    return web.json_response({"faults": []})


# --- The world -----------------------------------------------------------------------------------------------


async def _unpublish(request: web.Request) -> web.Response:
    return _edit_template(request, name=None, published=False)


async def _rename(request: web.Request) -> web.Response:
    return _edit_template(request, name=str((await _settings(request))["name"]), published=True)


def _edit_template(request: web.Request, *, name: str | None, published: bool) -> web.Response:
    running = request.app[RUNNING]
    template = running.world.templates.get(request.match_info["id"])
    if template is None:
        raise web.HTTPNotFound
    running.store.edit_template(template.id, name=name or template.name, published=published)
    running.reread_world()
    return web.json_response({"ok": True})


async def _add_campaign(request: web.Request) -> web.Response:
    """Add a campaign that the portal did not create; what is not given is filled in."""
    running = request.app[RUNNING]
    asked = _filled_in(running, await _settings(request))
    try:
        campaign = added_campaign(_own_call(running), asked=asked)
    except RefusalError as refusal:
        return web.json_response(refusal.answer.payload, status=refusal.answer.status)
    return web.json_response({"campaign": campaign.document}, status=201)


def _filled_in(running: Running, given: dict[str, Any]) -> dict[str, Any]:
    handle = given.pop("merchant", None)
    merchants = list(running.world.merchants.values())
    merchant = next((one for one in merchants if handle in {None, one.handle}), merchants[0])
    merchant_id = given.get("merchant_id", merchant.id)
    templates = running.world.templates.values()
    reward = next((one for one in templates if one.merchant_id == merchant_id and one.published), None)
    now, month = running.clock(), timedelta(days=30).total_seconds()
    usual = {
        "merchant_id": merchant_id,
        "name": "Made elsewhere",
        "objective": "Made by another integration with the same credential",
        "fine_print": "One per guest.",
        "start_at": written(now),
        "end_at": written(now + month),
        "redeemable_from": written(now),
        "redeemable_to": written(now + 2 * month),
        "variants": [{"name": "Treatment", "reward_template_id": reward.id if reward else None}],
    }
    return {**usual, **given}


async def _add_feedback(request: web.Request) -> web.Response:
    """Add a feedback; what is not given is filled in. `merchant` is a handle, `email` the guest's address."""
    running, given = request.app[RUNNING], await _settings(request)
    handle = given.pop("merchant", None)
    merchants = list(running.world.merchants.values())
    merchant = next((one for one in merchants if handle in {None, one.handle}), merchants[0])
    return web.json_response({"feedback": added(running, merchant=merchant, given=given)}, status=201)


def _own_call(running: Running) -> Call:
    """Return a call of our own making: it passes no gate and is in no books."""
    entry = running.books.nobody()
    return Call(
        running=running,
        entry=entry,
        at=running.clock(),
        params={},
        query=MultiDict(),
        headers={},
        body=b"",
        base_url="",
    )


async def _finish_job(request: web.Request) -> web.Response:
    running = request.app[RUNNING]
    if not running.finish(request.match_info["id"]):
        raise web.HTTPNotFound
    return web.json_response({"ok": True})


# --- The books -----------------------------------------------------------------------------------------------


async def _books(request: web.Request) -> web.Response:
    running = request.app[RUNNING]
    told = {
        **running.books.told(),
        "campaigns": campaigns_told(running.store),
        "jobs": jobs_told(running.store, at=running.clock()),
        "deliveries": running.announcer.delivered,
    }
    return web.json_response(told)


async def _issued(request: web.Request) -> web.Response:
    running = request.app[RUNNING]
    campaign_id = request.query.get("campaign_id")
    return web.json_response({"issued": issued_told(running.store, at=running.clock(), campaign_id=campaign_id)})


async def _guests(request: web.Request) -> web.Response:
    """Return the subscribers with the times they came, the answers to feedback, and each merchant's tags."""
    running = request.app[RUNNING]
    book = running.store.guests
    answers = {feedback_id: response for feedback_id, (response, _) in book.answers().items()}
    tags = [
        {"merchant_id": merchant_id, "user_id": user_id, "key": key, "values": values}
        for merchant_id in running.world.merchants
        for (user_id, key), values in book.tags(merchant_id=merchant_id).items()
    ]
    return web.json_response({"subscribers": book.subscribers(), "answers": answers, "tags": tags})


async def _requests(request: web.Request) -> web.Response:
    """Return the latest requests, the oldest of them first; `limit` says how many, `path` with what beginning."""
    path = request.query.get("path", "")
    found = [entry for entry in request.app[RUNNING].books.requests if entry.path.startswith(path)]
    limit = int(request.query.get("limit", SHOWN_REQUESTS))
    return web.json_response({"requests": [dataclasses.asdict(entry) for entry in found[-limit:]]})
