"""Where the project lies: processes that tests start run here, and tests read its files."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
