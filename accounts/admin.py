"""Users, their roles and the audit trail in Django's admin. Roles change through `accounts.memberships`.

The admin has no entrance of its own: signing in, passwords, addresses and second factors have one place each, which is
guarded. So nothing here sets a password, changes an address, or shows or removes a factor.
"""

from typing import TYPE_CHECKING, Any

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401 (they register first, so that they can be replaced)
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts import memberships
from accounts.entrance import without_role
from accounts.models import AuditEntry, Membership, Role, User
from ui.admin import watch

if TYPE_CHECKING:
    MembershipModelAdmin = admin.ModelAdmin[Membership]
    UserModelAdmin = DjangoUserAdmin[User]
else:
    MembershipModelAdmin = admin.ModelAdmin
    UserModelAdmin = DjangoUserAdmin


def _change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001 (Django's)
    return HttpResponseRedirect(reverse("account_change_password"))


admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = _change_password  # type: ignore[method-assign, assignment]


@admin.register(User)
class UserAdmin(UserModelAdmin):
    """Users, identified by their email address. They are never deleted, only made inactive: audit rows name them."""

    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    readonly_fields = ("email", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email",)}),
        ("Name", {"fields": ("first_name", "last_name")}),
        (
            "Permissions",
            {"fields": ("is_active", "is_staff", "is_superuser", "certifies_until", "may_open_guest_tokens")},
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        without_role.send_out(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002, ARG002
        raise PermissionDenied

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Membership)
class MembershipAdmin(MembershipModelAdmin):
    """Roles at merchants; each change leaves an audit row."""

    audits_itself = True
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
    list_display=("at", "who", "merchant", "action", "object_type", "object_id"),
    list_filter=("action", "object_type"),
    list_select_related=("merchant",),
    search_fields=("who", "merchant__name", "action", "object_id", "file_digest"),
    date_hierarchy="at",
    ordering=("-at", "-pk"),
)

admin.site.unregister(SocialApp)  # the provider is a setting
admin.site.unregister(SocialToken)
admin.site.unregister(SocialAccount)
watch(
    SocialAccount,
    list_display=("user", "provider", "date_joined", "last_login"),
    list_select_related=("user",),
    search_fields=("user__email",),
    exclude=("extra_data",),
)

admin.site.unregister(Group)  # groups count for nothing: see accounts.backends
admin.site.unregister(UserSession)
watch(
    UserSession,
    list_display=("user", "ip", "user_agent", "created_at", "last_seen_at"),
    list_select_related=("user",),
    search_fields=("user__email",),
    exclude=("session_key", "data"),  # the key opens the session
)

admin.site.unregister(EmailAddress)
watch(
    EmailAddress,
    list_display=("email", "user", "verified", "primary"),
    list_filter=("verified",),
    list_select_related=("user",),
    search_fields=("email",),
)

admin.site.unregister(Authenticator)
watch(
    Authenticator,
    list_display=("user", "type", "created_at", "last_used_at"),
    list_filter=("type",),
    list_select_related=("user",),
    search_fields=("user__email",),
    exclude=("data",),  # seeds, from which codes are computed
)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin admits no other kind of user
    return request.user
