"""A real OpenID Connect provider beside the tests, and a browser that goes through it."""

from urllib.parse import urlsplit

import requests

LOGIN = "/accounts/oidc/sso/login/"


class Provider:
    """The provider at this address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def knows(self, sub: str, **claims: object) -> None:
        """Let the provider vouch for a user with these claims, in place of those of before."""
        told = {"email": f"{sub}@partner.example", "email_verified": True} | claims
        requests.put(f"{self.url}/users/{sub}", json=told, timeout=10).raise_for_status()

    def come_as(self, client, sub: str, there: str = ""):
        """Sign in at the provider as a browser does; return the portal's last answer."""
        there = there or client.post(LOGIN).url
        back = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=10).headers["Location"]
        parts = urlsplit(back)
        return client.get(f"{parts.path}?{parts.query}", follow=True)
