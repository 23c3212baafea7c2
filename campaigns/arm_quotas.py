"""How many guests each arm gets, and the salted order of guests that fills the arms. Pure.

The order decides, not chance: the same list gives the same arms on every upload, in any order of its lines. The sizes
match the shares exactly; a random draw for each guest would miss them on short lists. The salt is the campaign's, so a
guest who is held back in one campaign is not more likely to be held back in the next.
"""

import hashlib
from collections.abc import Sequence


def arm_rank(salt: str, fingerprint: bytes) -> int:
    """Return a guest's place in the order of a campaign: 63 bits of BLAKE2b, so that any database can keep it.

    Sort guests by (rank, fingerprint) and give the first ones to the first arm, as many as the quota says, and so on.
    """
    digest = hashlib.blake2b(fingerprint, digest_size=8, key=salt.encode()).digest()
    return int.from_bytes(digest, "big") >> 1


def quota(total: int, shares: Sequence[int]) -> list[int]:
    """Divide `total` guests in proportion to `shares` by largest remainder; among equals the earlier arm wins.

    The result sums to `total`, each size is within one of the exact share, and an arm without a share gets no guest.
    Raises ValueError when there are guests but nothing to divide them by.
    """
    whole = sum(shares)
    if total == 0:
        return [0] * len(shares)
    if whole <= 0:
        raise ValueError("shares must sum to more than nothing")
    sizes = [total * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda arm: (-(total * shares[arm] % whole), arm))
    for arm in by_remainder[: total - sum(sizes)]:
        sizes[arm] += 1
    return sizes


def quota_given(already: Sequence[int], new: int, shares: Sequence[int]) -> list[int]:
    """Divide `new` guests so that all guests together come as close to `shares` as possible.

    `already` are the numbers of guests who are in the arms and stay there. An arm with too many gets no new guest; the
    others get them in proportion to what they lack. The result sums to `new` and is never negative.
    """
    wanted = quota(sum(already) + new, shares)
    lacking = [max(0, size - settled) for size, settled in zip(wanted, already, strict=True)]
    return quota(new, lacking)
