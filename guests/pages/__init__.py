"""The pages of guests, as plain values for their templates."""
