"""Whose an email address is. An address counts once its holder, or an operator, has shown that it is theirs."""

from allauth.account.models import EmailAddress

from accounts.models import User


def is_of_another(email: str, *, than: User | None) -> bool:
    """Return whether an account other than this one signs in with the address, or has proven it."""
    holders = User.objects.filter(email__iexact=email)
    proven = EmailAddress.objects.filter(email__iexact=email, verified=True)
    if than is not None:
        holders, proven = holders.exclude(pk=than.pk), proven.exclude(user=than)
    return holders.exists() or proven.exists()


def is_proven(user: User) -> bool:
    """Return whether the address with which the user signs in is proven."""
    proven: bool = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
    return proven


def take_as_proven(user: User) -> None:
    """Count a user's address as proven: an operator vouches for it, or the user opened a link that went there."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).update(primary=False)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
