"""The states of a batch and of an issuance, and every edge from one to another. Nothing else.

A batch is one call with one key. All that can happen to it is an edge in `EDGES`.
"""

from django.db.models import TextChoices


class BatchState(TextChoices):
    """The state of a batch."""

    DRAFT = "draft", "Draft"
    DISCARDED = "discarded", "Discarded"
    HELD_BACK = "held_back", "Held back"
    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Submitting"
    WATCHING = "watching", "Watching"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"
    REVOKE_QUEUED = "revoke_queued", "Revoke queued"
    REVOKING = "revoking", "Revoking"
    REVOKED = "revoked", "Revoked"
    STOPPED = "stopped", "Stopped"


class BatchMove(TextChoices):
    """What happens to a batch."""

    CONFIRMED = "confirmed", "a user confirmed the issuance"
    HELD_BACK = "held_back", "the control is kept here and never sent"
    DISCARDED = "discarded", "a user discarded the draft"
    CLAIMED = "claimed", "a worker is about to call Thanx"
    ACCEPTED = "accepted", "Thanx answered with a job"
    REFUSED = "refused", "Thanx refused the call"
    POSTPONED = "postponed", "no answer yet: the same bytes again, later, under the same key"
    WITHHELD = "withheld", "sending was held up before the call was made: nothing was sent"
    LEASE_EXPIRED = "lease_expired", "the worker died while it was calling"
    GAVE_UP = "gave_up", "too old or tried too often: a user decides"
    SEEN_COMPLETED = "seen_completed", "the job is completed"
    SEEN_FAILED = "seen_failed", "the job has failed"
    SEEN_REVOKING = "seen_revoking", "the job is being revoked"
    SEEN_REVOKED = "seen_revoked", "the job is revoked"
    REVOKE_ASKED = "revoke_asked", "a user asked to revoke the job"
    REVOKE_REFUSED = "revoke_refused", "Thanx refused to revoke: the completed job stays as it is"
    REVOKE_REFUSED_FAILED = "revoke_refused_failed", "Thanx refused to revoke: the failed job stays as it is"
    ASKED_AGAIN = "asked_again", "a user lets the same bytes be sent again under the same key"
    WATCHED_AGAIN = "watched_again", "there is news of the job, or a user had it polled or named it"
    SETTLED = "settled", "a user learned that nothing was issued"
    CONTRADICTED = "contradicted", "Thanx reported rewards although the batch was settled as not issued"
    STOPPED = "stopped", "a user stopped the issuance, and this was surely never sent"


S, M = BatchState, BatchMove

EDGES: dict[tuple[BatchState, BatchMove], BatchState] = {
    (S.DRAFT, M.CONFIRMED): S.QUEUED,
    (S.DRAFT, M.HELD_BACK): S.HELD_BACK,
    (S.DRAFT, M.DISCARDED): S.DISCARDED,
    (S.QUEUED, M.CLAIMED): S.SUBMITTING,
    (S.QUEUED, M.GAVE_UP): S.NEEDS_ATTENTION,
    (S.QUEUED, M.STOPPED): S.STOPPED,
    (S.SUBMITTING, M.ACCEPTED): S.WATCHING,
    (S.SUBMITTING, M.REFUSED): S.REFUSED,
    (S.SUBMITTING, M.POSTPONED): S.QUEUED,
    (S.SUBMITTING, M.WITHHELD): S.QUEUED,
    (S.SUBMITTING, M.LEASE_EXPIRED): S.QUEUED,
    (S.SUBMITTING, M.GAVE_UP): S.NEEDS_ATTENTION,
    (S.WATCHING, M.SEEN_COMPLETED): S.COMPLETED,
    (S.WATCHING, M.SEEN_FAILED): S.FAILED,
    (S.WATCHING, M.SEEN_REVOKING): S.REVOKING,
    (S.WATCHING, M.SEEN_REVOKED): S.REVOKED,
    (S.WATCHING, M.GAVE_UP): S.NEEDS_ATTENTION,
    (S.COMPLETED, M.REVOKE_ASKED): S.REVOKE_QUEUED,
    (S.COMPLETED, M.SEEN_REVOKING): S.REVOKING,
    (S.COMPLETED, M.SEEN_REVOKED): S.REVOKED,
    (S.FAILED, M.REVOKE_ASKED): S.REVOKE_QUEUED,
    (S.FAILED, M.SEEN_REVOKING): S.REVOKING,
    (S.FAILED, M.SEEN_REVOKED): S.REVOKED,
    (S.REVOKE_QUEUED, M.SEEN_REVOKING): S.REVOKING,
    (S.REVOKE_QUEUED, M.SEEN_REVOKED): S.REVOKED,
    (S.REVOKE_QUEUED, M.REVOKE_REFUSED): S.COMPLETED,
    (S.REVOKE_QUEUED, M.REVOKE_REFUSED_FAILED): S.FAILED,
    (S.REVOKING, M.SEEN_REVOKED): S.REVOKED,
    (S.REVOKING, M.GAVE_UP): S.NEEDS_ATTENTION,
    (S.NEEDS_ATTENTION, M.ASKED_AGAIN): S.QUEUED,
    (S.NEEDS_ATTENTION, M.WATCHED_AGAIN): S.WATCHING,
    (S.NEEDS_ATTENTION, M.SETTLED): S.REFUSED,
    (S.NEEDS_ATTENTION, M.STOPPED): S.STOPPED,
    (S.REFUSED, M.CONTRADICTED): S.WATCHING,
}

