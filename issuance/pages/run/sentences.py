"""The words of the status pill, and the sentence beside it."""

from collections.abc import Collection, Sequence

from issuance.ledger import Buckets
from issuance.sending.status import IssuanceSummary
from issuance.states import BatchState
from ui.status import Status
from ui.wording import clock, counted, listed

WAITING = frozenset({BatchState.QUEUED, BatchState.SUBMITTING})


def sentence_of(*, summary: IssuanceSummary, states: Sequence[BatchState], sharing: int = 0) -> str:
    """Return the sentence for an issuance's status. `states` are those of its jobs, held-back ones excepted.

    `sharing` other merchants wait to send, too.
    """
    buckets = summary.buckets
    asking = _number(states, {BatchState.NEEDS_ATTENTION})
    revoking = _number(states, {BatchState.REVOKE_QUEUED, BatchState.REVOKING})
    sent = len(states) - _number(states, WAITING)
    sentences = {
        Status.STARTS_SOON: f"{counted(len(states), 'job')} to be sent. {_before_sending(buckets)}",
        Status.QUEUED: f"{counted(len(states), 'job')} to be sent. {_before_sending(buckets)}",
        Status.SENDING: f"{sent:,} of {counted(len(states), 'job')} handed to Thanx; {_done(buckets)}."
        f" {_unsure(buckets)}".rstrip(),
        Status.IN_PROGRESS: f"Thanx is issuing: {_done(buckets)}.",
        Status.REVOKING: f"The rewards of {counted(revoking, 'job')} are being revoked. {_so_far(buckets)}",
        Status.NEEDS_YOU: f"{counted(asking, 'job needs', 'jobs need')} your decision. {_rest(buckets)}".strip(),
        Status.PAUSED: f"{counted(summary.waiting, 'job waits', 'jobs wait')} to be sent; {_done(buckets)}.",
        Status.STOPPED: _after_stop(buckets),
        Status.REVOKED: f"{counted(buckets.revoked, 'reward')} revoked. {_rest(buckets)}".strip(),
    }
    found = sentences.get(summary.status) or _at_the_end(buckets)
    return f"{found} {_in_turn(sharing)}".rstrip()


def _number(states: Sequence[BatchState], wanted: Collection[BatchState]) -> int:
    return sum(state in wanted for state in states)


def _in_turn(sharing: int) -> str:
    if not sharing:
        return ""
    others = "Another merchant sends" if sharing == 1 else f"{sharing:,} other merchants send"
    return f"{others} at the same time: the jobs of each go out in turn."


def _before_sending(buckets: Buckets) -> str:
    return _unsure(buckets) or "Nothing has been sent yet."


def _unsure(buckets: Buckets) -> str:
    """Return what is done about guests whose outcome is unknown; empty if there are none."""
    if not buckets.unknown:
        return ""
    guests = counted(buckets.unknown, "guest")
    return f"Outcome unknown for {guests}: we are asking Thanx again with the same key, which cannot issue twice."


def _so_far(buckets: Buckets) -> str:
    if not buckets.revoked:
        return "None is revoked yet."
    return f"{counted(buckets.revoked, 'is', 'are')} revoked so far."


def _after_stop(buckets: Buckets) -> str:
    if buckets.in_progress:
        unsent = counted(buckets.not_sent, "guest is", "guests are")
        return f"Jobs at Thanx run on, {_done(buckets)}. {unsent} not sent."
    issued = counted(buckets.issued, "reward was", "rewards were") if buckets.issued else "No reward was"
    return f"{issued} issued. {_rest(buckets)}".strip()


def _at_the_end(buckets: Buckets) -> str:
    if not buckets.addressed:
        return f"Nothing was to be sent: {counted(buckets.held_back, 'guest is', 'guests are')} held back."
    if not buckets.issued and not buckets.unknown and not buckets.revoked:
        return "Nothing was issued."
    if buckets.issued == buckets.addressed:
        return f"Every reward was issued: {buckets.issued:,} of {buckets.addressed:,}."
    return f"{counted(buckets.issued, 'reward was', 'rewards were')} issued. {_rest(buckets)}".strip()


def _rest(buckets: Buckets) -> str:
    parts = [
        (buckets.failed, f"{counted(buckets.failed, 'guest')} got none"),
        (buckets.unknown, f"for {counted(buckets.unknown, 'guest')} we do not know"),
        (buckets.not_sent, f"{counted(buckets.not_sent, 'guest was', 'guests were')} not sent"),
    ]
    if buckets.issued and buckets.revoked:
        parts.insert(0, (buckets.revoked, f"{counted(buckets.revoked, 'reward was', 'rewards were')} revoked"))
    shown = [words for count, words in parts if count]
    sentence = listed(shown) if shown else ""
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _done(buckets: Buckets) -> str:
    done = buckets.issued + buckets.failed + buckets.revoked
    return f"{done:,} of {counted(buckets.addressed, 'guest')} done"


def pill_words(summary: IssuanceSummary) -> str:
    """Return the words of the status pill, which may say more than the status: "Paused after 3 of 9 jobs"."""
    label, failed = summary.status.label, summary.buckets.failed
    if summary.status == Status.REVOKED:
        return f"{label} {summary.buckets.revoked:,}"
    if summary.status == Status.STARTS_SOON and summary.starts_in is not None:
        return f"Starts in {clock(summary.starts_in)}"
    if summary.status == Status.COMPLETED_WITH_FAILURES and failed:
        return f"{label} ({failed:,})"
    unsent = {Status.PAUSED: summary.waiting, Status.STOPPED: summary.stopped}.get(summary.status)
    return label if unsent is None else f"{label} after {summary.jobs - unsent:,} of {counted(summary.jobs, 'job')}"
