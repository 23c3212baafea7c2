"""The forms of the entrance with the portal's labels."""

from typing import Any

from allauth.account.forms import AddEmailForm, ChangePasswordForm, LoginForm


class SignInForm(LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email address"
        if "remember" in self.fields:
            self.fields["remember"].label = "Stay signed in on this device"


class NewAddressForm(AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "New email address"


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """A new password. The present one is not asked for: only a user who has just proven who they are gets here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["oldpassword"]
        self.fields["password1"].label = "New password"
        self.fields["password2"].label = "The same again"
