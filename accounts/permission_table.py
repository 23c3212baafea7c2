"""The table of roles and acts as the documentation shows it, between the markers of `docs/security.md`.

In `manage.py shell`: `marked_sections.redraw(permission_table.drawn(), "docs/security.md")` writes it.
"""

from accounts.models import Role
from accounts.permissions import NEEDS_RECENT_SIGN_IN, OPENS_GUEST_TOKENS, TABLE, Act, InstallationRole


def drawn() -> dict[str, str]:
    """Return the table in Markdown, by the name of its markers."""
    head = ["may", *(str(role.label).lower() for role in TABLE)]
    rows = [
        head,
        ["---", *([":-:"] * len(TABLE))],
        *([_words(act), *(_cell(act, role) for role in TABLE)] for act in Act),
    ]
    return {"roles": "\n".join(f"| {' | '.join(row)} |" for row in rows)}


def _words(act: Act) -> str:
    return f"{act.label} †" if act in NEEDS_RECENT_SIGN_IN else str(act.label)


def _cell(act: Act, role: Role | InstallationRole) -> str:
    if act in TABLE[role]:
        return "yes"
    return "granted singly" if act in OPENS_GUEST_TOKENS and role == InstallationRole.OPERATOR else "–"
