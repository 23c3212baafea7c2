"""Files that are no tables: pictures, archives, web pages, and data for programs. Each is told by what it is. Pure."""

import re

from lists.file_problems import FileProblem

_OTHERS = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3")
_ARCHIVES = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_PAGES = (
    b"<!doctype html",
    b"<html",
    b"<body",
    b"<head",
    b"<table",
    b"<div",
    b"<meta",
    b"<ul",
    b"<ol",
    b"<p>",
    b"<svg",
)
_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
_JSON = ("{", "[{", "[[", '["')
_RECORD = re.compile(
    r"^(?:dn::? |begin:v(?:card|calendar)|insert\s+into\s|create\s+table\s)", re.IGNORECASE | re.MULTILINE
)
_XML = re.compile(r"\s*<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?>").match
_FROM_POST = re.compile(
    r"^(?:received|return-path|mime-version|message-id|delivered-to):|^(?:from|to):.*@[^,]*$(?=(?s:.*)^subject:)",
    re.IGNORECASE | re.MULTILINE,
)
"""Lines at the top of a stored mail: those of its transport, or addresses above a subject."""

BEGINNING = 500
"""Characters. A file of such a kind says so at once; a list may quote one further down."""


def foreign_kind(head: bytes) -> FileProblem | None:
    """Return what a file is by its first bytes; None where they are not those of anything else than a table."""
    beginning = head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(_ARCHIVES):
        return FileProblem.ARCHIVE
    if beginning.startswith(b"<?xml") and _SPREADSHEET in head.lower():
        return FileProblem.LEGACY_SPREADSHEET
    if beginning.startswith(_PAGES) or (beginning.startswith((b"<?xml", b"<!doctype")) and b"<html" in head.lower()):
        return FileProblem.WEB_PAGE
    if beginning.startswith((b"<?xml", b"<!doctype")):
        return FileProblem.DATA_FILE
    return FileProblem.NOT_A_TABLE if head.startswith(_OTHERS) else None


def is_data(text: str) -> bool:
    """Whether a text is made for programs: JSON, XML, SQL, a mail, or one of the forms that mail programs keep."""
    beginning = text.lstrip("\ufeff")[:BEGINNING]
    squeezed = "".join(beginning.split())
    if squeezed.startswith(_JSON) and (":" in squeezed or squeezed.startswith("[")):
        return True
    tag = _XML(beginning)
    is_xml = bool(tag) and f"</{tag.group(1)}" in text if tag else False
    return is_xml or bool(_RECORD.search(beginning) or _FROM_POST.search(beginning))
