"""Drawn pictures of the reward templates: two tones, a glyph and the name, the same at every start."""

import textwrap
from html import escape

from sandbox.world.catalog import Template

WIDTH, HEIGHT = 640, 400
HUES = {"burger": 24, "taco": 14, "bowl": 178, "salad": 142, "pizza": 6, "fries": 36, "cup": 208, "cake": 334}
SHADES = 24  # how far, in degrees, two dishes of one kind may differ in hue
LINE = 26

# Each glyph is drawn in a box of 200 by 160, white on the gradient; `tone` is the second colour.
GLYPHS = {
    "burger": '<path d="M10 66a90 60 0 0 1 180 0z"/><rect x="6" y="76" width="188" height="16" rx="8" '
    'class="tone"/><rect x="14" y="98" width="172" height="18" rx="9"/><path d="M10 124h180v6a30 24 0 0 1-30 '
    '24H40a30 24 0 0 1-30-24z"/><g class="tone"><circle cx="70" cy="38" r="5"/><circle cx="100" cy="26" r="5"/>'
    '<circle cx="130" cy="38" r="5"/></g>',
    "taco": '<path d="M8 140a92 104 0 0 1 184 0q0 12-12 12H20q-12 0-12-12z"/><path class="tone" d="M40 140a60 70 0 '
    '0 1 120 0z"/><g><circle cx="72" cy="112" r="9"/><circle cx="100" cy="98" r="9"/><circle cx="128" cy="112" '
    'r="9"/></g>',
    "bowl": '<path d="M8 76h184a92 78 0 0 1-184 0z"/><path class="tone" d="M26 66a74 44 0 0 1 148 0z"/>'
    '<rect x="70" y="146" width="60" height="10" rx="5"/><path d="M118 4l8 4-26 58h-10z"/>',
    "salad": '<path d="M8 84h184a92 72 0 0 1-184 0z"/><g class="tone"><path d="M60 74C30 50 40 16 70 8c18 26 14 50-10 '
    '66z"/><path d="M140 74c30-24 20-58-10-66-18 26-14 50 10 66z"/></g><path d="M100 76C76 48 84 18 100 4c16 14 '
    '24 44 0 72z"/>',
    "pizza": '<path d="M10 30a140 70 0 0 1 180 0l-14 18a120 60 0 0 0-152 0z"/><path d="M30 56a110 54 0 0 1 140 0L100 '
    '158z" opacity=".82"/><g class="tone"><circle cx="80" cy="72" r="11"/><circle cx="118" cy="76" r="11"/>'
    '<circle cx="98" cy="108" r="9"/></g>',
    "fries": '<g opacity=".86"><rect x="56" y="10" width="16" height="90" rx="4"/><rect x="80" y="0" width="16" '
    'height="90" rx="4"/><rect x="104" y="6" width="16" height="90" rx="4"/><rect x="128" y="16" width="16" '
    'height="80" rx="4"/></g><path class="tone" d="M38 66h124l-14 92H52z"/><path d="M38 66q62 34 124 0l-4 '
    '26q-58 26-116 0z"/>',
    "cup": '<path d="M50 50h100l-12 108H62z"/><path class="tone" d="M57 84h86l-5 42H62z"/><rect x="42" y="34" '
    'width="116" height="18" rx="9"/><path d="M112 34l14-34 10 4-12 30z"/>',
    "cake": '<path d="M14 96L150 40q36 14 36 56z"/><path d="M14 104h172v50H14z" opacity=".86"/><path class="tone" '
    'd="M14 122h172v12H14z"/><circle class="tone" cx="146" cy="28" r="13"/>',
}


def picture_of(template: Template) -> str:
    """Return the template's picture as an SVG document."""
    return drawn(name=template.name, glyph=template.glyph, shade=int(template.id[:4], 16))


def drawn(*, name: str, glyph: str, shade: int = 0) -> str:
    """Return a picture of one kind of dish in one of its hues as an SVG document."""
    hue = HUES[glyph] + shade % SHADES - SHADES // 2
    light, dark = f"hsl({hue} 52% 47%)", f"hsl({hue + 22} 55% 27%)"
    lines = textwrap.wrap(name, LINE)[:2]
    words = "".join(
        f'<text x="40" y="{336 + 38 * (place - len(lines) + 2) - 38}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(name)}">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{light}"/>'
        f'<stop offset="1" stop-color="{dark}"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#g)"/>'
        f'<circle cx="520" cy="60" r="190" fill="#fff" opacity=".09"/>'
        f'<circle cx="110" cy="390" r="150" fill="#000" opacity=".07"/>'
        f"<style>.tone{{fill:{dark}}}text{{font:600 32px system-ui,sans-serif;fill:#fff}}</style>"
        f'<g transform="translate(210 62) scale(1.1)" fill="#fff" fill-opacity=".94">{GLYPHS[glyph]}</g>'
        f"{words}</svg>"
    )
