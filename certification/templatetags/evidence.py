"""What the report of the evidence needs to stand by itself."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def inlined(style: str) -> str:
    """Put a style sheet into the page. It must do without quotes and angle brackets, which would be escaped."""
    return format_html("<style>{}</style>", style)
