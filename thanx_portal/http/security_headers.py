"""The security headers of every answer."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

REPORTS = "/csp-reports/"
REFUSED_FEATURES = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "cross-origin-isolated"),
    *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi"),
    *("otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial", "storage-access", "sync-xhr"),
    *("usb", "window-management", "xr-spatial-tracking"),
)
OWN_FEATURES = ("clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
"""Links are copied, and passkeys are made and asked for."""

PERMISSIONS = ", ".join([*(f"{name}=()" for name in REFUSED_FEATURES), *(f"{name}=(self)" for name in OWN_FEATURES)])


def form_targets(single_sign_on_url: str) -> str:
    """Return where forms may lead: to this host, and to the provider of single sign-on, to which ours redirects."""
    parts = urlsplit(single_sign_on_url)
    return f"'self' {parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"


def content_security_policy(*, picture_origins: str = "") -> str:
    """Return the policy: our own files only, no inline script or style, no framing.

    Pictures may come from these origins, too, separated by spaces.
    """
    pictures = " ".join(["'self'", "data:", *picture_origins.split()])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; "
        f"font-src 'self'; connect-src 'self'; form-action {form_targets(settings.OIDC_SERVER_URL)}; "
        "frame-ancestors 'none'; base-uri 'none'; "
        f"report-uri {REPORTS}; report-to csp"
    )


def security_headers(get_response: GetResponse) -> GetResponse:
    """Middleware that adds our policies to every answer, files and errors included. Django adds the other headers.

    Pictures may come from where the merchant's rewards have theirs, and from `request.picture_origins` of a view. What
    a view answers is kept in no cache, unless it says otherwise: any page may name a guest.
    """

    def with_headers(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        merchant = getattr(request, "merchant", None)
        origins = f"{getattr(merchant, 'picture_origins', '')} {getattr(request, 'picture_origins', '')}"
        headers = {
            "Content-Security-Policy": content_security_policy(picture_origins=origins),
            "Reporting-Endpoints": f'csp="{REPORTS}"',
            "Permissions-Policy": PERMISSIONS,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return with_headers
