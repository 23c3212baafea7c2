"""The HTTP server: the addresses of the API, and how each request is logged, checked, answered and disturbed."""

import contextlib
from dataclasses import dataclass, replace
from typing import NoReturn

from aiohttp import web

from sandbox.api import campaigns, discovery, feedbacks, guests, jobs, tags
from sandbox.api.request import ApiRequest, Serve
from sandbox.faults import effects
from sandbox.instance import Sandbox
from sandbox.options import Dialect
from sandbox.wire.answers import Answer, RefusalError, not_found
from sandbox.wire.dialects import in_other_dialect
from sandbox.wire.request_checks import (
    credential_problem,
    forbidden,
    header_problems,
    malformed_header,
    rate_limited,
    unauthenticated,
)
from sandbox.world.pictures import picture_of

SANDBOX = web.AppKey("sandbox", Sandbox)
LARGEST_BODY = 16 * 1024 * 1024
REWARDS = "rewards.issue"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address of the API. `dialect` is set if only one of the two has it."""

    method: str
    path: str
    serve: Serve
    scope: str | None = REWARDS
    dialect: Dialect | None = None

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Log the request, answer it, and log the answer."""
        sandbox = request.app[SANDBOX]
        body = await request.read()
        logged = sandbox.request_log.arrived(
            at=sandbox.clock(),
            method=request.method,
            path=request.path,
            query=request.query_string,
            headers=request.headers,
            body=body,
        )
        logged.template = self.path
        received = ApiRequest(
            sandbox=sandbox,
            logged=logged,
            at=logged.at,
            params=request.match_info,
            query=request.query,
            headers=request.headers,
            body=body,
            base_url=f"{request.scheme}://{request.host}",
        )
        log, status = sandbox.request_log, 0
        try:
            response = await self._response(received, request)
            status = response.status
        except effects.CutOffError:
            response = _cut_off(request)
        finally:
            log.answered(logged, status=status, at=sandbox.clock())
        return response

    async def _response(self, received: ApiRequest, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(received)
        if refusal is not None:
            return effects.rendered(refusal)

        in_force = received.sandbox.faults
        faults = in_force.striking(method=request.method, path=request.path)
        received.logged.faults.extend(str(fault.kind) for fault in faults)
        instead = await effects.instead_of_work(faults, over=in_force.over)
        if instead is not None:
            return instead

        answer = self._answer(replace(received, faults=faults, at=received.sandbox.clock()))
        await _early_deliveries(received, answer)
        instead = await effects.instead_of_answer(answer, faults=faults, over=in_force.over)
        if instead is not None:
            return instead

        response = effects.rendered(effects.edited(answer, faults=faults))
        if effects.is_cut_mid_body(faults):
            await _send_half(request, response)
        return response

    def _refusal(self, received: ApiRequest) -> Answer | None:
        """Return the refusal of a request that breaks a rule, if it does; log every broken rule, not only the first."""
        options, log = received.sandbox.options, received.sandbox.request_log
        unidentified = credential_problem(received.headers, options=options)
        problems = header_problems(received.headers)
        for name in [*filter(None, [unidentified]), *problems]:
            log.violated(received.logged, rule=f"header:{name}")
        if unidentified:
            return unauthenticated()
        limit = received.sandbox.limiter.exceeded(at=received.at, options=options)
        if limit:
            log.violated(received.logged, rule=limit)
            return rate_limited()
        if problems:
            return malformed_header(problems[0])
        if self.scope and self.scope not in options.scopes:
            log.violated(received.logged, rule="scope")
            return forbidden(self.scope)
        return None

    def _answer(self, received: ApiRequest) -> Answer:
        dialect = received.sandbox.options.dialect
        try:
            if self.dialect not in {None, dialect}:
                raise not_found("this address")
            answer = self.serve(received)
        except RefusalError as refusal:
            return refusal.answer
        return answer if dialect == Dialect.USUAL else in_other_dialect(answer)


def _nowhere(_received: ApiRequest) -> NoReturn:
    raise not_found("this address")


def _discovery(path: str, serve: Serve) -> list[Endpoint]:
    """Return the two addresses of one endpoint, one for each dialect."""
    paths = {Dialect.USUAL: f"/partner/{path}", Dialect.OTHER: f"/partner/metadata/{path}"}
    return [
        Endpoint(method="GET", path=full, serve=serve, scope=None, dialect=dialect) for dialect, full in paths.items()
    ]


def _responding() -> list[Endpoint]:
    """Return the two addresses that answer a feedback, one for each dialect."""
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
    # Last, so that requests to unknown addresses are checked and logged, too.
    Endpoint(method="*", path="/partner/{rest:.*}", serve=_nowhere, scope=None),
)


def build_app(sandbox: Sandbox) -> web.Application:
    """Return the server of the API and of the pictures; control.py adds the rest."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SANDBOX] = sandbox
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, endpoint.__call__)
    app.router.add_get("/images/{id}.svg", _picture)
    return app


async def _picture(request: web.Request) -> web.Response:
    template = request.app[SANDBOX].world.templates.get(request.match_info["id"])
    if template is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "public, max-age=86400"}
    return web.Response(text=picture_of(template), content_type="image/svg+xml", headers=headers)


async def _early_deliveries(received: ApiRequest, answer: Answer) -> None:
    job = answer.payload.get("issuance_job")
    if job and received.sandbox.options.webhook.early and job["state"] == "pending":
        received.sandbox.finish(job["id"])
        await received.sandbox.webhooks.settled(job["id"])


def _cut_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _send_half(request: web.Request, response: web.Response) -> NoReturn:
    """Announce the length of the whole body, send half of it and close the connection."""
    body = response.body if isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    half.content_length = len(body)
    with contextlib.suppress(ConnectionError):  # the caller may have closed the connection first
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    raise effects.CutOffError
