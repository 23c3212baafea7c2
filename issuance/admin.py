"""Issuances and all that belongs to them in Django's admin, to be read only; its actions are the acts of the pages."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import permissions
from accounts.permissions import Act
from issuance.jobs import polling, webhook_inbox
from issuance.models import (
    ApprovalRequest,
    Batch,
    BatchEvent,
    Correction,
    Delivery,
    ExcludedGuest,
    ExclusionList,
    Failure,
    Issuance,
    IssuanceEvent,
    IssuedReward,
    Manifest,
    Member,
    MemberIndex,
    Recipient,
    RejectedLine,
    RememberedColumns,
    RevocationRequest,
    Settlement,
    Upload,
)
from issuance.sending import decisions, stopping
from ui.admin import WatchedAdmin, WatchedInline, watch

IMPOSSIBLE = (
    decisions.NotPossible,
    webhook_inbox.NotReplayable,
    polling.NothingToCheck,
    polling.TooSoon,
    stopping.NothingToChange,
)


class IssuanceEvents(WatchedInline):
    """The moves of an issuance, oldest first."""

    model = IssuanceEvent
    fields: ClassVar[tuple[str, ...]] = ("at", "move", "before", "after", "by")
    readonly_fields = fields


class BatchEvents(WatchedInline):
    """The moves of a batch, oldest first."""

    model = BatchEvent
    fields: ClassVar[tuple[str, ...]] = ("at", "move", "before", "after", "by", "facts")
    readonly_fields = fields


class ActingAdmin(WatchedAdmin):
    """Rows with actions. Nothing here spends or takes away rewards: that takes a number, a reason, a second user."""

    act: ClassVar[Act]

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the user may use the actions."""
        return permissions.may(request.user, self.act)

    def each(self, request: HttpRequest, rows: QuerySet[Any], act: Callable[..., object]) -> None:
        """Do one act to every chosen row, and say for how many it was possible."""
        done, impossible = 0, 0
        for row in rows:
            try:
                act(row, by=request.user, at=timezone.now())
            except IMPOSSIBLE:
                impossible += 1
            else:
                done += 1
        if done:
            self.message_user(request, f"Done for {done}.", messages.SUCCESS)
        if impossible:
            self.message_user(request, f"Not possible for {impossible}: they stand differently.", messages.WARNING)


