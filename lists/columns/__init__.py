"""What the columns of a table hold: what their names say, which one is used, what stands in the others."""
