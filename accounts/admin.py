"""Users, their roles and the audit trail in Django's admin. Roles change through `accounts.memberships`."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, memberships
from accounts.models import AuditEntry, Membership, Role, User
from ui.admin import watch

if TYPE_CHECKING:
    MembershipModelAdmin = admin.ModelAdmin[Membership]
    UserModelAdmin = DjangoUserAdmin[User]
else:
    MembershipModelAdmin = admin.ModelAdmin
    UserModelAdmin = DjangoUserAdmin


@admin.register(User)
class UserAdmin(UserModelAdmin):
    """Users, identified by their e-mail address. They are never deleted, only made inactive: audit rows name them."""

    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)
        action = "account_changed" if change else "account_created"
        by = _actor(request)
        audit.record(action=action, on=obj, by=by, at=timezone.now(), changed=sorted(form.changed_data))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Membership)
class MembershipAdmin(MembershipModelAdmin):
    """Roles at merchants; each change leaves an audit row."""

    list_display = ("user", "merchant", "role")
    list_filter = ("role",)
    list_select_related = ("user", "merchant")
    search_fields = ("user__email", "merchant__name", "merchant__handle")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:  # noqa: ARG002
        return () if obj is None else ("user", "merchant")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        by = _actor(request)
        saved = memberships.set_role(
            user=obj.user, merchant=obj.merchant, role=Role(obj.role), by=by, at=timezone.now()
        )
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        by = _actor(request)
        memberships.remove_member(membership=obj, by=by, at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            self.delete_model(request, membership)


watch(
    AuditEntry,
    list_display=("at", "by", "merchant", "action", "object_type", "object_id"),
    list_filter=("action", "object_type"),
    list_select_related=("by", "merchant"),
    search_fields=("by__email", "merchant__name", "action", "object_id", "file_digest"),
    date_hierarchy="at",
    ordering=("-at", "-pk"),
)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin admits no other kind of user
    return request.user
