"""A local Thanx over HTTP that enforces the rules of the API strictly and misbehaves on request.

A separate program: it imports nothing of the portal and the portal imports nothing of it, so that a misreading of the
API cannot hide in both. docs/sandbox.md describes its options and its control API.
"""
