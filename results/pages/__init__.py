"""What the pages of results show, as typed values."""
