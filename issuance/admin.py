"""Windows on issuances and all that belongs to them. Admin watches; its actions are the acts of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from engine.admin import WatchedAdmin
from issuance.followup import revocation
from issuance.jobs import polling, webhook_inbox
from issuance.models import (
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
from vault.models import SealedKey

if TYPE_CHECKING:
    Inline = admin.TabularInline[Any, Any]
else:
    Inline = admin.TabularInline

IMPOSSIBLE = (
    decisions.NotPossible,
    webhook_inbox.NotReplayable,
    polling.NothingToCheck,
    polling.TooSoon,
    revocation.NothingToRevoke,
    revocation.ReasonMissing,
    stopping.StandsDifferently,
)


class Events(Inline):
    """The moves of a row, oldest first."""

    extra = 0
    can_delete = False
    fields: ClassVar[tuple[str, ...]] = ("at", "move", "before", "after", "by")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class IssuanceEvents(Events):
    model = IssuanceEvent


class BatchEvents(Events):
    model = BatchEvent
    fields = ("at", "move", "before", "after", "by", "facts")
    readonly_fields = fields


class ReasonForm(ActionForm):
    """Revoking takes a reason."""

    reason = forms.CharField(required=False, max_length=revocation.LONGEST_REASON, label="Reason (for revoking)")


class ActingAdmin(WatchedAdmin):
    """A window with actions. They need the model's change permission, although nothing can be edited by hand."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the user may use the actions."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def each(self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object]) -> None:
        """Do one act to every chosen row and tell for how many it was possible."""
        done, impossible = 0, 0
        for row in rows:
            try:
                act(row)
            except IMPOSSIBLE:
                impossible += 1
            else:
                done += 1
        if done:
            self.message_user(request, f"Done for {done}.", messages.SUCCESS)
        if impossible:
            self.message_user(request, f"Not possible for {impossible}: they stand differently.", messages.WARNING)


