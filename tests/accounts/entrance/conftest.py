import pytest

from tests.support.servers.single_sign_on import Provider


@pytest.fixture(scope="package")
def provider_server():
    from oidc_provider_mock import run_server_in_thread  # it takes half a second to load

    with run_server_in_thread() as server:
        yield Provider(f"http://localhost:{server.server_port}")


@pytest.fixture
def provider(settings, provider_server):
    """A provider of single sign-on that the portal is set up for."""
    its = settings.OIDC_PROVIDER["settings"] | {"server_url": provider_server.url}
    app = settings.OIDC_PROVIDER | {"client_id": "portal", "secret": "secret", "settings": its}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.OIDC_NAME = "Taco Sign-in"
    return provider_server
