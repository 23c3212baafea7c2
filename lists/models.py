"""What the portal keeps of a list that a user adds: the encrypted file, and how its rows are read."""

from typing import ClassVar

from django.db import models

from vault.fields import SealedField, SealedFileField


class StoredTable(models.Model):
    """A file as it came, encrypted, and how it is read. Each kind of list has a database table of its own.

    A text file has an `encoding` and a `delimiter`, a spreadsheet a `sheet` and `sealed_sheets`. `mapping` says which
    column holds what, zero-based, such as {"email": 0, "phone": 2}.
    """

    PURPOSE: ClassVar[str]
    """The purpose under which the file is sealed: a file of one kind does not open as one of another."""

    MERCHANT: ClassVar[str]
    """The path to the key of the merchant whose list it is."""

    stored_as = SealedFileField(max_length=200, help_text="Its name in the storage; the content is encrypted.")
    size = models.PositiveBigIntegerField(help_text="Bytes, before encryption.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file as it came.")
    encoding = models.CharField(max_length=30, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    sheet = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of a spreadsheet: the place of the sheet that is read, from 0."
    )
    sealed_sheets = SealedField(
        purpose="first rows of sheets",
        default=b"",
        help_text="Of a spreadsheet: the first rows of its sheets, encrypted.",
    )
    reads_hidden = models.BooleanField(
        default=False, db_default=False, help_text="Of a spreadsheet: rows that it does not show are read as well."
    )
    header_row = models.PositiveIntegerField(
        null=True, blank=True, help_text="The row that names the columns; 0 for none. What is above it is no line."
    )
    columns = models.JSONField(default=list, help_text="Names from the header line, or column numbers.")
    mapping = models.JSONField(default=dict)

    class Meta:
        abstract = True
