"""Why a line is left out or a file cannot be used: what is wrong, and what to do, in words for a marketer."""

from django.conf import settings

from issuance.audience.screening import Exclusion
from lists.file_problems import FileProblem
from lists.identifiers import CellProblem
from lists.lines import LineProblem
from lists.suggestions import Doubt, Repair
from ui.explained import Explained

OF_LINES: dict[str, Explained] = {
    LineProblem.EMPTY.value: Explained("The line is empty", "Nothing to do, unless something is missing here."),
    LineProblem.NO_IDENTIFIER.value: Explained(
        "Neither an email address nor a phone number",
        "Add one of the two. If they are in another column, correct the columns.",
    ),
    LineProblem.BOTH_INVALID.value: Explained(
        "Neither the email address nor the phone number is valid", "Correct one of the two."
    ),
    LineProblem.DUPLICATE.value: Explained(
        "The same guest as another line", "Nothing to do: the guest is counted once, on the other line."
    ),
    LineProblem.HELD_BACK_BEFORE.value: Explained(
        "Held back in this campaign",
        "The guest belongs to the control of this campaign, which must not get its rewards. Use another campaign.",
    ),
    Exclusion.DO_NOT_REWARD.value: Explained(
        "On an exclusion list",
        "Nothing to do: this merchant does not reward the guest. Take the guest off the list if that is wrong.",
    ),
    Exclusion.CONTROL_ELSEWHERE.value: Explained(
        "In the control of another running campaign",
        "A reward now would spoil what that campaign measures. Include these guests anyway if that does not matter.",
    ),
    Exclusion.REWARDED_HERE.value: Explained(
        "Already rewarded by this campaign",
        "Nothing to do, unless the guest is to get a second reward: then include these guests anyway.",
    ),
    Exclusion.REWARDED_LATELY.value: Explained(
        "Rewarded lately by another campaign",
        "Nothing to do. Include these guests anyway, or change the number of days, if they are to get this one, too.",
    ),
    Exclusion.NOT_A_MEMBER.value: Explained(
        "Probably not a member of this merchant",
        "Nothing to do: Thanx would not know the guest. Invite them to join, or send to them anyway.",
    ),
    CellProblem.EMAIL_INVALID.value: Explained("Not an email address", "Look for a typing error and correct it."),
    CellProblem.EMAIL_SEVERAL.value: Explained("Several email addresses in one cell", "Keep one of them in the cell."),
    CellProblem.EMAIL_ACCENTED.value: Explained(
        "Accents or other special letters before the @", "Check the spelling. Hardly any real address has them there."
    ),
    CellProblem.EMAIL_GLUED.value: Explained(
        "Something is attached to an email address",
        "Keep the address alone. If the sign is really a part of it, type the address again.",
    ),
    CellProblem.PHONE_INVALID.value: Explained(
        "Not a phone number",
        "Look for missing or extra digits. A number from abroad needs its country code, such as +44.",
    ),
    CellProblem.PHONE_SEVERAL.value: Explained("Several phone numbers in one cell", "Keep one of them in the cell."),
    CellProblem.PHONE_DAMAGED.value: Explained(
        "Phone number shortened by a spreadsheet, like 4.1E+10",
        "The last digits are lost. Format the column as text in the original list and save it again.",
    ),
    CellProblem.PHONE_EXTENSION.value: Explained(
        "Phone number with an extension", "Use the guest's own number: an extension is an office's telephone."
    ),
    LineProblem.LEFT_OUT_BY_HAND.value: Explained("Left out by hand", "Nothing to do, unless you changed your mind."),
    LineProblem.HIDDEN_ROW.value: Explained(
        "Hidden in the spreadsheet",
        "Nothing to do, unless these guests are meant as well: then have hidden rows read, beside the columns.",
    ),
    LineProblem.TOTALS.value: Explained("A row of totals", "Nothing to do: it sums up the other lines."),
    Repair.EMAIL_COMMA.value: Explained("A comma in an email address", "It should probably be a dot."),
    Repair.EMAIL_SPACES.value: Explained(
        "A space in an email address", "Close the gap, unless what is before it is a name."
    ),
    Repair.EMAIL_SIGNS.value: Explained("A doubled or stray sign in an email address", "Keep one of them."),
    Repair.EMAIL_AT_LOST.value: Explained("An email address without its @", "Put it back before the domain."),
    Repair.EMAIL_ENDING_LOST.value: Explained(
        "An email address without its ending", "Add what is missing, such as .com."
    ),
    Repair.EMAIL_DASH.value: Explained(
        "A dash in an email address", "It was probably a hyphen: Word turns them round."
    ),
    Repair.EMAIL_AMONG_WORDS.value: Explained(
        "An email address among other words", "Keep the address alone, if it is the guest's."
    ),
    Repair.EMAIL_IS_PHONE.value: Explained(
        "A phone number where an email address belongs", "Use it as the phone number, or look for the address."
    ),
    Repair.PHONE_PLUS_LOST.value: Explained(
        "A phone number from abroad that lost its plus", "Put the plus back if the country is right."
    ),
    Repair.PHONE_ZERO_LOST.value: Explained(
        "A phone number that lost its leading zero", "Put the zero back: spreadsheets drop it."
    ),
    Repair.PHONE_LETTERS.value: Explained("Letters in a phone number", "Use zero for O, and one for l or I."),
    Repair.PHONE_ROUNDED.value: Explained(
        "A phone number written like 1.2125550100E+10", "No digit is lost here: write it out."
    ),
    Repair.PHONE_AMONG_WORDS.value: Explained(
        "A phone number among other words", "Keep the number alone, if it is the guest's."
    ),
    Repair.PHONE_OLD_PREFIX.value: Explained(
        "A Mexican number with its old 1 behind +52", "Leave the 1 out: it is no longer dialled."
    ),
    Repair.PHONE_IS_EMAIL.value: Explained(
        "An email address where a phone number belongs", "Use it as the address, or look for the number."
    ),
    Doubt.EMAIL_TYPO.value: Explained(
        "Probably a slip in a common mail domain", "Correct it, unless the domain is really written so."
    ),
    Doubt.OTHER_USED.value: Explained(
        "The other identifier is used, since the preferred one is damaged",
        "Check that both are the same guest's, or leave the line out.",
    ),
}

