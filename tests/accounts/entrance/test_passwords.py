"""A password is long, and nothing that an attacker would soon try."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User

ANA = User(email="ana.lopez@partner.example", first_name="Ana", last_name="Lopez")


@pytest.mark.parametrize(
    "password",
    [
        "guacamole",
        "password1234",
        "P@ssw0rd1234",
        "qwertyuiop123",
        "123456789012",
        "Welcome12345",
        "Summer2024!!",
        "thanxportal26",
        "ana.lopez.2026",
        "monkeymonkey12",
    ],
)
def test_what_is_short_leaked_or_about_the_user_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, ANA)


@pytest.mark.parametrize(
    "password", ["seven green avocados", "all-the-tacos-26", "x7$Kq9!vR2mW", "seven green avocados " * 9]
)
def test_what_is_long_and_unlike_anything_is_taken(password):
    validate_password(password, ANA)
