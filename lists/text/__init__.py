"""What a text file looks like: its encoding, its separators, and lists that are no tables."""
