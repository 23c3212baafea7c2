"""Campaigns and the catalog in Django's admin: rows to be read only, with the same acts as the pages.

Operators may change what Thanx does not know of a merchant: time zone, country, organisation at Capillary, limits.
"""

import zoneinfo
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, permissions
from accounts.permissions import Act
from campaigns import creation
from campaigns.catalog import refresh
from campaigns.models import Campaign, CampaignEvent, Credential, Halt, Location, Merchant, RewardTemplate, Variant
from engine.moves import IllegalMove, Overtaken
from ui.admin import WatchedAdmin, WatchedInline, watch

if TYPE_CHECKING:
    MerchantModelForm = forms.ModelForm[Merchant]
else:
    MerchantModelForm = forms.ModelForm


class VariantInline(WatchedInline):
    model = Variant
    fields = ("position", "name", "reward_template", "share", "thanx_id")


class EventInline(WatchedInline):
    model = CampaignEvent
    fields = ("at", "before", "move", "after", "by")


class MerchantForm(MerchantModelForm):
    class Meta:
        model = Merchant
        fields = ("time_zone", "country", "capillary_org", "daily_cap", "unpriced_value")

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        if name not in zoneinfo.available_timezones():
            raise ValidationError("Use a name such as America/New_York or Europe/Oslo.")
        return name

    def clean_country(self) -> str:
        code = str(self.cleaned_data["country"]).upper()
        if len(code) != 2 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004
            raise ValidationError("Use the two letters of ISO 3166, such as US or NO.")
        return code


@admin.register(Merchant)
class MerchantAdmin(WatchedAdmin):
    form = MerchantForm
    list_display = ("name", "handle", "time_zone", "country", "daily_cap", "as_of", "problem", "vanished_at", "used_at")
    list_filter = ("problem", "country", "time_zone")
    search_fields = ("name", "handle", "thanx_id")
    readonly_fields = (
        "thanx_id",
        "name",
        "handle",
        "as_of",
        "problem",
        "problem_at",
        "vanished_at",
        "used_at",
        "due_at",
    )
    actions = ("refresh_now",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff and admin.ModelAdmin.has_change_permission(self, request, obj))

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        # Only what the form shows: a worker may be writing the rest of the row.
        changed = {name: getattr(obj, name) for name in MerchantForm.Meta.fields if name in form.changed_data}
        if change and changed:
            before = {name: form.initial[name] for name in changed}
            Merchant.objects.filter(pk=obj.pk).update(**changed)
            told: dict[str, Any] = {"before": before, "after": changed}
            by, at = _actor(request), timezone.now()
            audit.record(action="merchant.changed", on=obj, by=by, at=at, merchant_id=obj.pk, **told)

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        return permissions.may(request.user, Act.REFRESH_CATALOG)

    @admin.action(description="Read the catalog at Thanx now", permissions=["refresh"])
    def refresh_now(self, request: HttpRequest, queryset: QuerySet[Merchant]) -> None:
        by, at = _actor(request), timezone.now()
        asked = sum(refresh.ask_for_refresh(merchant=merchant, by=by, at=at).is_asked for merchant in queryset)
        self.message_user(
            request, f"{asked} to be read; others were read or asked for less than a minute ago.", messages.SUCCESS
        )


@admin.register(Campaign)
class CampaignAdmin(WatchedAdmin):
    list_display = ("name", "merchant", "state", "made_elsewhere", "start_at", "end_at", "attempts", "error_code")
    list_filter = ("state", "made_elsewhere", "merchant")
    list_select_related = ("merchant",)
    search_fields = ("name", "thanx_id", "merchant__name")
    date_hierarchy = "created_at"
    inlines = (VariantInline, EventInline)
    actions = ("take_back",)

    def has_prepare_permission(self, request: HttpRequest) -> bool:
        return permissions.may(request.user, Act.PREPARE_CAMPAIGNS)

    @admin.action(description="Take refused campaigns back to be changed", permissions=["prepare"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        for campaign in queryset:
            try:
                creation.take_back(campaign=campaign, by=_actor(request), at=timezone.now())
            except (IllegalMove, Overtaken) as refusal:
                self.message_user(request, f"{campaign}: {refusal}", messages.WARNING)


def _actor(request: HttpRequest) -> Any:
    return request.user


watch(
    Credential,
    list_display=("host", "as_of", "problem", "problem_at", "due_at"),
    list_filter=("problem",),
    search_fields=("host",),
)
# When nothing was sent, and why. The switches themselves are on the pages.
watch(
    Halt,
    list_display=("id", "merchant", "reason", "by", "at", "lifted_by", "lifted_at"),
    list_filter=(("lifted_at", admin.EmptyFieldListFilter), "merchant"),
    list_select_related=("merchant", "by", "lifted_by"),
    search_fields=("reason", "merchant__name", "by__email"),
    date_hierarchy="at",
)
watch(
    Location,
    list_display=("name", "merchant", "city", "state", "as_of", "vanished_at"),
    list_filter=("merchant",),
    list_select_related=("merchant",),
    search_fields=("name", "street", "city", "thanx_id"),
)
watch(
    RewardTemplate,
    list_display=(
        "name",
        "merchant",
        "subtype",
        "discount_type",
        "discount_value",
        "redemption_venue",
        "unpublished_at",
    ),
    list_filter=("merchant", "subtype", "discount_type", "redemption_venue"),
    list_select_related=("merchant",),
    search_fields=("name", "description", "thanx_id"),
)
watch(
    Variant,
    list_display=("name", "campaign", "share", "reward_template", "thanx_id"),
    list_select_related=("campaign", "reward_template"),
    search_fields=("name", "campaign__name", "thanx_id"),
)
watch(
    CampaignEvent,
    list_display=("at", "campaign", "before", "move", "after", "by"),
    list_filter=("move", "after"),
    list_select_related=("campaign", "by"),
    search_fields=("campaign__name",),
)
