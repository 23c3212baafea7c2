"""The tag that makes the report of the evidence independent of other files."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def inlined(style: str) -> str:
    """Put a style sheet into the page. It must not contain quotes or angle brackets: they would be escaped."""
    return format_html("<style>{}</style>", style)
