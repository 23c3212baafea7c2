"""The template tags of the components. Each inclusion tag renders the template of its name in components/.

`/staff/design/` shows all of them; docs/design.md says when to use which.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm

from ui.components import bars, charts, figures, form_fields, moments, paging, rewards
from ui.status import Status, Tone
from ui.values import BarRow, Chart, Link, Segment

register = template.Library()

register.filter(figures.counted)
register.filter(figures.number)
register.filter(figures.share)
register.filter(figures.percent)
register.filter(rewards.discount)
register.filter(rewards.venue)

NOTICE_ICONS = {
    Tone.NEUTRAL: "info-circle",
    Tone.INFO: "info-circle",
    Tone.SUCCESS: "circle-check",
    Tone.WARNING: "alert-triangle",
    Tone.DANGER: "alert-octagon",
}
TONE_OF_MESSAGE = {"debug": "neutral", "info": "info", "success": "success", "warning": "warning", "error": "danger"}


@register.inclusion_tag("components/icon.html")
def icon(name: str, label: str = "") -> dict[str, str]:
    """Draw an icon of the sprite. Without a label, screen readers ignore it."""
    return {"name": name, "label": label}


@register.inclusion_tag("components/pill.html")
def pill(status: Status, words: str = "") -> dict[str, Any]:
    """Show a status. `words` may say more than its label: "Starts in 5:00", "Completed with failures (73)"."""
    return {"status": status, "words": words or status.label}


@register.inclusion_tag("components/tag.html")
def tag(words: str, tone: str = "neutral", icon_name: str = "") -> dict[str, str]:
    """Show a short fact such as a role or a type. A status is a pill."""
    return {"words": words, "tone": Tone(tone).value, "icon_name": icon_name}


@register.inclusion_tag("components/ago.html", takes_context=True)
def ago(context: template.Context, at: moments.Moment) -> dict[str, Any]:
    """Show the distance to a moment. The absolute time is in the title and in the text for screen readers."""
    return moments.shown(at, zone=moments.zone_of_page(context))


@register.inclusion_tag("components/moment.html", takes_context=True)
def moment(context: template.Context, at: moments.Moment) -> dict[str, Any]:
    """Show a moment in the merchant's zone, and the name of the zone."""
    return moments.shown(at, zone=moments.zone_of_page(context))


@register.inclusion_tag("components/stacked_bar.html")
def stacked_bar(segments: Iterable[Segment], label: str = "Progress", *, name: str = "") -> dict[str, Any]:
    """Draw how a total is divided. The legend shows the numbers, as links where the segments have addresses.

    In a region that fetches itself it needs a `name`, so that its links keep the focus.
    """
    return {**bars.stacked(segments, label=label), "name": name}


@register.inclusion_tag("components/thin_bar.html")
def thin_bar(done: int, total: int, tone: str = "success", label: str = "") -> dict[str, Any]:
    """Draw how much of one thing is done. The page has the numbers, so screen readers ignore it without a label."""
    return {"tone": Tone(tone).value, "width": bars.width(done, total), "label": label}


@register.inclusion_tag("components/bar_table.html")
def bar_table(rows: Sequence[BarRow], noun: str = "Group") -> dict[str, Any]:
    """Show a table of rows with a bar and numbers each. `noun` heads the column of their names."""
    return bars.table(rows, noun=noun)


@register.inclusion_tag("components/chart.html", takes_context=True)
def chart(context: template.Context, chart: Chart) -> dict[str, Any]:
    """Draw a chart over time and its table. The page has to include components/chart_scripts.html."""
    return charts.shown(chart, zone=moments.zone_of_page(context))


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: Any, note: str = "", href: str = "", tone: str = "") -> dict[str, Any]:
    """Show one number with its label. Put several into an element of class "stats"."""
    return {"label": label, "value": figures.number(value), "note": note, "href": href, "tone": tone}


@register.inclusion_tag("components/notice.html")
def notice(
    tone: str,
    title: str,
    text: str = "",
    *,
    action_href: str = "",
    action: str = "",
    means: str = "",
    todo: str = "",
    quiet: bool = False,
) -> dict[str, Any]:
    """Show what happened (title, text), what it means for the guests (means), and what to do (todo or an action).

    A region that fetches itself needs `quiet`, or screen readers would repeat the notice each time. Announce the title.
    """
    words = {"title": title, "text": text, "means": means, "todo": todo}
    link = {"action_href": action_href, "action": action}
    return {"tone": Tone(tone).value, "icon_name": NOTICE_ICONS[Tone(tone)], "quiet": quiet, **words, **link}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: str, text: str, *, action_href: str = "", action: str = "", icon_name: str = "inbox"
) -> dict[str, str]:
    """Say what will be shown here, why nothing is, and what to do next."""
    return {"title": title, "text": text, "action_href": action_href, "action": action, "icon_name": icon_name}


@register.inclusion_tag("components/field.html")
def field(bound: Any, *, width: str = "", suffix: str = "", prefix: str = "", drop: str = "") -> dict[str, Any]:
    """Show a field of a form with its label, help and errors. `width`: "" | "short" | "medium".

    With `drop`, which is its text, a file field is also a zone to drop a file on.
    """
    return {**form_fields.shown(bound), "width": width, "suffix": suffix, "prefix": prefix, "drop": drop}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm, *, focus: bool = True) -> dict[str, Any]:
    """List the errors of a form above it, each with a link to its field. The list gets the focus."""
    return {**form_fields.summary(form), "focus": focus}


@register.inclusion_tag("components/crumbs.html")
def crumbs(links: Sequence[Link]) -> dict[str, Any]:
    """Show where a page belongs, from the list that leads to it down to the page itself."""
    return {"crumbs": links}


@register.inclusion_tag("components/steps.html")
def steps(items: Sequence[Link], current: int) -> dict[str, Any]:
    """Show the steps of a long form; `current` counts from 1."""
    states = ["done" if n < current else "current" if n == current else "ahead" for n in range(1, len(items) + 1)]
    return {"items": list(zip(items, states, strict=True)), "current": current, "count": len(items)}


@register.inclusion_tag("components/reward_card.html")
def reward_card(
    reward: Any, *, input_name: str = "", value: Any = "", checked: bool = False, note: str = ""
) -> dict[str, Any]:
    """Show a reward, or what has its attributes, as the guest sees it; with an `input_name`, as a radio button."""
    chosen = {"input_name": input_name, "value": str(value), "checked": checked}
    shown = {"image_url": rewards.safe_image(reward.image_url), "terms": rewards.terms(reward), "note": note}
    return {"reward": reward, **shown, **chosen}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any], noun: str = "rows") -> dict[str, Any]:
    """Show links to the pages of a list. They keep the filters of the address."""
    return paging.links(page, query=context["request"].GET, noun=noun)


@register.simple_tag
def message_tone(level_tag: str) -> str:
    """Return the tone of one of Django's messages."""
    return TONE_OF_MESSAGE.get(level_tag, "neutral")
