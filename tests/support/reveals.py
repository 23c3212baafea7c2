"""The button above masked guests, pressed."""

import re

from django.urls import reverse


def show(client, merchant, page, why="guest_asks"):
    """Press the button of a page, and return the page that follows."""
    token = re.search('name="token" value="([^"]+)"', page.text)[1]
    return client.post(reverse("reveal", args=[merchant.handle]), {"token": token, "why": why}, follow=True)
