"""The views of guests."""
