"""The requirements of the certification, each with a verdict computed from facts.

Sources: Thanx Partner API v4.0, "Certification" (live demonstration, on the wire, in the product) and its self-check.
"""

from certification.verdicts import demonstrated, in_the_product, on_the_wire, self_check
from certification.verdicts.facts import Facts
from certification.verdicts.requirements import RequirementGroup

GROUPS = (
    ("The six demonstrations", demonstrated.REQUIREMENTS),
    ("On the wire", on_the_wire.REQUIREMENTS),
    ("In the product", in_the_product.REQUIREMENTS),
    ("The self-check", self_check.REQUIREMENTS),
)


def judged(facts: Facts) -> list[RequirementGroup]:
    """Return every requirement with its verdict, in the order of the documentation."""
    return [RequirementGroup(title=title, requirements=[judge(facts) for judge in judges]) for title, judges in GROUPS]