OF_FILES: dict[str, Explained] = {
    FileProblem.EMPTY.value: Explained("The file has no lines", "Choose a file with at least one guest in it."),
    FileProblem.NOT_A_TABLE.value: Explained(
        "This is not a table",
        "Save the list as a spreadsheet or CSV and add that file. Pictures, PDFs and text documents cannot be read.",
    ),
    FileProblem.ARCHIVE.value: Explained(
        "This is an archive, which may hold several files",
        "Unpack it, and add the one file with the guests who are meant.",
    ),
    FileProblem.WEB_PAGE.value: Explained(
        "This is a web page, whatever its name says",
        "Open it in a spreadsheet program, save it as “Excel workbook (.xlsx)” or “CSV”, and add that file.",
    ),
    FileProblem.DATA_FILE.value: Explained(
        "This is not a table, but data for programs, such as JSON or contact cards",
        "Export the list as CSV or as a spreadsheet, and add that file.",
    ),
    FileProblem.LEGACY_SPREADSHEET.value: Explained(
        "This spreadsheet is of an old kind, or of one that only its own program reads",
        "Open it there, choose “Save as”, then “Excel workbook (.xlsx)” or “CSV”, and add that file.",
    ),
    FileProblem.LOCKED.value: Explained(
        "This spreadsheet is protected by a password", "Save a copy without the password and add that file."
    ),
    FileProblem.SPREADSHEET_TOO_LARGE.value: Explained(
        "This spreadsheet is too large to be opened here",
        "Copy the columns with the guests into a new workbook, or save the sheet as CSV, and add that file.",
    ),
    FileProblem.SPREADSHEET_DAMAGED.value: Explained(
        "This spreadsheet is damaged", "Open it, save it again, and add that file. Saving it as CSV works, too."
    ),
    FileProblem.UNDECODABLE.value: Explained(
        "The letters in this file cannot be read", "Save the list again as “CSV UTF-8” and add that file."
    ),
    FileProblem.NO_IDENTIFIERS.value: Explained(
        "No column with email addresses or phone numbers was found",
        "Say which column holds them, or choose another file.",
    ),
    FileProblem.SEVERAL_COLUMNS.value: Explained(
        "Several columns may hold the guests' addresses or numbers",
        "Say which one is meant. The portal does not choose between guests and others.",
    ),
    FileProblem.TOO_LARGE.value: Explained("The file is too large", "Split it and add the parts in turn."),
    FileProblem.LOST.value: Explained("The stored file can no longer be opened", "Add the file again."),
}


def of_line(code: str) -> Explained:
    """Return the explanation of a reason to leave a line out; for a code of another version, the code itself."""
    return OF_LINES.get(code, Explained(code.replace("_", " ").capitalize(), "Check the line."))


def of_file(code: str) -> Explained:
    """Return why a file cannot be used; for a code of another version, the code itself."""
    limits = {
        FileProblem.TOO_MANY_LINES.value: (
            f"The list has more than {settings.LIST_MOST_LINES:,} lines",
            "Split it and add the parts in turn. Nothing of the file was kept.",
        ),
        FileProblem.TOO_MANY_CELLS.value: (
            f"A line has more than {settings.LIST_MOST_CELLS:,} cells",
            "Keep the columns with the guests, and add that file. Nothing of this one was kept.",
        ),
        FileProblem.CELL_TOO_LONG.value: (
            f"A cell has more than {settings.LIST_LONGEST_CELL:,} characters, or a line does not end",
            "Keep the columns with the guests, or save the list anew. Nothing of this file was kept.",
        ),
    }
    if code in limits:
        return Explained(*limits[code])
    return OF_FILES.get(code, Explained(code.replace("_", " ").capitalize(), "Choose another file."))
