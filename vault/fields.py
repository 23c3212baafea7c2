"""Columns that hold what is sealed. So the key rotation finds every value, and each column says its purpose once."""

from typing import Any

from django.db import models


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Values sealed for one purpose. Migrations know the column as the binary one that it is."""

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose

    def deconstruct(self) -> Any:
        """Return how a migration writes the column: without its purpose, which changes nothing in the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


class SealedFileField(models.CharField):  # type: ignore[type-arg]
    """The name of a sealed file in the default storage. The model's PURPOSE is what the file is sealed for."""

    def deconstruct(self) -> Any:
        """Return how a migration writes the column: as the name that it is."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def purpose_of(model: type[models.Model], column: str) -> str:
    """Return the purpose for which a sealed column's values are sealed."""
    field = model._meta.get_field(column)
    assert isinstance(field, SealedField)
    return field.purpose
