"""A storm over the whole product, from outside: `python -m tests.chaos --help`; docs/exactly-once.md explains it.

Nothing here is imported by the product, and of the product only the invented people of the demo are imported here: the
storm speaks HTTP and runs commands, and `bookkeeper.py`, a program of its own, reads our rows.
"""
