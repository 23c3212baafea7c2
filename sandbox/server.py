"""The HTTP server: which address leads where, and the way of every request through gate, faults and books."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import NoReturn

from aiohttp import web

from sandbox.api import campaigns, discovery, feedbacks, guests, jobs, tags
from sandbox.api.request import Call, Serve
from sandbox.faults import misbehaviour
from sandbox.options import Dialect
from sandbox.running import Running
from sandbox.wire.answers import Answer, RefusalError, not_found
from sandbox.wire.dialects import in_other_dialect
from sandbox.wire.gate import (
    credential_problem,
    forbidden,
    header_problems,
    malformed_header,
    rate_limited,
    unauthenticated,
)
from sandbox.world.pictures import picture_of

RUNNING = web.AppKey("running", Running)
LARGEST_BODY = 16 * 1024 * 1024
REWARDS = "rewards.issue"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address of the API. `dialect` is set where only one of the two has it."""

    method: str
    path: str
    serve: Serve
    scope: str | None = REWARDS
    dialect: Dialect | None = None

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Write the request down, answer it, and write the answer down."""
        running = request.app[RUNNING]
        body = await request.read()
        entry = running.books.arrived(
            at=running.clock(),
            method=request.method,
            path=request.path,
            query=request.query_string,
            headers=request.headers,
            body=body,
        )
        entry.template = self.path
        call = Call(
            running=running,
            entry=entry,
            at=entry.at,
            params=request.match_info,
            query=request.query,
            headers=request.headers,
            body=body,
            base_url=f"{request.scheme}://{request.host}",
        )
        books, status = running.books, 0
        try:
            response = await self._response(call, request)
            status = response.status
        except misbehaviour.CutOffError:
            response = _cut_off(request)
        finally:
            books.answered(entry, status=status, at=running.clock())
        return response

    async def _response(self, call: Call, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(call)
        if refusal is not None:
            return misbehaviour.rendered(refusal)

        in_force = call.running.faults
        faults = in_force.striking(method=request.method, path=request.path)
        call.entry.faults.extend(str(fault.kind) for fault in faults)
        instead = await misbehaviour.instead_of_work(faults, over=in_force.over)
        if instead is not None:
            return instead

        answer = self._answer(replace(call, faults=faults, at=call.running.clock()))
        await _early_deliveries(call, answer)
        instead = await misbehaviour.instead_of_answer(answer, faults=faults, over=in_force.over)
        if instead is not None:
            return instead

        response = misbehaviour.rendered(misbehaviour.edited(answer, faults=faults))
        if misbehaviour.is_cut_mid_body(faults):
            await _send_half(request, response)
        return response

    def _refusal(self, call: Call) -> Answer | None:
        """Return the gate's refusal, if any, and write every broken rule down, not only the first."""
        options, books = call.running.options, call.running.books
        stranger = credential_problem(call.headers, options=options)
        problems = header_problems(call.headers)
        for name in [*filter(None, [stranger]), *problems]:
            books.violated(call.entry, rule=f"header:{name}")
        if stranger:
            return unauthenticated()
        limit = call.running.limiter.exceeded(at=call.at, options=options)
        if limit:
            books.violated(call.entry, rule=limit)
            return rate_limited()
        if problems:
            return malformed_header(problems[0])
        if self.scope and self.scope not in options.scopes:
            books.violated(call.entry, rule="scope")
            return forbidden(self.scope)
        return None

    def _answer(self, call: Call) -> Answer:
        dialect = call.running.options.dialect
        try:
            if self.dialect not in {None, dialect}:
                raise not_found("this address")
            answer = self.serve(call)
        except RefusalError as refusal:
            return refusal.answer
        return answer if dialect == Dialect.USUAL else in_other_dialect(answer)


def _nowhere(_call: Call) -> NoReturn:
    raise not_found("this address")


