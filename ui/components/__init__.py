"""What the template tags compute: plain functions of values, so that they can be tested without a page."""
