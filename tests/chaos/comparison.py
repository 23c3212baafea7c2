"""Compares the portal's records with the sandbox's: every difference as a sentence. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.chaos.audience import Audience

BUCKETS = ("held_back", "not_sent", "in_progress", "issued", "failed", "unknown", "revoked")
EXCLUDED = "do_not_reward"
AT_REST = {"completed", "failed", "refused", "revoked", "held_back"}
UNDER_WAY_SECONDS = 12.0
"""A poll may be claimed and wait for its slot when a webhook settles the job."""

OF_TIME = {"rate_per_second", "rate_per_15_minutes", "repeated_get"}
"""Rules that the sandbox checks by the time of arrival, which a busy machine delays."""

SECOND, QUARTER_HOUR = 1.0, 900.0
READS_APART = 2.0
CLOCKS_DIFFER = 0.05

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class BothSides:
    """The records of both sides. `ours` are the portal's rows; `theirs`, `issued` and `requests` are the sandbox's."""

    ours: Facts
    theirs: Facts
    issued: Sequence[Facts] = field(repr=False)
    requests: Sequence[Facts] = field(repr=False)
    audiences: Mapping[str, Audience] = field(repr=False)
    issuances: Mapping[str, int]
    campaigns: Mapping[str, int]
    per_second: int
    per_quarter_hour: int
    settled_since: Mapping[str, float] = field(repr=False)

    @property
    def batches(self) -> list[Facts]:
        """The portal's batches of confirmed issuances."""
        confirmed = {each["issuance"] for each in self.ours["issuances"] if each["row"] == "confirmed"}
        return [batch for batch in self.ours["batches"] if batch["issuance"] in confirmed]

    @property
    def jobs(self) -> dict[str, Facts]:
        """The sandbox's jobs by their key."""
        return {job["idempotency_key"]: job for job in self.theirs["jobs"]}


def differences(both: BothSides) -> list[str]:
    """Return every difference, at most one line for each object and kind."""
    checks = (people, files, sums, jobs, counts, recipients, campaigns, wire, pace, manners)
    return [f"{check.__name__}: {words}" for check in checks for words in check(both)]


def people(both: BothSides) -> Iterator[str]:
    """Each accepted guest of a file is in exactly one batch of its issuance, and no other guest is."""
    for name, issuance in both.issuances.items():
        listed = [one for batch in both.batches if batch["issuance"] == issuance for one in batch["people"]]
        wanted = both.audiences[name].accepted
        twice = sum(number - 1 for number in Counter(listed).values())
        lost, strange = wanted - set(listed), set(listed) - wanted
        if twice or lost or strange:
            yield f"“{name}”: {len(lost)} missing, {len(strange)} unknown, {twice} more than once"


def files(both: BothSides) -> Iterator[str]:
    """Each file has exactly one confirmed issuance."""
    confirmed = Counter(each["file"] for each in both.ours["issuances"] if each["row"] == "confirmed")
    for name in both.audiences:
        if confirmed[f"{name}.csv"] != 1:
            yield f"“{name}” was issued {confirmed[f'{name}.csv']} times"


def sums(both: BothSides) -> Iterator[str]:
    """The buckets of each issuance add up to the lines of its file, and none is left open."""
    for each in both.ours["issuances"]:
        total = sum(each["left_out"].values()) + sum(each[name] for name in BUCKETS)
        if total != each["lines"]:
            yield f"issuance {each['issuance']}: {total} of {each['lines']} lines"
        if each["row"] == "confirmed" and (each["unknown"] or each["in_progress"] or each["not_sent"]):
            doubt = {name: each[name] for name in ("unknown", "in_progress", "not_sent")}
            yield f"issuance {each['issuance']} is not at rest: {doubt}"
    for name, issuance in both.issuances.items():
        ours = next(each for each in both.ours["issuances"] if each["issuance"] == issuance)
        audience = both.audiences[name]
        if ours["lines"] != audience.lines:
            yield f"“{name}” has {audience.lines} lines, our ledger says {ours['lines']}"
        if ours["left_out"].get(EXCLUDED, 0) != len(audience.excluded):
            yield f"“{name}”: {len(audience.excluded)} are on a list, {ours['left_out'].get(EXCLUDED, 0)} were left out"