def _discovery(path: str, serve: Serve) -> list[Endpoint]:
    """Return the two addresses of one endpoint, one for each dialect."""
    paths = {Dialect.USUAL: f"/partner/{path}", Dialect.OTHER: f"/partner/metadata/{path}"}
    return [
        Endpoint(method="GET", path=full, serve=serve, scope=None, dialect=dialect) for dialect, full in paths.items()
    ]


def _responding() -> list[Endpoint]:
    """Return the two addresses at which a feedback is answered, one for each dialect."""
    paths = {Dialect.USUAL: "/partner/feedbacks/{id}/respond", Dialect.OTHER: "/partner/feedbacks/{id}/response"}
    return [
        Endpoint(method="POST", path=path, serve=feedbacks.respond, scope="feedbacks.write", dialect=dialect)
        for dialect, path in paths.items()
    ]


SETTINGS = "/partner/users/{id}/communication_settings"
ENDPOINTS = (
    *_discovery("scopes", discovery.scopes),
    *_discovery("merchants", discovery.merchants),
    *_discovery("locations", discovery.locations),
    Endpoint(method="GET", path="/partner/reward_templates", serve=discovery.templates),
    Endpoint(method="GET", path="/partner/reward_templates/{id}", serve=discovery.template),
    Endpoint(method="POST", path="/partner/campaigns", serve=campaigns.create),
    Endpoint(method="GET", path="/partner/campaigns", serve=campaigns.index),
    Endpoint(method="POST", path="/partner/campaigns/issue", serve=jobs.issue),
    Endpoint(method="GET", path="/partner/campaigns/{id}", serve=campaigns.show),
    Endpoint(method="GET", path="/partner/issuance_jobs/{id}", serve=jobs.show),
    Endpoint(method="POST", path="/partner/issuance_jobs/{id}/revoke", serve=jobs.revoke),
    Endpoint(method="GET", path="/partner/users", serve=guests.index, scope="users.read"),
    Endpoint(method="GET", path="/partner/users/{id}", serve=guests.show, scope="users.read"),
    Endpoint(method="GET", path=SETTINGS, serve=guests.show_settings, scope="communication_settings.read"),
    Endpoint(method="PATCH", path=SETTINGS, serve=guests.change_settings, scope="communication_settings.write"),
    Endpoint(method="POST", path="/partner/subscribers", serve=guests.subscribe, scope="subscribers.write"),
    Endpoint(method="POST", path="/partner/oauth/token", serve=guests.token, scope="auth.create"),
    Endpoint(method="GET", path="/partner/feedbacks", serve=feedbacks.index, scope="feedbacks.read"),
    *_responding(),
    Endpoint(method="GET", path="/partner/tags", serve=tags.index, scope="tags.read"),
    Endpoint(method="PUT", path="/partner/tags", serve=tags.put, scope="tags.write"),
    Endpoint(method="DELETE", path="/partner/tags", serve=tags.delete, scope="tags.write"),
    # Last, so that what nobody serves is still judged and written down.
    Endpoint(method="*", path="/partner/{rest:.*}", serve=_nowhere, scope=None),
)


def build_app(running: Running) -> web.Application:
    """Return the server of the partner's API and of the pictures; control.py adds the rest."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[RUNNING] = running
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, endpoint.__call__)
    app.router.add_get("/images/{id}.svg", _picture)
    return app


async def _picture(request: web.Request) -> web.Response:
    template = request.app[RUNNING].world.templates.get(request.match_info["id"])
    if template is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "public, max-age=86400"}
    return web.Response(text=picture_of(template), content_type="image/svg+xml", headers=headers)


async def _early_deliveries(call: Call, answer: Answer) -> None:
    job = answer.payload.get("issuance_job")
    if job and call.running.options.webhook.early and job["state"] == "pending":
        call.running.finish(job["id"])
        await call.running.announcer.settled(job["id"])


def _cut_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _send_half(request: web.Request, response: web.Response) -> NoReturn:
    """Promise the whole body, send half of it and hang up."""
    body = response.body if isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    half.content_length = len(body)
    with contextlib.suppress(ConnectionError):  # whoever asked may have hung up first
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    raise misbehaviour.CutOffError
