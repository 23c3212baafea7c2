"""Every view has a guard."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

OTHERS = ("admin/", "accounts/")  # Django's admin and allauth guard their own


def patterns(resolver=None, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from () if address in OTHERS else patterns(entry, address)
        else:
            yield address, entry


def test_every_view_has_a_guard():
    assert [address for address, entry in patterns() if not hasattr(entry.callback, "guard")] == []


def test_whatever_belongs_to_a_merchant_is_guarded_by_membership():
    ours = [(address, entry) for address, entry in patterns() if address.startswith("m/<slug:handle>/")]

    assert len(ours) > 20
    assert [address for address, entry in ours if entry.callback.guard != "at merchant"] == []


def test_pages_of_the_installation_are_for_its_roles():
    staff = [(address, entry) for address, entry in patterns() if address.startswith("staff/")]

    assert staff
    assert [address for address, entry in staff if entry.callback.guard != "for installation"] == []


def test_only_webhooks_and_probes_are_public():
    public = {address for address, entry in patterns() if entry.callback.guard == "public"}

    assert public == {"invitation/<str:token>/", "webhooks/thanx/", "csp-reports/", "healthz", "readyz", "metrics"}


def test_every_address_has_a_name():
    assert [address for address, entry in patterns() if not entry.name] == []
