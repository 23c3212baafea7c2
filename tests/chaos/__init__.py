"""The storm, a chaos test of the whole product from outside: `python -m tests.chaos --help`.

docs/exactly-once.md explains it. The storm uses HTTP and commands only; of the product it imports the invented people
of the demo. `our_records.py`, a program of its own, reads the portal's rows.
"""
