"""Why a file cannot be used as it is."""

from enum import Enum


class FileProblem(Enum):
    """Why no list can be read from a file. The values are stored and never change; pages look up their explanation."""

    EMPTY = "empty_file"
    NOT_A_TABLE = "not_a_table"
    LEGACY_SPREADSHEET = "legacy_spreadsheet"
    LOCKED = "locked_spreadsheet"
    SPREADSHEET_TOO_LARGE = "spreadsheet_too_large"
    SPREADSHEET_DAMAGED = "spreadsheet_damaged"
    UNDECODABLE = "undecodable"
    NO_IDENTIFIERS = "no_identifiers"
    SEVERAL_COLUMNS = "several_columns"
    ARCHIVE = "archive"
    WEB_PAGE = "web_page"
    DATA_FILE = "data_file"
    TOO_MANY_LINES = "too_many_lines_in_file"
    TOO_MANY_CELLS = "too_many_cells"
    CELL_TOO_LONG = "cell_too_long"
    TOO_LARGE = "too_large"
    LOST = "file_lost"


BEYOND_LIMITS = frozenset({FileProblem.TOO_MANY_LINES, FileProblem.TOO_MANY_CELLS, FileProblem.CELL_TOO_LONG})
"""Problems of files that are larger than the settings allow. Nothing of such a file is kept."""


class Unopenable(Exception):
    """The file cannot be opened or read to its end; `problem` says why."""

    def __init__(self, problem: FileProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)
