"""What certification checks, each line with a verdict that is computed from facts. No ORM, no clock, no I/O.

Sources: Thanx Partner API v4.0, "Certification" (live demonstration, on the wire, in the product) and its self-check.
"""

from __future__ import annotations

from certification.verdicts import demonstrated, product, self_check, wire
from certification.verdicts.facts import Facts
from certification.verdicts.requirements import Group

GROUPS = (
    ("The six demonstrations", demonstrated.LINES),
    ("On the wire", wire.LINES),
    ("In the product", product.LINES),
    ("The self-check", self_check.LINES),
)


def judged(facts: Facts) -> list[Group]:
    """Return every line with its verdict."""
    return [Group(title=title, lines=[judge(facts) for judge in judges]) for title, judges in GROUPS]
