"""The statistics of experiments. Pure functions of numbers: no web, no database, no clock."""
