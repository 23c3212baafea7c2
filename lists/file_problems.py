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
    TOO_LARGE = "too_large"
    LOST = "file_lost"


class Unopenable(Exception):
    """The file cannot be opened or read to its end; `problem` says why."""

    def __init__(self, problem: FileProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)
