"""What the pages of guests show, as plain values."""
