"""A local Thanx that speaks HTTP, keeps the partner's rules strictly and misbehaves on request.

A program of its own: it imports nothing of the portal and the portal imports nothing of it, so one misreading of
the API cannot hide in both. docs/sandbox.md describes its options and its control API.
"""