def action(description: str, act: Callable[..., object]) -> Callable[..., None]:
    """Return an action of an ActingAdmin. The act gets a row, the user as `by` and the time as `at`."""

    @admin.action(description=description, permissions=["act"])
    def for_each(modeladmin: ActingAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
        modeladmin.each(request, rows, act)

    return for_each


@admin.register(Issuance)
class IssuanceAdmin(ActingAdmin):
    list_display = ("id", "merchant", "campaign", "state", "lines", "created_by", "created_at", "confirmed_at")
    list_filter = ("state", "pause_reason", ("stopped_at", admin.EmptyFieldListFilter), "merchant")
    list_select_related = ("merchant", "campaign", "created_by")
    search_fields = ("=id", "campaign__name", "merchant__name", "created_by__email")
    date_hierarchy = "created_at"
    inlines = (IssuanceEvents,)
    act = Act.PAUSE_ISSUANCES
    actions = ("pause", "resume", "stop")

    pause = action("Pause: send no further job", lambda row, **who: stopping.pause(issuance=row, **who))
    resume = action("Resume what is paused", lambda row, **who: stopping.resume(issuance=row, **who))
    stop = action(
        "Stop for good: leave unsent what was not sent", lambda row, **who: stopping.stop(issuance=row, **who)
    )


@admin.register(Batch)
class BatchAdmin(ActingAdmin):
    list_display = ("id", "issuance", "number", "variant", "size", "state", "job_state", "error_code", "due_at")
    list_filter = ("state", "error_code", "maybe_sent", "is_control", "issuance__merchant")
    list_select_related = ("issuance", "variant")
    search_fields = ("=id", "=issuance__id", "=job_id", "=idempotency_key", "issuance__campaign__name")
    readonly_fields = ("idempotency_key", "due_at")
    inlines = (BatchEvents,)
    act = Act.FOLLOW_UP
    actions = ("check_now", "ask_again", "watch_again")

    check_now = action("Read the job now", lambda row, **who: polling.check_now(batch=row, **who))
    ask_again = action("Ask Thanx again with the same key", lambda row, **who: decisions.ask_again(batch=row, **who))
    watch_again = action("Watch the job again", lambda row, **who: decisions.watch_again(batch=row, **who))


@admin.register(Delivery)
class DeliveryAdmin(ActingAdmin):
    """The body stays sealed: it names guests."""

    list_display = ("id", "received_at", "event", "state", "job_id", "batch", "digested_at")
    list_filter = ("state", "event")
    list_select_related = ("batch__issuance",)
    search_fields = ("=id", "=job_id", "=digest")
    date_hierarchy = "received_at"
    exclude = ("sealed_body",)
    readonly_fields = ("due_at",)
    act = Act.REPLAY_WEBHOOKS
    actions = ("replay",)

    replay = action("Digest once more", lambda row, **who: webhook_inbox.replay(delivery=row, **who))


watch(
    Failure,
    list_display=("id", "batch", "position", "reason_code", "reason", "seen_at", "retry"),
    list_filter=("reason_code",),
    list_select_related=("batch__issuance", "retry"),
    search_fields=("=batch__id", "=batch__issuance__id", "=batch__job_id", "reason"),
)
watch(
    Settlement,
    list_display=("id", "issuance", "guests", "note", "by", "at", "reopened_at"),
    list_filter=(("reopened_at", admin.EmptyFieldListFilter),),
    list_select_related=("issuance", "by"),
    search_fields=("=issuance__id", "note", "by__email"),
    date_hierarchy="at",
)
for request in (ApprovalRequest, RevocationRequest):
    watch(
        request,
        list_display=("id", "issuance", "rewards", "asked_by", "asked_at", "outcome", "ended_by", "ended_at"),
        list_filter=("outcome",),
        list_select_related=("issuance", "asked_by", "ended_by"),
        search_fields=("=issuance__id", "asked_by__email", "ended_by__email"),
        date_hierarchy="asked_at",
    )
# What was written stays sealed: it is a guest's identifier.
watch(
    Correction,
    list_display=("id", "issuance", "failure", "by", "at"),
    list_select_related=("issuance", "failure__batch", "by"),
    search_fields=("=issuance__id", "by__email"),
    exclude=("sealed_value", "fingerprint"),
)
watch(
    IssuedReward,
    list_display=("id", "batch", "position", "reward_id", "issued_at"),
    list_select_related=("batch__issuance",),
    search_fields=("=batch__id", "=batch__issuance__id", "=batch__job_id", "=reward_id"),
)
# The identifiers stay in the manifest; pages find a guest by the identifier's fingerprint.
watch(
    Recipient,
    list_display=("id", "batch", "position", "line"),
    list_select_related=("batch__issuance",),
    search_fields=("=id", "=batch__id", "=batch__job_id"),
)
watch(
    RejectedLine,
    list_display=("id", "issuance", "line", "reason", "kept_line"),
    list_filter=("reason",),
    list_select_related=("issuance",),
    search_fields=("=issuance__id", "=line"),
    exclude=("sealed_value", "fingerprint"),
)
watch(
    Upload,
    list_display=("id", "issuance", "file_name", "size", "lines_read", "uploaded_at"),
    list_select_related=("issuance",),
    search_fields=("=issuance__id", "file_name", "=digest"),
    date_hierarchy="uploaded_at",
    exclude=("sealed_sheets",),
)
watch(
    RememberedColumns,
    list_display=("merchant", "mapping", "prefers", "header_row", "sheet", "used_at"),
    list_select_related=("merchant",),
    search_fields=("merchant__name", "sheet"),
    date_hierarchy="used_at",
)
watch(
    Manifest,
    list_display=("batch", "erased_at"),
    list_select_related=("batch__issuance",),
    search_fields=("=batch__id", "=batch__issuance__id"),
    exclude=("sealed_body", "sealed_lines"),
)
watch(
    IssuanceEvent,
    list_display=("at", "issuance", "move", "before", "after", "by"),
    list_filter=("move",),
    list_select_related=("issuance", "by"),
    search_fields=("=issuance__id", "by__email"),
    date_hierarchy="at",
)
watch(
    BatchEvent,
    list_display=("at", "batch", "move", "before", "after", "by"),
    list_filter=("move",),
    list_select_related=("batch__issuance", "by"),
    search_fields=("=batch__id", "=batch__job_id", "by__email"),
    date_hierarchy="at",
)
watch(
    ExclusionList,
    list_display=("name", "merchant", "guests", "created_by", "changed_at", "removed_at"),
    list_filter=("merchant", ("removed_at", admin.EmptyFieldListFilter)),
    list_select_related=("merchant", "created_by"),
    search_fields=("name", "merchant__name"),
)
# Fingerprints only: no guest can be recognised here.
watch(
    ExcludedGuest, list_display=("id", "list"), list_select_related=("list__merchant",), list_filter=("list__merchant",)
)
watch(
    MemberIndex,
    list_display=("merchant", "as_of", "changed_since", "begun_at", "next_page", "pages", "problem", "due_at"),
    list_select_related=("merchant",),
    list_filter=("problem",),
    search_fields=("merchant__name",),
)
# Thanx's own ids and fingerprints only: no guest can be recognised here.
watch(
    Member,
    list_display=("user_id", "merchant"),
    list_select_related=("merchant",),
    list_filter=("merchant",),
    search_fields=("user_id",),
)
