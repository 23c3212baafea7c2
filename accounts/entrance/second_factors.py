"""Second factors: which users need one, and how their seeds are stored."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from accounts import permissions
from accounts.models import FactorSeed, Membership, Role, User
from accounts.permissions import InstallationRole
from vault.sealing import seal, unseal

REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Factors that count. Recovery codes only stand in for one of them."""

STORED = "stored seed "
PURPOSE = "seed of a second factor"
OPERATORS = frozenset({InstallationRole.OPERATOR.value, InstallationRole.SUPERUSER.value})


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps seeds encrypted, in rows that key rotation finds. What allauth stores names the row."""

    def encrypt(self, text: str) -> str:
        seed = FactorSeed.objects.create(sealed=seal(text.encode(), purpose=PURPOSE))
        return f"{STORED}{seed.pk}"

    def decrypt(self, encrypted_text: str) -> str:
        seed = FactorSeed.objects.get(pk=encrypted_text.removeprefix(STORED))
        return unseal(seed.sealed, purpose=PURPOSE).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the last factor of a user who must have one."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=REAL).exclude(pk=authenticator.pk)
        return others.exists() or not is_required_of(authenticator.user)


def forget_seeds(factor: Authenticator) -> None:
    """Delete the seeds of a factor that was removed."""
    values = [value for found in factor.data.values() for value in (found if isinstance(found, list) else [found])]
    named = [value.removeprefix(STORED) for value in values if isinstance(value, str) and value.startswith(STORED)]
    if named:
        FactorSeed.objects.filter(pk__in=named).delete()


def roles_that_need_one() -> frozenset[str]:
    """Return the roles, by their names in SECOND_FACTOR_FOR. In production operators are always among them."""
    named = frozenset(settings.SECOND_FACTOR_FOR)
    if settings.THANX_PRODUCTION or named & OPERATORS:
        return named | OPERATORS
    return named


def is_required_of(user: User) -> bool:
    """Return whether one of a user's roles needs a second factor."""
    needing = roles_that_need_one()
    installation = permissions.installation_role(user)
    if installation is not None and installation.value in needing:
        return True
    roles = [role for role in Role if role.name.lower() in needing]
    return bool(roles) and Membership.objects.filter(user=user, role__in=roles).exists()


def is_missing(user: User) -> bool:
    """Return whether a user must set up a second factor before anything else."""
    return is_required_of(user) and not Authenticator.objects.filter(user=user, type__in=REAL).exists()


def is_asked_elsewhere(request: HttpRequest) -> bool:
    """Return whether the user came by a provider of single sign-on that asks for a second factor itself."""
    if not settings.OIDC_ASKS_SECOND_FACTOR or not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "socialaccount" for record in records)