def jobs(both: BothSides) -> Iterator[str]:
    """Each accepted batch is one job at Thanx with the confirmed bytes, and there are no other jobs."""
    theirs = both.jobs
    if len(theirs) != len(both.theirs["jobs"]):
        yield "two jobs have the same key"
    known = {batch["key"] for batch in both.batches if batch["key"]}
    for key in set(theirs) - known:
        yield f"job {theirs[key]['id']} is of no batch"
    for batch in both.batches:
        yield from _job_of(batch, theirs.get(batch["key"]))


def _job_of(batch: Facts, job: Facts | None) -> Iterator[str]:
    name = f"batch {batch['number']} of issuance {batch['issuance']} ({batch['state']})"
    if batch["state"] not in AT_REST:
        yield f"{name} is not at rest: {batch['error']}"
    elif batch["state"] in {"refused", "held_back"}:
        if job is not None or batch["job_id"]:
            yield f"{name} has job {job and job['id']}"
    elif job is None:
        yield f"{name} has no job"
    elif (job["id"], job["body_sha256"]) != (batch["job_id"], batch["digest"]):
        yield f"{name} is job {batch['job_id']} here and {job['id']} there, or of other bytes"
    elif job["state"] != batch["state"]:
        yield f"{name} is {job['state']} at Thanx"
    if batch["state"] == "held_back" and (batch["key"] or not batch["is_control"]):
        yield f"{name} is no control, or has a key"


def counts(both: BothSides) -> Iterator[str]:
    """Both sides have the same numbers for each job."""
    for batch in both.batches:
        job = both.jobs.get(batch["key"])
        if job is None or batch["state"] not in AT_REST:
            continue
        name = f"job {job['id']} ({job['state']}, {batch['size']} people)"
        if job["total_count"] != batch["size"] or batch["size"] != len(batch["people"]):
            yield f"{name}: {batch['size']} here, {job['total_count']} there"
        if batch["issued"] != job["success_count"]:
            yield f"{name}: issued {batch['issued']} here, {job['success_count']} there"
        if batch["failed"] not in _failed(batch, job):
            yield f"{name}: failed {batch['failed']} here, {job['failure_count']} there"
        if batch["state"] == "completed" and len(batch["failures"]) != batch["failed"]:
            yield f"{name}: {len(batch['failures'])} of {batch['failed']} failures are listed"


def _failed(batch: Facts, job: Facts) -> set[int]:
    """Return the numbers of failures that the portal may show.

    Thanx names no guest of a job that failed as a whole, the portal counts all of them. They stay failed when a
    revocation whose answer was lost turns out to have reached Thanx; it may also have come before they were counted.
    """
    if job["success_count"] == 0 and batch["state"] == "failed":
        return {batch["size"]}
    if job["success_count"] == 0 and "seen_failed" in batch["moves"]:
        return {batch["size"], job["failure_count"]}
    return {job["failure_count"]}


def recipients(both: BothSides) -> Iterator[str]:
    """Each guest got as many rewards as the portal says: one, or none. Controls get none."""
    times: Counter[str] = Counter()
    reached: set[str] = set()
    for group in both.issued:
        if group["variant"] == "Control":
            yield f"{len(group['identifiers'])} people of the control were sent"
        for identifier, number in group["identifiers"].items():
            times[identifier.partition(":")[2]] += number
            reached.add(identifier.partition(":")[2])
    twice = sum(number > 1 for number in times.values())
    if twice:
        yield f"{twice} people were issued to more than once"
    for batch in both.batches:
        yield from _recipients_of(batch, times=times, reached=reached)
    excluded = reached & {one for audience in both.audiences.values() for one in audience.excluded}
    if excluded:
        yield f"{len(excluded)} people were issued to although they are on a list"
    strange = reached - {one for batch in both.batches for one in batch["people"]}
    if strange:
        yield f"{len(strange)} unknown people were issued to"


def _recipients_of(batch: Facts, *, times: Counter[str], reached: set[str]) -> Iterator[str]:
    name = f"batch {batch['number']} of issuance {batch['issuance']} ({batch['state']})"
    failed = {batch["people"][position] for position in batch["failures"]}
    rewarded = {batch["people"][position] for position in batch["rewards"]}
    others = set(batch["people"]) - failed
    wrongly = {
        "failed here, reached there": failed & reached,
        "rewarded here, not reached there": rewarded - reached,
        "failed and rewarded here": failed & rewarded,
    }
    if batch["state"] == "completed":
        wrongly["issued here, not there"] = {one for one in others if times[one] != 1}
    if batch["state"] == "revoked":
        wrongly["revoked here, still issued there"] = {one for one in others if times[one]}
    if batch["state"] in {"refused", "held_back"}:
        wrongly["never sent, reached there"] = set(batch["people"]) & reached
    names_failures = batch["state"] in {"completed", "revoked"} and "seen_failed" not in batch["moves"]
    if names_failures and batch["issued"] != len(others):
        wrongly["counted as issued but not failed"] = others
    for words, who in wrongly.items():
        if who:
            yield f"{name}: {len(who)} {words}"


