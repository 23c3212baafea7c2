"""Passwords that are easily guessed, by the leaked passwords and words that ship with zxcvbn. It asks no other host."""

from typing import Any

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

STRONG = 4
"""zxcvbn's highest score: more than ten thousand million guesses."""

LONGEST_JUDGED = 72
"""zxcvbn judges no more characters."""


class HardToGuess:
    """Refuses passwords that are, or are built around, leaked ones, names, words, dates and keys beside each other."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that an attacker would soon try."""
        if not password:
            return  # too short already, and zxcvbn has nothing to judge
        about = [user.email, *user.email.split("@"), user.first_name, user.last_name] if user is not None else []
        found = zxcvbn(password[:LONGEST_JUDGED], user_inputs=["thanx", "portal", *filter(None, about)])
        if found["score"] >= STRONG:
            return
        why = found["feedback"]["warning"]
        text = f"This password is too easy to guess. {why or 'Attackers try such words first.'}"
        raise ValidationError(f"{text} Several words that have nothing to do with each other are better.")

    def get_help_text(self) -> str:
        """Return what to type."""
        return "Several words that have nothing to do with each other are easy to remember and hard to guess."
