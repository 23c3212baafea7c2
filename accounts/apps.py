from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import account_acts, admin_acts  # noqa: PLC0415 (apps come first)
        from accounts.entrance import checks, receivers  # noqa: F401, PLC0415 (importing registers them)

        account_acts.listen()
        admin_acts.listen()
