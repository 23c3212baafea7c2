"""What the template tags compute, as plain functions that can be tested without a page."""
