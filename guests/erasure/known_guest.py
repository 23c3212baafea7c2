"""Who is meant by what a user typed: the guest's identifiers, their fingerprints, and the guest's ids at Thanx."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from campaigns.models import Merchant
from guests.lookup.lookup import PURPOSE as PROFILE
from guests.lookup.lookup import identifiers_of
from guests.models import CachedGuest
from issuance.jobs.guest_search import query_of
from issuance.models import IssuedReward, Member, Recipient
from lists.identifiers import normalise_email, normalise_phone
from vault.sealing import Fingerprinter, Unsealable, unseal


@dataclass(frozen=True, kw_only=True)
class KnownGuest:
    """A guest as far as the portal can recognise one. `texts` are in small letters."""

    merchant: Merchant
    texts: frozenset[str]
    prints: frozenset[bytes]
    user_ids: frozenset[str] = field(default_factory=frozenset)

    def is_named_in(self, text: str) -> bool:
        """Whether a text holds an identifier of the guest, or is one in another spelling."""
        small = text.casefold()
        if any(known in small for known in self.texts):
            return True
        found = {"email": normalise_email(text), "phone": normalise_phone(text, country=self.merchant.country)}
        of = Fingerprinter(self.merchant.pk).of
        return any(of(kind=kind, value=value) in self.prints for kind, value in found.items() if isinstance(value, str))

    def is_told_of_in(self, document: str) -> bool:
        """Whether a document of Thanx holds an identifier or an id of the guest."""
        small = document.casefold()
        return any(known in small for known in self.texts) or any(f'"{one}"' in document for one in self.user_ids)


def known_guest(*, merchant: Merchant, typed: Iterable[str]) -> KnownGuest:
    """Return the guest, with what members, rewards and the cache add: other identifiers' fingerprints and ids.

    Each typed text is an email address or a phone number. A text that is neither adds nothing but itself.
    """
    said = [text.strip() for text in typed if text.strip()]
    texts = {text.casefold() for text in said} | {value for _, value in _normalised(said, merchant)}
    prints = {one for text in said for one in query_of(text, merchant=merchant).fingerprints}
    user_ids = _ids_of(merchant, prints)
    prints |= _prints_of(merchant, user_ids)
    for document in _cached(merchant, prints):
        own = identifiers_of(document.get("email") or "", document.get("phone") or "", country=merchant.country)
        texts |= {value for _, value in own}
        prints |= {Fingerprinter(merchant.pk).of(kind=kind, value=value) for kind, value in own}
        user_ids |= {document["id"]} if document.get("id") else set()
    return KnownGuest(merchant=merchant, texts=frozenset(texts), prints=frozenset(prints), user_ids=frozenset(user_ids))


def _normalised(said: Collection[str], merchant: Merchant) -> list[tuple[str, str]]:
    return [one for text in said for one in identifiers_of(text, text, country=merchant.country)]


def _ids_of(merchant: Merchant, prints: Collection[bytes]) -> set[str]:
    members = Member.objects.filter(merchant=merchant, fingerprint__in=prints).values_list("user_id", flat=True)
    sent = Recipient.objects.filter(fingerprint__in=prints, batch__issuance__merchant=merchant)
    at = Q()
    for batch, position in sent.values_list("batch", "position"):
        at |= Q(batch=batch, position=position)
    named = IssuedReward.objects.filter(at).exclude(user_id="") if at else IssuedReward.objects.none()
    return {*members, *named.values_list("user_id", flat=True)}


def _prints_of(merchant: Merchant, user_ids: Collection[str]) -> set[bytes]:
    rows = Member.objects.filter(merchant=merchant, user_id__in=user_ids)
    return {bytes(one) for one in rows.values_list("fingerprint", flat=True)}


def _cached(merchant: Merchant, prints: Collection[bytes]) -> list[dict[str, str]]:
    found = []
    for row in CachedGuest.objects.filter(merchant=merchant, fingerprint__in=prints):
        try:
            found.append(json.loads(unseal(row.sealed, purpose=PROFILE)))
        except Unsealable:
            continue
    return found
