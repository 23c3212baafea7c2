"""Three recipes for a merchant's first campaigns. Their texts are meant to be changed."""

from dataclasses import dataclass, replace

from campaigns.draft.content import Content


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A purpose that many merchants have, with texts for the campaign."""

    key: str
    title: str
    text: str
    name: str
    objective: str


RECIPES = (
    Recipe(
        key="win-back",
        title="Win back guests",
        text="Guests who have not been here for a while get a reason to return.",
        name="Win back lapsed guests",
        objective="Bring back guests who have not visited for 60 days.",
    ),
    Recipe(
        key="thank-you",
        title="Thank the regulars",
        text="Your best guests get something that others do not.",
        name="Thank you, regulars",
        objective="Thank the guests who visit most, and keep them coming.",
    ),
    Recipe(
        key="recovery",
        title="Make up for a bad visit",
        text="Guests whose visit went wrong get an apology they can eat.",
        name="Making it right",
        objective="Win back guests who told us about a bad visit.",
    ),
)
FINE_PRINT = "One reward per guest. Cannot be combined with other offers. No cash value."


def with_recipe(content: Content, *, key: str) -> Content:
    """Return a draft with a recipe's texts; unchanged if no recipe has this key."""
    recipe = next((each for each in RECIPES if each.key == key), None)
    if recipe is None:
        return content
    return replace(content, name=recipe.name, objective=recipe.objective, fine_print=FINE_PRINT)
