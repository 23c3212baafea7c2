"""Both ledgers, side by side: every way in which they differ, in words. Pure, and tested with books that are wrong."""

from __future__ import annotations

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
"""A poll may have been claimed, and have waited for its place, when a webhook brought the last word."""

OF_TIME = {"rate_per_second", "rate_per_15_minutes", "repeated_get"}
"""Rules that the sandbox can only judge by when a request was read there, however busy the machine was meanwhile."""

SECOND, QUARTER_HOUR = 1.0, 900.0
READS_APART = 2.0
CLOCKS_DIFFER = 0.05

Book = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Books:
    """All that is compared. `ours` are our rows, the rest is the sandbox's: summary, who was issued to, requests."""

    ours: Book
    theirs: Book
    issued: Sequence[Book] = field(repr=False)
    requests: Sequence[Book] = field(repr=False)
    audiences: Mapping[str, Audience] = field(repr=False)
    issuances: Mapping[str, int]
    campaigns: Mapping[str, int]
    per_second: int
    per_quarter_hour: int
    settled_since: Mapping[str, float] = field(repr=False)

    @property
    def batches(self) -> list[Book]:
        """Our batches that belong to a confirmed issuance."""
        confirmed = {each["issuance"] for each in self.ours["issuances"] if each["row"] == "confirmed"}
        return [batch for batch in self.ours["batches"] if batch["issuance"] in confirmed]

    @property
    def jobs(self) -> dict[str, Book]:
        """The sandbox's jobs by their key."""
        return {job["idempotency_key"]: job for job in self.theirs["jobs"]}


def differences(books: Books) -> list[str]:
    """Return every difference, at most one line for each thing and kind."""
    judges = (people, files, sums, jobs, counts, recipients, campaigns, wire, pace, manners)
    return [f"{judge.__name__}: {words}" for judge in judges for words in judge(books)]


def people(books: Books) -> Iterator[str]:
    """Everybody whom a file names is in exactly one batch of its issuance, and nobody else is."""
    for name, issuance in books.issuances.items():
        listed = [one for batch in books.batches if batch["issuance"] == issuance for one in batch["people"]]
        wanted = books.audiences[name].accepted
        twice = sum(number - 1 for number in Counter(listed).values())
        lost, strange = wanted - set(listed), set(listed) - wanted
        if twice or lost or strange:
            yield f"“{name}”: {len(lost)} missing, {len(strange)} unknown, {twice} more than once"


def files(books: Books) -> Iterator[str]:
    """Every file that was confirmed led to one issuance, and each issuance that was wanted is confirmed."""
    confirmed = Counter(each["file"] for each in books.ours["issuances"] if each["row"] == "confirmed")
    for name in books.audiences:
        if confirmed[f"{name}.csv"] != 1:
            yield f"“{name}” was issued {confirmed[f'{name}.csv']} times"


def sums(books: Books) -> Iterator[str]:
    """The buckets of every issuance add up to the lines of its file, and nothing is left in doubt."""
    for each in books.ours["issuances"]:
        total = sum(each["left_out"].values()) + sum(each[name] for name in BUCKETS)
        if total != each["lines"]:
            yield f"issuance {each['issuance']}: {total} of {each['lines']} lines"
        if each["row"] == "confirmed" and (each["unknown"] or each["in_progress"] or each["not_sent"]):
            doubt = {name: each[name] for name in ("unknown", "in_progress", "not_sent")}
            yield f"issuance {each['issuance']} is not at rest: {doubt}"
    for name, issuance in books.issuances.items():
        ours = next(each for each in books.ours["issuances"] if each["issuance"] == issuance)
        audience = books.audiences[name]
        if ours["lines"] != audience.lines:
            yield f"“{name}” has {audience.lines} lines, our ledger says {ours['lines']}"
        if ours["left_out"].get(EXCLUDED, 0) != len(audience.excluded):
            yield f"“{name}”: {len(audience.excluded)} are on a list, {ours['left_out'].get(EXCLUDED, 0)} were left out"


def jobs(books: Books) -> Iterator[str]:
    """Each batch that was accepted is one job at Thanx, of the bytes that were confirmed, and there is no other job."""
    theirs = books.jobs
    if len(theirs) != len(books.theirs["jobs"]):
        yield "two jobs have the same key"
    known = {batch["key"] for batch in books.batches if batch["key"]}
    for key in set(theirs) - known:
        yield f"job {theirs[key]['id']} is of no batch"
    for batch in books.batches:
        yield from _job_of(batch, theirs.get(batch["key"]))


def _job_of(batch: Book, job: Book | None) -> Iterator[str]:
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


def counts(books: Books) -> Iterator[str]:
    """Both ledgers have the same numbers for each job."""
    for batch in books.batches:
        job = books.jobs.get(batch["key"])
        if job is None or batch["state"] not in AT_REST:
            continue
        name = f"job {job['id']} ({job['state']}, {batch['size']} people)"
        if job["total_count"] != batch["size"] or batch["size"] != len(batch["people"]):
            yield f"{name}: {batch['size']} here, {job['total_count']} there"
        if batch["issued"] != job["success_count"]:
            yield f"{name}: issued {batch['issued']} here, {job['success_count']} there"
        nobody_got_any = batch["state"] == "failed" and job["success_count"] == 0
        failed = batch["size"] if nobody_got_any else job["failure_count"]
        if batch["failed"] != failed:
            yield f"{name}: failed {batch['failed']} here, {failed} there"
        if batch["state"] == "completed" and len(batch["failures"]) != batch["failed"]:
            yield f"{name}: {len(batch['failures'])} of {batch['failed']} failures are listed"


