"""The plan of a storm, drawn from its seed. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ISSUE = {"method": "POST", "path": "^/partner/campaigns/issue$"}
POLL = {"method": "GET", "path": "/partner/issuance_jobs/"}
REVOKE = {"method": "POST", "path": "^/partner/issuance_jobs/[^/]+/revoke$"}
CREATE = {"method": "POST", "path": "^/partner/campaigns$"}
LIST = {"method": "GET", "path": "^/partner/campaigns$"}

Fault = tuple[str, dict[str, Any]]
"""A kind of fault of the sandbox, and its settings."""

SLOW_TIMES = 2.5
RATE_LIMITS: tuple[Fault, ...] = (
    ("rate_limited", {"retry_after": 1}),
    ("rate_limited", {"retry_after": 2}),
    ("rate_limited", {"retry_after": "date:3"}),
    ("rate_limited", {}),
)
UNANSWERED: tuple[Fault, ...] = (
    ("server_error", {"when": "before"}),
    ("server_error", {"when": "after"}),
    ("server_error", {"when": "after", "status": 503}),
    ("hang", {"when": "before", "seconds": 4}),
    ("hang", {"when": "after", "seconds": 4}),
    ("hang", {"when": "late", "seconds": 4}),
    ("cut_off", {"when": "before"}),
    ("cut_off", {"when": "after"}),
    ("cut_off", {"when": "mid_body"}),
    ("truncated_json", {}),
    ("html_error", {"when": "before"}),
    ("html_error", {"when": "after"}),
    ("html_error", {"when": "after", "status": 200}),
)
"""Faults without a usable answer, with and without the work done."""

OF_JOBS: tuple[Fault, ...] = (("slow_job", {}), ("failed_job", {}), ("failed_job", {"share": 0.4}), ("stuck_job", {}))
OF_POLLS: tuple[Fault, ...] = (
    ("unknown_state", {}),
    ("missing_counts", {}),
    ("backwards_progress", {}),
    ("other_dialect", {}),
    ("missing_code", {}),
    ("missing_code", {"status": 404, "code": 17}),
)
A_USER_MUST_HELP: tuple[Fault, ...] = (("unauthorized", {}), ("forbidden", {}))
"""After these a batch waits for a minute, which is too long for a small storm."""

TARGETS = ("worker", "worker", "worker", "web", "web", "one web worker")
"""The programs that are interrupted, mostly workers: they hold the leases."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a storm.

    `kinds_each`: how often each fault may strike each kind of call. With `one_of_each_kind` there is one fault a kind.
    """

    recipients: int
    kills: int
    restarts: int
    batch_size: int
    seconds: float
    job_seconds: float
    kinds_each: int
    one_of_each_kind: bool
    with_credential_faults: bool
    settle_seconds: float
    issued_events: float
    campaigns: int
    outages: int
    like_production: bool


@dataclass(frozen=True, kw_only=True)
class PlannedIssuance:
    """One issuance: the number of guests, by web or by command, and whether it is revoked while it runs.

    By web two users release it. `with_exclusions`: some of its guests are excluded before, some while it waits.
    """

    name: str
    people: int
    by_web: bool = False
    revoked_by: str = ""
    early_webhooks: bool = False
    with_canary: bool = False
    with_exclusions: bool = False


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """One program is killed or stopped, `after` seconds after the last one, and restarted after a pause."""

    after: float
    target: str
    is_kill: bool
    pause: float
    draw: float = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that the seed of a storm decides."""

    seed: int
    size: Size
    issuances: tuple[PlannedIssuance, ...]
    interruptions: tuple[Interruption, ...]
    faults: tuple[dict[str, Any], ...] = field(repr=False)


def draw(*, seed: int, size: Size) -> Plan:
    """Return the plan of a seed, the same for the same arguments."""
    chance = random.Random(seed)
    return Plan(
        seed=seed,
        size=size,
        issuances=_issuances(size),
        interruptions=_interruptions(chance, size),
        faults=tuple(_faults(chance, size)),
    )


def _issuances(size: Size) -> tuple[PlannedIssuance, ...]:
    shares = {"first": 0.30, "web": 0.25, "revoked": 0.20, "early": 0.10, "last": 0.15}
    people = {name: round(size.recipients * share) for name, share in shares.items()}
    people["last"] += size.recipients - sum(people.values())
    return (
        PlannedIssuance(name="first", people=people["first"]),
        PlannedIssuance(name="web", people=people["web"], by_web=True, with_exclusions=True),
        PlannedIssuance(name="revoked", people=people["revoked"], revoked_by="web"),
        PlannedIssuance(name="early", people=people["early"], early_webhooks=True, revoked_by="command"),
        PlannedIssuance(name="last", people=people["last"], with_canary=True),
    )


def _interruptions(chance: random.Random, size: Size) -> tuple[Interruption, ...]:
    targets = [(chance.choice(TARGETS), True) for _ in range(size.kills)]
    targets += [(chance.choice(("worker", "web")), False) for _ in range(size.restarts)]
    targets += [("database", True)] * size.outages
    chance.shuffle(targets)
    apart = size.seconds / len(targets)
    return tuple(
        Interruption(
            after=chance.uniform(0.3, 1.7) * apart,
            target=target,
            is_kill=is_kill,
            pause=chance.choice((0.0, 0.0, 0.5, 2.0)),
            draw=chance.random(),
        )
        for target, is_kill in targets
    )


def _faults(chance: random.Random, size: Size) -> list[dict[str, Any]]:
    """Draw the number of the matching request that each fault strikes."""
    calls = size.recipients // size.batch_size + 1
    wanted = list(_wanted(chance, size, calls=calls))
    if size.one_of_each_kind:
        chance.shuffle(wanted)
        wanted = list({fault[0]: (fault, where, within) for fault, where, within in wanted}.values())
    return [_with_place(chance, fault, where, within=within, size=size) for fault, where, within in wanted]


def _wanted(chance: random.Random, size: Size, *, calls: int) -> Iterator[tuple[Fault, dict[str, str], int]]:
    for where in (ISSUE, POLL):
        yield from ((fault, where, calls) for fault in UNANSWERED * size.kinds_each + RATE_LIMITS)
    yield from ((fault, ISSUE, calls) for fault in OF_JOBS * size.kinds_each)
    yield from ((fault, POLL, calls) for fault in OF_POLLS * size.kinds_each)
    yield from ((fault, REVOKE, calls // 6) for fault in UNANSWERED)
    yield from ((fault, CREATE, size.campaigns) for fault in chance.sample(UNANSWERED, 4))
    yield from ((fault, LIST, size.campaigns) for fault in chance.sample(UNANSWERED, 2))
    if size.with_credential_faults:
        yield from ((fault, where, calls) for fault in A_USER_MUST_HELP for where in (ISSUE, POLL, REVOKE))
        yield from [(("missing_code", {}), ISSUE, calls)] * 2


def _with_place(
    chance: random.Random, fault: Fault, where: dict[str, str], *, within: int, size: Size
) -> dict[str, Any]:
    kind, details = fault
    lasting = {"seconds": SLOW_TIMES * size.job_seconds} if kind == "slow_job" else {}
    return {"kind": kind, "times": 1, "after": chance.randrange(max(within, 1)), **where, **lasting, **details}
