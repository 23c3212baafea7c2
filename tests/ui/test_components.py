"""What the components promise to every page that uses them."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from campaigns.states import CampaignState
from campaigns.status import OF_CAMPAIGN
from ui.components import bars, figures, moments, rewards
from ui.status import Status, Tone
from ui.values import Link, Segment

COUNTS = st.integers(min_value=0, max_value=10_000_000)
NOW = datetime(2026, 5, 12, 14, 0, tzinfo=UTC)


class AudienceForm(forms.Form):
    name = forms.CharField(label="Name", help_text="Guests do not see it.")
    which = forms.ChoiceField(label="Which", choices=[("a", "Email"), ("b", "Phone")], widget=forms.RadioSelect)
    country = forms.ChoiceField(label="Country", choices=[("US", "US")], required=False)
    file = forms.FileField(label="File", required=False)
    agreed = forms.BooleanField(label="Agreed", required=False)


def draw(source: str, **context) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


def sprite() -> set[str]:
    source = (settings.BASE_DIR / "static/vendor/icons/icons.svg").read_text()
    return set(re.findall(r'<symbol id="([a-z0-9-]+)"', source))


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_pill_with_a_word_and_an_icon_that_exists(status):
    pill = draw("{% pill status %}", status=status)

    assert status.label in pill
    assert f"pill-{status.tone.value}" in pill
    assert status.icon in sprite()


def test_no_two_statuses_share_a_word():
    assert len({status.label for status in Status}) == len(Status)


def test_every_state_of_a_campaign_has_a_status():
    assert set(OF_CAMPAIGN) == set(CampaignState)


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sources = [path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    named = {name for source in sources for name in re.findall(r'{% icon "([^"]+)"', source)}

    assert named
    assert named <= sprite()


def test_the_words_of_a_pill_may_say_more_than_its_label():
    assert "Starts in 5:00" in draw('{% pill status "Starts in 5:00" %}', status=Status.STARTS_SOON)


@pytest.mark.parametrize(
    ("part", "total", "words"),
    [
        (1727, 1800, "1,727 · 96 %"),
        (1799, 1800, "1,799 · >99 %"),
        (1800, 1800, "1,800 · 100 %"),
        (1801, 1800, "1,801 · 100 %"),
        (1, 1_000_000, "1 · <1 %"),
        (0, 12, "0 · 0 %"),
        (3, 0, "3"),
        (None, 12, "–"),
    ],
)
def test_a_share_is_the_number_and_then_the_percent(part, total, words):
    assert figures.share(part, total) == words


@given(COUNTS, COUNTS)
def test_a_share_is_never_above_a_hundred_percent(part, total):
    found = re.search(r"(\d+) %", figures.percent(part, total))

    assert found is None or int(found[1]) <= 100
    assert ("100 %" in figures.percent(part, total)) == (0 < total <= part)


@given(st.lists(COUNTS, min_size=1, max_size=7))
def test_the_parts_of_a_bar_fill_it_and_none_of_them_is_invisible(counts):
    widths = bars.widths(counts)

    assert sum(widths) == (bars.LENGTH if any(counts) else 0)
    assert all((width >= bars.SMALLEST) == (count > 0) for width, count in zip(widths, counts, strict=True))


@given(COUNTS, COUNTS)
def test_a_thin_bar_is_full_only_when_all_is_done(done, total):
    width = bars.width(done, total)

    assert 0 <= width <= bars.LENGTH
    assert (width == bars.LENGTH) == (0 < total <= done)


def test_the_legend_of_a_bar_holds_every_number_and_leads_where_it_filters():
    segments = [
        Segment(label="Issued", count=1727, tone=Tone.SUCCESS, href="?shown=issued"),
        Segment(label="Failed", count=0, tone=Tone.DANGER),
    ]

    bar = draw("{% stacked_bar segments %}", segments=segments)

    assert 'aria-label="Progress: 1,727 issued"' in bar
    assert 'href="?shown=issued"' in bar
    assert "<strong>0</strong>" in bar
    assert "style=" not in bar


def test_an_error_stands_beside_its_field_and_is_read_with_it():
    form = AudienceForm({"name": ""}, auto_id="%s")

    field = draw("{% field form.name %}", form=form)

    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="name_error name_helptext"' in field
    assert 'id="name_error"' in field
    assert "Fill this in." in field
    assert 'id="name_helptext"' in field


@pytest.mark.parametrize("name", ["name", "country", "file", "agreed"])
def test_every_control_has_a_label_that_points_at_it(name):
    field = draw("{% field bound %}", bound=AudienceForm(auto_id="%s")[name])

    assert f'for="{name}"' in field
    assert f'id="{name}"' in field
    assert "aria-invalid" not in field


def test_radio_buttons_are_grouped_under_one_question_that_carries_the_error():
    field = draw("{% field form.which %}", form=AudienceForm({}, auto_id="%s"))

    assert "<fieldset" in field
    assert "<legend" in field
    assert 'aria-describedby="which_error"' in field
    assert field.count('class="form-check-input"') == 2


def test_only_what_is_optional_is_marked():
    form = AudienceForm()

    assert "optional" in draw("{% field form.country %}", form=form)
    assert "optional" not in draw("{% field form.name %}", form=form)


def test_the_summary_of_errors_links_to_each_field():
    form = AudienceForm({"which": "a"}, auto_id="%s")
    form.add_error(None, "The file has no identifiers.")

    summary = draw("{% form_errors form %}", form=form)

    assert "The file has no identifiers." in summary
    assert '<a href="#name">Name</a>' in summary
    assert draw("{% form_errors form %}", form=AudienceForm()).strip() == ""


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=22), "22 s ago"),
        (timedelta(minutes=3, seconds=50), "3 min ago"),
        (timedelta(hours=26), "1 day ago"),
        (timedelta(seconds=-38), "in 38 s"),
        (timedelta(days=62), "11 Mar 2026"),
    ],
)
def test_a_moment_is_told_relative_to_now(before, words):
    assert moments.relative(NOW - before, now=NOW, zone=UTC) == words


def test_a_moment_names_its_zone_and_keeps_the_absolute_time_for_screen_readers():
    shown = moments.shown(NOW, zone=ZoneInfo("America/New_York"), clock=lambda: NOW + timedelta(minutes=3))

    html = Template('{% include "components/ago.html" %}').render(Context(shown))

    assert shown["absolute"] == "12 May 2026, 10:00 EDT"
    assert 'title="12 May 2026, 10:00 EDT (America/New_York)"' in html
    assert '3 min ago<span class="visually-hidden"> (12 May 2026, 10:00 EDT)</span>' in html


def test_an_unknown_zone_of_a_merchant_falls_back_to_utc():
    request = SimpleNamespace(merchant=SimpleNamespace(time_zone="Mars/Olympus"))

    assert str(moments.zone_of_page(Context({"request": request}))) == "UTC"


def test_steps_tell_which_is_current_and_lead_back_to_those_done():
    steps = [Link(label="Add people", href="/people/"), Link(label="Check"), Link(label="Review")]

    html = draw("{% steps steps current=2 %}", steps=steps)

    assert "Step 2 of 3" in html
    assert html.count('aria-current="step"') == 1
    assert '<a href="/people/">Add people</a>' in html


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://images.example/a.png", True),
        ("http://127.0.0.1:9100/a.svg", True),
        ("http://images.example/a.png", False),
        ("javascript:alert(1)", False),
        ("mypic.com/a.png", False),
        ("https://[broken", False),
    ],
)
def test_only_pictures_that_a_page_may_load_are_shown(url, shown):
    assert rewards.safe_image(url) == (url if shown else "")


def test_a_reward_card_escapes_what_comes_from_outside_and_can_be_chosen():
    reward = SimpleNamespace(
        name="<b>Tarte</b>",
        discount_type="percent",
        discount_value=20,
        redemption_venue="",
        fine_print="",
        image_url="",
    )

    card = draw('{% reward_card reward input_name="reward" value=1234 checked=True %}', reward=reward)

    assert "&lt;b&gt;Tarte&lt;/b&gt;" in card
    assert "20 % off" in card
    assert 'name="reward" value="1234" checked' in card


@pytest.mark.parametrize(
    ("kind", "value", "place", "shown"),
    [
        ("", None, "in_store", ["In the restaurant"]),
        ("amount", 5, "", ["$5 off"]),
        ("amount", 5, "online", ["$5 off", "Online"]),
        ("", None, "", []),
    ],
)
def test_a_reward_says_what_it_takes_off_and_where_as_far_as_that_is_known(kind, value, place, shown):
    reward = SimpleNamespace(discount_type=kind, discount_value=value, redemption_venue=place)

    assert rewards.terms(reward) == shown


def test_crumbs_lead_from_the_list_down_to_the_page():
    html = draw("{% crumbs crumbs %}", crumbs=[Link(label="Campaigns", href="/campaigns/"), Link(label="Autumn & co")])

    assert re.sub(r"\s+", " ", html).strip() == (
        '<nav class="crumbs" aria-label="Breadcrumb"> <a href="/campaigns/">Campaigns</a> · Autumn &amp; co </nav>'
    )


@pytest.mark.parametrize(("number", "words"), [(1, "1 guest"), (1800, "1,800 guests")])
def test_a_number_is_counted_with_its_noun(number, words):
    assert draw('{{ number|counted:"guest" }}', number=number) == words
    assert draw('{{ number|counted:"is,are" }}', number=number) == f"{number:,} {'is' if number == 1 else 'are'}"


def test_a_pagination_says_what_it_shows_and_keeps_the_filters():
    request = RequestFactory().get("/?reason=unknown&page=2")
    page = Paginator(range(1, 1_201), 25).get_page(2)

    html = draw('{% pagination page noun="failures" %}', page=page, request=request)

    assert "26 to 50 of 1,200 failures" in html
    assert "?reason=unknown&amp;page=3" in html


def test_a_notice_tells_what_it_means_and_what_to_do():
    html = draw('{% notice "danger" "Thanx refused it" means="No guest got one." todo="Check the dates." %}')

    assert 'role="alert"' in html
    assert "<strong>For your guests:</strong> No guest got one." in html
    assert "<strong>What to do:</strong> Check the dates." in html