KEYLESS = frozenset({S.DRAFT, S.DISCARDED, S.HELD_BACK})
"""There is no call, so there is no key: before the confirmation, and for controls that are kept here."""

WITH_JOB = frozenset({S.WATCHING, S.COMPLETED, S.FAILED, S.REVOKE_QUEUED, S.REVOKING, S.REVOKED})
"""Thanx has given the batch a job's id."""

TAKEN_BACK = frozenset({S.REVOKE_QUEUED, S.REVOKING, S.REVOKED})
"""The rewards are revoked, or are to be."""

REVOCABLE = frozenset({S.COMPLETED, S.FAILED})
"""POST /partner/issuance_jobs/{id}/revoke is a 422 from anywhere else."""

POLLED = frozenset({S.WATCHING, S.REVOKING, S.COMPLETED, S.FAILED})
"""Their jobs are polled; an ended one only until its counts and its list of failures have been read."""

ENDED = frozenset({S.COMPLETED, S.FAILED, S.REFUSED, S.REVOKED, S.HELD_BACK, S.DISCARDED, S.STOPPED})
"""The engine has nothing more to do."""

AT_WORK = frozenset({S.QUEUED, S.SUBMITTING, S.WATCHING, S.REVOKE_QUEUED, S.REVOKING})
"""The engine has something more to do."""


class IssuanceState(TextChoices):
    """The state of an issuance. After the confirmation its progress is that of its batches."""

    DRAFT = "draft", "Draft"
    READING = "reading", "Reading"
    UNREADABLE = "unreadable", "Unreadable"
    READY = "ready", "Ready"
    WAITING_FOR_APPROVAL = "waiting_for_approval", "Waiting for approval"
    CONFIRMED = "confirmed", "Confirmed"
    DISCARDED = "discarded", "Discarded"


class IssuanceMove(TextChoices):
    """What happens to an issuance."""

    UPLOADED = "uploaded", "a user added the people"
    READ = "read", "every line is a recipient or left out"
    UNREADABLE = "unreadable", "the file cannot be used as it is"
    REREAD = "reread", "the columns, the campaign or its groups changed: read again"
    APPROVAL_ASKED = "approval_asked", "it is larger than the user may decide alone"
    APPROVAL_DECLINED = "approval_declined", "another user declined, and said why"
    APPROVAL_WITHDRAWN = "approval_withdrawn", "a user withdrew the request"
    APPROVAL_VOIDED = "approval_voided", "what was asked for is not what would go out now"
    CONFIRMED = "confirmed", "a user confirmed or approved: the keys are minted"
    STARTED_NOW = "started_now", "a user ended the grace before the first call"
    DISCARDED = "discarded", "a user discarded the draft"
    RELEASED = "released", "the first small job went well: the rest goes out"
    PAUSED = "paused", "a user paused it: what was not sent waits"
    ALARMED = "alarmed", "too many guests of one job failed: the rest waits for a user"
    RESUMED = "resumed", "a user lets the rest go out"
    STOPPED = "stopped", "a user stopped it: what was not sent never is"


I, IM = IssuanceState, IssuanceMove  # noqa: E741

ISSUANCE_EDGES: dict[tuple[IssuanceState, IssuanceMove], IssuanceState] = {
    (I.DRAFT, IM.UPLOADED): I.READING,
    (I.DRAFT, IM.DISCARDED): I.DISCARDED,
    (I.READING, IM.READ): I.READY,
    (I.READING, IM.UNREADABLE): I.UNREADABLE,
    (I.READING, IM.REREAD): I.READING,
    (I.READING, IM.DISCARDED): I.DISCARDED,
    (I.UNREADABLE, IM.UPLOADED): I.READING,
    (I.UNREADABLE, IM.REREAD): I.READING,
    (I.UNREADABLE, IM.DISCARDED): I.DISCARDED,
    (I.READY, IM.UPLOADED): I.READING,
    (I.READY, IM.REREAD): I.READING,
    (I.READY, IM.APPROVAL_ASKED): I.WAITING_FOR_APPROVAL,
    (I.READY, IM.CONFIRMED): I.CONFIRMED,
    (I.READY, IM.DISCARDED): I.DISCARDED,
    (I.WAITING_FOR_APPROVAL, IM.CONFIRMED): I.CONFIRMED,
    (I.WAITING_FOR_APPROVAL, IM.APPROVAL_DECLINED): I.READY,
    (I.WAITING_FOR_APPROVAL, IM.APPROVAL_WITHDRAWN): I.READY,
    (I.WAITING_FOR_APPROVAL, IM.APPROVAL_VOIDED): I.READY,
    (I.WAITING_FOR_APPROVAL, IM.UPLOADED): I.READING,
    (I.WAITING_FOR_APPROVAL, IM.REREAD): I.READING,
    (I.WAITING_FOR_APPROVAL, IM.DISCARDED): I.DISCARDED,
    (I.CONFIRMED, IM.STARTED_NOW): I.CONFIRMED,
    (I.CONFIRMED, IM.RELEASED): I.CONFIRMED,
    (I.CONFIRMED, IM.PAUSED): I.CONFIRMED,
    (I.CONFIRMED, IM.ALARMED): I.CONFIRMED,
    (I.CONFIRMED, IM.RESUMED): I.CONFIRMED,
    (I.CONFIRMED, IM.STOPPED): I.CONFIRMED,
}

DIVIDED = frozenset({I.READY, I.WAITING_FOR_APPROVAL, I.CONFIRMED})
"""Its people are read and have their arms: its batches hold every recipient."""