def recipients(books: Books) -> Iterator[str]:
    """Each person was issued to as often as our ledger says: once, or not at all. Controls never."""
    times: Counter[str] = Counter()
    reached: set[str] = set()
    for group in books.issued:
        if group["variant"] == "Control":
            yield f"{len(group['identifiers'])} people of the control were sent"
        for identifier, number in group["identifiers"].items():
            times[identifier.partition(":")[2]] += number
            reached.add(identifier.partition(":")[2])
    twice = sum(number > 1 for number in times.values())
    if twice:
        yield f"{twice} people were issued to more than once"
    for batch in books.batches:
        yield from _recipients_of(batch, times=times, reached=reached)
    excluded = reached & {one for audience in books.audiences.values() for one in audience.excluded}
    if excluded:
        yield f"{len(excluded)} people were issued to although they are on a list"
    strange = reached - {one for batch in books.batches for one in batch["people"]}
    if strange:
        yield f"{len(strange)} people were issued to whom we do not know"


def _recipients_of(batch: Book, *, times: Counter[str], reached: set[str]) -> Iterator[str]:
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


def campaigns(books: Books) -> Iterator[str]:
    """One campaign here is one campaign at Thanx, whatever became of the answers."""
    there = Counter(each["name"] for each in books.theirs["campaigns"])
    ours = {each["thanx_id"]: each for each in books.ours["campaigns"] if each["thanx_id"]}
    for name, number in there.items():
        if number != 1:
            yield f"“{name}” is {number} campaigns at Thanx"
    for each in books.theirs["campaigns"]:
        if each["id"] not in ours:
            yield f"“{each['name']}” is not known here"
    for each in books.ours["campaigns"]:
        if each["state"] != "live":
            yield f"“{each['name']}” is {each['state']}"
        if each["made_elsewhere"]:
            yield f"“{each['name']}” was taken for somebody else's"


def wire(books: Books) -> Iterator[str]:
    """No rule of the wire was broken, one key carried one body, and nothing was sent that our ledger does not hold."""
    for rule, number in books.theirs["violations"]["by_rule"].items():
        if rule not in OF_TIME:
            yield f"{rule} broken {number} times: {_broken(books, rule)}"
    bodies: dict[str, set[str]] = {}
    for request in books.requests:
        key = request["headers"].get("X-Idempotency-Key")
        if key:
            bodies.setdefault(key, set()).add(request["body_sha256"])
    batches = {batch["key"]: batch["digest"] for batch in books.batches}
    for key, digests in bodies.items():
        if digests != {batches.get(key)}:
            yield f"key {key} carried {len(digests)} bodies, or not the one that was confirmed"
    sent = books.ours["sent"]["calls"]
    for endpoint, number in books.theirs["requests"]["by_endpoint"].items():
        if number > sent.get(endpoint, 0):
            yield f"{endpoint}: {number} requests came, our ledger holds {sent.get(endpoint, 0)}"


def _broken(books: Books, rule: str) -> str:
    """Return the first request that broke a rule."""
    found = next((request for request in books.requests if rule in request.get("violations", ())), None)
    return f"{found['method']} {found['path']}" if found else "by a request that is not kept"


def pace(books: Books) -> Iterator[str]:
    """No window held more starts than it may, nothing was read again too soon, and our ledger tells when they were.

    A busy machine may hold up one request on its way and not the next, so that they arrive closer than they started.
    Our own ledger is believed only because nothing may arrive before it says that it started.
    """
    starts = books.ours["sent"]["starts"]
    for limit, window in ((books.per_second, SECOND), (books.per_quarter_hour, QUARTER_HOUR)):
        if (most := _most_within(starts, window)) > limit:
            yield f"{most} requests started within {window:g} s"
    apart = [late - early for times in books.ours["sent"]["reads"] for early, late in pairwise(times)]
    if min(apart, default=READS_APART) < READS_APART:
        yield f"the same was read again after {min(apart):.3f} s"
    arrivals = sorted(request["at"] for request in books.requests)
    early = [start - at for start, at in zip(starts, arrivals, strict=False) if at < start - CLOCKS_DIFFER]
    if early:
        yield f"{len(early)} requests came before they started, one by {max(early):.3f} s"


def _most_within(starts: Sequence[float], window: float) -> int:
    """Return the most starts in any window, from sorted times."""
    return max((bisect_left(starts, at + window) - place for place, at in enumerate(starts)), default=0)


def manners(books: Books) -> Iterator[str]:
    """A job of which everything is known is not read again."""
    for request in books.requests:
        job = request["path"].removeprefix("/partner/issuance_jobs/")
        since = books.settled_since.get(job)
        if request["method"] == "GET" and since is not None and request["at"] > since + UNDER_WAY_SECONDS:
            yield f"job {job} was read {request['at'] - since:.1f} s after it was settled"
