"""Whether the settings of the connections to Thanx and Capillary are complete and valid, as functions of values."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

PRODUCTION_HOST = "api.thanx.com"
PARTNER_DOMAINS = ("thanx.com", "thanxsandbox.com")
# Source: Thanx Partner API v4.0, "Rate limits", per credential.
THANX_PER_SECOND = 5
THANX_PER_QUARTER_HOUR = 2000

EXAMPLES = {"THANX_API_URL": "https://api.thanxsandbox.com", "CAPILLARY_URL": "https://eu.api.capillarytech.com"}

PRINTABLE = re.compile(r"[\x21-\x7e]+")  # characters that a header can carry unchanged
PRODUCT = re.compile(r"[A-Za-z0-9._\-]+")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of the connection. Its repr hides the credential."""

    url: str
    client_id: str = field(repr=False)
    token: str = field(repr=False)
    partner: str
    per_second: int
    per_quarter_hour: int
    means_production: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the settings that are empty and must not be."""
        named = {"THANX_API_URL": self.url, "THANX_CLIENT_ID": self.client_id, "THANX_ACCESS_TOKEN": self.token}
        return tuple(name for name, value in named.items() if not value)

    @property
    def host(self) -> str:
        """Host and port of the URL; '' without a usable URL."""
        return "" if _split(self.url) is None else urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback((urlsplit(self.url).hostname or "") if _split(self.url) else "")

    @property
    def is_thanx(self) -> bool:
        """Whether the host belongs to Thanx, so that its limits apply."""
        name = (urlsplit(self.url).hostname or "") if _split(self.url) else ""
        return any(name == domain or name.endswith(f".{domain}") for domain in PARTNER_DOMAINS)


@dataclass(frozen=True, slots=True)
class CapillaryConfiguration:
    """The settings of the connection to Capillary: the hosts of its regions, the default first, and one credential.

    Empty settings are no error: not every partner uses Capillary. The repr hides the credential.
    """

    urls: tuple[str, ...]
    username: str = field(repr=False)
    password: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def has_credential(self) -> bool:
        """Whether there is a token, or a name with its password."""
        return bool(self.token or (self.username and self.password))

    @property
    def hosts(self) -> dict[str, str]:
        """The address of each region by its host name, in the order of the settings."""
        named = {urlsplit(url).netloc: url for url in self.urls if _split(url) is not None}
        return {name: url for name, url in named.items() if name}

    @property
    def remedy(self) -> str:
        """What to do before anything can be looked up, as a sentence; '' if all is there."""
        problems = [problem for url in self.urls if (problem := _url_problem("CAPILLARY_URL", url))]
        if problems:
            return problems[0]
        if not self.hosts or not self.has_credential:
            return "Set CAPILLARY_URL and either CAPILLARY_TOKEN or CAPILLARY_USERNAME and CAPILLARY_PASSWORD."
        return _header_problem("CAPILLARY_TOKEN", self.token)


def is_loopback(name: str) -> bool:
    """Return whether a host name means this machine."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def malformed(configuration: Configuration) -> tuple[str, ...]:
    """Return a sentence for each setting that cannot be right. No sentence quotes a credential."""
    return tuple(
        sentence
        for sentence in (
            _url_problem("THANX_API_URL", configuration.url) or _production_problem(configuration),
            _header_problem("THANX_CLIENT_ID", configuration.client_id),
            _header_problem("THANX_ACCESS_TOKEN", configuration.token),
            _partner_problem(configuration.partner),
            *_rate_problems(configuration),
        )
        if sentence
    )


def _url_problem(name: str, url: str) -> str:
    if not url:
        return ""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{name} must be a URL such as {EXAMPLES[name]}."
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        return f"{name} must be scheme and host only; the paths are added by the portal."
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return f"{name} must begin with https://: the access token would travel in clear."
    return ""


def _production_problem(configuration: Configuration) -> str:
    """Production needs two settings that agree: a copied address alone must not reach real guests."""
    is_production = configuration.host == PRODUCTION_HOST
    if is_production and not configuration.means_production:
        return "THANX_API_URL is Thanx's production, but THANX_PRODUCTION is not set. Set it to 1 if that is meant."
    if configuration.means_production and configuration.url and not is_production:
        return f"THANX_PRODUCTION is set, but THANX_API_URL is not https://{PRODUCTION_HOST}. Correct one of the two."
    return ""


def _header_problem(name: str, value: str) -> str:
    if not value or PRINTABLE.fullmatch(value):
        return ""
    return f"{name} holds a space, a line break or a character outside ASCII; copy it again."


def _partner_problem(partner: str) -> str:
    if PRODUCT.fullmatch(partner):
        return ""
    return "THANX_PARTNER_NAME must be one word of letters, digits, dots and hyphens; it goes into User-Agent."


def _rate_problems(configuration: Configuration) -> tuple[str, ...]:
    most_per_second = THANX_PER_SECOND if configuration.is_thanx else None
    most_per_quarter_hour = THANX_PER_QUARTER_HOUR if configuration.is_thanx else None
    return (
        _rate_problem("THANX_RATE_PER_SECOND", configuration.per_second, most=most_per_second),
        _rate_problem("THANX_RATE_PER_15_MINUTES", configuration.per_quarter_hour, most=most_per_quarter_hour),
    )


def _rate_problem(name: str, rate: int, *, most: int | None) -> str:
    if rate < 1:
        return f"{name} must be at least 1."
    if most is not None and rate > most:
        return f"{name} must be at most {most}: Thanx refuses more, and may withdraw access."
    return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it raises for an invalid one
    except ValueError:
        return None
    return parts
