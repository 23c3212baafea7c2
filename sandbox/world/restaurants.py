"""The restaurants of the sandbox with their towns and dishes. Content only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Dish:
    """A dish; `glyph` names its drawing."""

    name: str
    glyph: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Restaurant:
    """The content of a merchant. `offers_per_dish` decides how many reward templates it has."""

    handle: str
    name: str
    time_zone: str
    area_code: str
    towns: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]
    locations: int
    offers_per_dish: int
    dishes: tuple[Dish, ...]


def _dishes(*lines: str) -> tuple[Dish, ...]:
    parts = (line.split("|") for line in lines)
    return tuple(Dish(glyph=glyph, name=name, about=about) for glyph, name, about in parts)


BLUEBIRD = Restaurant(
    handle="bluebird-burger-bar",
    name="Bluebird Burger Bar",
    time_zone="America/Chicago",
    area_code="312",
    towns=(("Chicago", "IL", "60611"), ("Evanston", "IL", "60201"), ("Oak Park", "IL", "60302")),
    streets=("N Clark St", "W Fulton Market", "Davis St", "S Wabash Ave", "Lake St"),
    locations=14,
    offers_per_dish=4,
    dishes=_dishes(
        "burger|Bluebird Classic Burger|Two smashed patties, American cheese, pickles and our own sauce.",
        "burger|Smoky Mountain Burger|Cheddar, crisp onions and slow-cooked bacon jam.",
        "fries|Rosemary Fries|Cut every morning, fried twice.",
        "cup|Salted Caramel Shake|Thick enough to need both hands.",
        "salad|Little Gem Caesar|With sourdough crumbs and plenty of parmesan.",
        "cake|Warm Chocolate Cookie|Baked to order, so give it six minutes.",
    ),
)

SENOR_PENO = Restaurant(
    handle="senor-penos",
    name='Señor Peño\'s <Tacos> & "More"',
    time_zone="America/Los_Angeles",
    area_code="213",
    towns=(("Los Angeles", "CA", "90012"), ("Pasadena", "CA", "91101"), ("La Cañada", "CA", "91011")),
    streets=("Olvera St", "E 1st St", "Colorado Blvd", "Foothill Blvd"),
    locations=12,
    offers_per_dish=4,
    dishes=_dishes(
        "taco|Tacos al Pastor|Shaved from the trompo, with pineapple and onion.",
        "taco|Baja Fish Taco|Beer-battered cod, cabbage and lime crema.",
        "bowl|Abuela's Pozole|Slow, red and better than yours. She said so.",
        "bowl|Peño's <Big> Burrito Bowl|Rice, beans, guacamole & everything else.",
        "cup|Horchata de Coco|Cinnamon, coconut, crushed ice.",
        "cake|Churros con Cajeta|Six of them. Sharing is optional.",
    ),
)

HARVEST = Restaurant(
    handle="harvest-and-hearth",
    name="Harvest & Hearth Kitchen",
    time_zone="America/New_York",
    area_code="617",
    towns=(("Boston", "MA", "02116"), ("Cambridge", "MA", "02139"), ("Brookline", "MA", "02446")),
    streets=("Newbury St", "Massachusetts Ave", "Beacon St", "Boylston St", "Harvard St", "Prospect St"),
    locations=23,
    offers_per_dish=6,
    dishes=_dishes(
        "bowl|Autumn Grain Bowl|Farro, roasted squash, kale and toasted seeds.",
        "bowl|Miso Salmon Bowl|Brown rice, edamame and pickled ginger.",
        "bowl|Tuscan Bean Stew|White beans, rosemary and good olive oil.",
        "bowl|Tomato & Basil Soup|With a torn piece of focaccia.",
        "bowl|Chicken Pho|Broth simmered for fourteen hours.",
        "salad|Market Salad|Whatever was best this morning.",
        "salad|Burrata & Peach Salad|From June until the peaches run out.",
        "salad|Shaved Brussels Salad|Pecorino, lemon and hazelnuts.",
        "salad|Garden Cobb|Egg, avocado, corn and smoked chickpeas.",
        "pizza|Wild Mushroom Flatbread|Taleggio, thyme and a little truffle.",
        "pizza|Margherita Flatbread|San Marzano tomatoes and fior di latte.",
        "pizza|Squash Blossom Flatbread|Ricotta, lemon zest and chilli.",
        "burger|Farmhouse Burger|Grass-fed beef and clothbound cheddar.",
        "burger|Beet & Black Bean Burger|The one that meat eaters order.",
        "fries|Sweet Potato Wedges|With chipotle yoghurt.",
        "fries|Truffle Fries|Parmesan, parsley, no apologies.",
        "cup|Cold Brew|Steeped for eighteen hours.",
        "cup|Oat Milk Latte|Single origin, roasted in Somerville.",
        "cup|Ginger Lemonade|Pressed daily.",
        "cake|Olive Oil Cake|With whipped crème fraîche.",
        "cake|Apple Crumble|Warm, for two or for one.",
        "cake|Maple Pecan Bar|Vermont in a square.",
    ),
)

EBENE = Restaurant(
    handle="cafe-ebene",
    name="Café Ébène",
    time_zone="America/Denver",
    area_code="303",
    towns=(("Denver", "CO", "80202"), ("Boulder", "CO", "80302")),
    streets=("Larimer St", "Pearl St", "Wynkoop St"),
    locations=6,
    offers_per_dish=3,
    dishes=_dishes(
        "cup|Café au Lait|A bowl of it, as it should be.",
        "cup|Thé à la Menthe|Fresh mint, a little sugar.",
        "cake|Crème Brûlée|Cracked at the table.",
        "cake|Pain au Chocolat|Out of the oven at seven and at ten.",
        "salad|Salade Niçoise|Tuna, egg, olives, haricots verts.",
    ),
)

NOODLE = Restaurant(
    handle="noodle-oclock",
    name="Noodle O'Clock",
    time_zone="America/Phoenix",
    area_code="602",
    towns=(("Phoenix", "AZ", "85004"), ("Tempe", "AZ", "85281")),
    streets=("E Roosevelt St", "S Mill Ave", "N Central Ave"),
    locations=3,
    offers_per_dish=3,
    dishes=_dishes(
        "bowl|Midnight Ramen|Black garlic, pork belly, soft egg.",
        "bowl|Dan Dan Noodles|Hot. We did say hot.",
        "cup|Yuzu Soda|Sharp, cold, gone in a minute.",
    ),
)

RESTAURANTS = (BLUEBIRD, SENOR_PENO, HARVEST, EBENE, NOODLE)
