"""What the pages show: one frozen object each, so that no template runs a query."""