def campaigns(both: BothSides) -> Iterator[str]:
    """Each campaign of the portal is exactly one campaign at Thanx. A killed command may leave a draft behind."""
    there = Counter(each["name"] for each in both.theirs["campaigns"])
    ours = {each["thanx_id"]: each for each in both.ours["campaigns"] if each["thanx_id"]}
    for name, number in there.items():
        if number != 1:
            yield f"“{name}” is {number} campaigns at Thanx"
    for each in both.theirs["campaigns"]:
        if each["id"] not in ours:
            yield f"“{each['name']}” is not known here"
    for each in both.ours["campaigns"]:
        if each["state"] not in {"live", "draft"}:
            yield f"“{each['name']}” is {each['state']}"
        if each["made_elsewhere"]:
            yield f"“{each['name']}” was taken for one made elsewhere"


def wire(both: BothSides) -> Iterator[str]:
    """No rule of the API was broken, each key had one body, and each request is in the portal's exchange log."""
    for rule, number in both.theirs["violations"]["by_rule"].items():
        if rule not in OF_TIME:
            yield f"{rule} broken {number} times: {_broken(both, rule)}"
    bodies: dict[str, set[str]] = {}
    for request in both.requests:
        key = request["headers"].get("X-Idempotency-Key")
        if key:
            bodies.setdefault(key, set()).add(request["body_sha256"])
    batches = {batch["key"]: batch["digest"] for batch in both.batches}
    for key, digests in bodies.items():
        if digests != {batches.get(key)}:
            yield f"key {key} carried {len(digests)} bodies, or not the one that was confirmed"
    sent = both.ours["sent"]["calls"]
    for endpoint, number in both.theirs["requests"]["by_endpoint"].items():
        if number > sent.get(endpoint, 0):
            yield f"{endpoint}: {number} requests came, our ledger holds {sent.get(endpoint, 0)}"


def _broken(both: BothSides, rule: str) -> str:
    """Return the first request that broke the rule."""
    found = next((request for request in both.requests if rule in request.get("violations", ())), None)
    return f"{found['method']} {found['path']}" if found else "by a request that is not kept"


def pace(both: BothSides) -> Iterator[str]:
    """No window has more starts than allowed, and no read is repeated too soon, by the times in the exchange log.

    A busy machine may delay one request on its way and not the next, so that they arrive closer than they started. The
    log's times are checked, too: no request may arrive before its start in the log.
    """
    starts = both.ours["sent"]["starts"]
    for limit, window in ((both.per_second, SECOND), (both.per_quarter_hour, QUARTER_HOUR)):
        if (most := _most_within(starts, window)) > limit:
            yield f"{most} requests started within {window:g} s"
    apart = [late - early for times in both.ours["sent"]["reads"] for early, late in pairwise(times)]
    if min(apart, default=READS_APART) < READS_APART:
        yield f"the same was read again after {min(apart):.3f} s"
    arrivals = sorted(request["at"] for request in both.requests)
    early = [start - at for start, at in zip(starts, arrivals, strict=False) if at < start - CLOCKS_DIFFER]
    if early:
        yield f"{len(early)} requests came before they started, one by {max(early):.3f} s"


def _most_within(starts: Sequence[float], window: float) -> int:
    """Return the largest number of starts in any window, from sorted times."""
    return max((bisect_left(starts, at + window) - place for place, at in enumerate(starts)), default=0)


def manners(both: BothSides) -> Iterator[str]:
    """A settled job is not read again."""
    for request in both.requests:
        job = request["path"].removeprefix("/partner/issuance_jobs/")
        since = both.settled_since.get(job)
        if request["method"] == "GET" and since is not None and request["at"] > since + UNDER_WAY_SECONDS:
            yield f"job {job} was read {request['at'] - since:.1f} s after it was settled"