@admin.register(Issuance)
class IssuanceAdmin(ActingAdmin):
    list_display = ("id", "merchant", "campaign", "state", "lines", "created_by", "created_at", "confirmed_at")
    list_filter = ("state", "pause_reason", ("stopped_at", admin.EmptyFieldListFilter), "merchant")
    list_select_related = ("merchant", "campaign", "created_by")
    search_fields = ("=id", "campaign__name", "merchant__name", "created_by__email")
    date_hierarchy = "created_at"
    inlines = (IssuanceEvents,)
    action_form = ReasonForm
    actions = ("pause", "resume", "stop", "revoke")

    @admin.action(description="Pause: send no further job", permissions=["act"])
    def pause(self, request: HttpRequest, rows: QuerySet[Issuance]) -> None:
        by = request.user
        self.each(request, rows, lambda issuance: stopping.pause(issuance=issuance, by=by, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description="Resume what is paused", permissions=["act"])
    def resume(self, request: HttpRequest, rows: QuerySet[Issuance]) -> None:
        by = request.user
        self.each(request, rows, lambda issuance: stopping.resume(issuance=issuance, by=by, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description="Stop for good: leave unsent what was not sent", permissions=["act"])
    def stop(self, request: HttpRequest, rows: QuerySet[Issuance]) -> None:
        by = request.user
        self.each(request, rows, lambda issuance: stopping.stop(issuance=issuance, by=by, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description="Revoke all jobs that can be revoked", permissions=["act"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Issuance]) -> None:
        reason, by = request.POST.get("reason", ""), request.user
        self.each(
            request,
            rows,
            lambda issuance: revocation.revoke_batches(issuance=issuance, by=by, at=timezone.now(), reason=reason),  # type: ignore[arg-type]
        )


@admin.register(Batch)
class BatchAdmin(ActingAdmin):
    list_display = ("id", "issuance", "number", "variant", "size", "state", "job_state", "error_code", "due_at")
    list_filter = ("state", "error_code", "maybe_sent", "is_control", "issuance__merchant")
    list_select_related = ("issuance", "variant")
    search_fields = ("=id", "=issuance__id", "=job_id", "=idempotency_key", "issuance__campaign__name")
    readonly_fields = ("idempotency_key", "due_at")
    inlines = (BatchEvents,)
    action_form = ReasonForm
    actions = ("check_now", "ask_again", "watch_again", "revoke")

    @admin.action(description="Read the job now", permissions=["act"])
    def check_now(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        by = request.user
        self.each(request, rows, lambda batch: polling.check_now(batch=batch, by=by, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description="Ask Thanx again with the same key", permissions=["act"])
    def ask_again(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        by = request.user
        self.each(request, rows, lambda batch: decisions.ask_again(batch=batch, by=by, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description="Watch the job again", permissions=["act"])
    def watch_again(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        by = request.user
        self.each(request, rows, lambda batch: decisions.watch_again(batch=batch, by=by, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description="Revoke the job", permissions=["act"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        reason, by = request.POST.get("reason", ""), request.user
        self.each(
            request,
            rows,
            lambda batch: revocation.revoke_batches(
                issuance=batch.issuance,
                batches=[batch],
                by=by,  # type: ignore[arg-type]
                at=timezone.now(),
                reason=reason,
            ),
        )


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
    actions = ("replay",)

    @admin.action(description="Digest once more", permissions=["act"])
    def replay(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        by = request.user
        self.each(request, rows, lambda delivery: webhook_inbox.replay(delivery=delivery, by=by, at=timezone.now()))  # type: ignore[arg-type]


@admin.register(Failure)
class FailureAdmin(WatchedAdmin):
    list_display = ("id", "batch", "position", "reason_code", "reason", "seen_at", "retry")
    list_filter = ("reason_code",)
    list_select_related = ("batch__issuance", "retry")
    search_fields = ("=batch__id", "=batch__issuance__id", "=batch__job_id", "reason")


@admin.register(Settlement)
class SettlementAdmin(WatchedAdmin):
    list_display = ("id", "issuance", "guests", "note", "by", "at", "reopened_at")
    list_filter = (("reopened_at", admin.EmptyFieldListFilter),)
    list_select_related = ("issuance", "by")
    search_fields = ("=issuance__id", "note", "by__email")
    date_hierarchy = "at"


@admin.register(RevocationRequest)
class RevocationRequestAdmin(WatchedAdmin):
    list_display = ("id", "issuance", "rewards", "asked_by", "asked_at", "answer", "ended_by", "ended_at")
    list_filter = ("answer",)
    list_select_related = ("issuance", "asked_by", "ended_by")
    search_fields = ("=issuance__id", "asked_by__email", "ended_by__email")
    date_hierarchy = "asked_at"


@admin.register(Correction)
class CorrectionAdmin(WatchedAdmin):
    """What was written stays sealed: it is a guest's identifier."""

    list_display = ("id", "issuance", "failure", "by", "at")
    list_select_related = ("issuance", "failure__batch", "by")
    search_fields = ("=issuance__id", "by__email")
    exclude = ("sealed_value", "fingerprint")


@admin.register(IssuedReward)
class IssuedRewardAdmin(WatchedAdmin):
    list_display = ("id", "batch", "position", "reward_id", "issued_at")
    list_select_related = ("batch__issuance",)
    search_fields = ("=batch__id", "=batch__issuance__id", "=batch__job_id", "=reward_id")


@admin.register(Recipient)
class RecipientAdmin(WatchedAdmin):
    """Who they are stays in the manifest; pages find a guest by the identifier's fingerprint."""

    list_display = ("id", "batch", "position", "line")
    list_select_related = ("batch__issuance",)
    search_fields = ("=id", "=batch__id", "=batch__job_id")


@admin.register(RejectedLine)
class RejectedLineAdmin(WatchedAdmin):
    list_display = ("id", "issuance", "line", "reason", "kept_line")
    list_filter = ("reason",)
    list_select_related = ("issuance",)
    search_fields = ("=issuance__id", "=line")
    exclude = ("sealed_value", "fingerprint")


@admin.register(Upload)
class UploadAdmin(WatchedAdmin):
    list_display = ("id", "issuance", "file_name", "size", "lines_read", "uploaded_at")
    list_select_related = ("issuance",)
    search_fields = ("=issuance__id", "file_name", "=digest")
    date_hierarchy = "uploaded_at"
    exclude = ("sealed_sheets",)


@admin.register(RememberedColumns)
class RememberedColumnsAdmin(WatchedAdmin):
    list_display = ("merchant", "mapping", "prefers", "header_row", "sheet", "used_at")
    list_select_related = ("merchant",)
    search_fields = ("merchant__name", "sheet")
    date_hierarchy = "used_at"


@admin.register(Manifest)
class ManifestAdmin(WatchedAdmin):
    list_display = ("batch", "erased_at")
    list_select_related = ("batch__issuance",)
    search_fields = ("=batch__id", "=batch__issuance__id")
    exclude = ("sealed_body", "sealed_lines")


@admin.register(SealedKey)
class SealedKeyAdmin(WatchedAdmin):
    list_display = ("purpose",)
    search_fields = ("purpose",)
    exclude = ("sealed",)


@admin.register(IssuanceEvent)
class IssuanceEventAdmin(WatchedAdmin):
    list_display = ("at", "issuance", "move", "before", "after", "by")
    list_filter = ("move",)
    list_select_related = ("issuance", "by")
    search_fields = ("=issuance__id", "by__email")
    date_hierarchy = "at"


@admin.register(BatchEvent)
class BatchEventAdmin(WatchedAdmin):
    list_display = ("at", "batch", "move", "before", "after", "by")
    list_filter = ("move",)
    list_select_related = ("batch__issuance", "by")
    search_fields = ("=batch__id", "=batch__job_id", "by__email")
    date_hierarchy = "at"


@admin.register(ExclusionList)
class ExclusionListAdmin(WatchedAdmin):
    list_display = ("name", "merchant", "guests", "created_by", "changed_at", "removed_at")
    list_filter = ("merchant", ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("merchant", "created_by")
    search_fields = ("name", "merchant__name")


@admin.register(ExcludedGuest)
class ExcludedGuestAdmin(WatchedAdmin):
    """Fingerprints only: nobody can be recognised here."""

    list_display = ("id", "list")
    list_select_related = ("list__merchant",)
    list_filter = ("list__merchant",)


@admin.register(MemberIndex)
class MemberIndexAdmin(WatchedAdmin):
    list_display = ("merchant", "as_of", "changed_since", "begun_at", "next_page", "pages", "problem", "due_at")
    list_select_related = ("merchant",)
    list_filter = ("problem",)
    search_fields = ("merchant__name",)


@admin.register(Member)
class MemberAdmin(WatchedAdmin):
    """Thanx's own ids and fingerprints only: nobody can be recognised here."""

    list_display = ("user_id", "merchant")
    list_select_related = ("merchant",)
    list_filter = ("merchant",)
    search_fields = ("user_id",)
