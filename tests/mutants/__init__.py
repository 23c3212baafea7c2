"""Edits that break the product on purpose, each with the tests that must notice: `make mutants`.

A folder of TOML files lists them, a file for each package. An entry says what is broken in a user's words (`breaks`),
where (`file`, `find`, `replace`; `find` occurs exactly once), and which tests must fail (`tests`). The list is made by
hand, because each edit stands for a promise; a generator such as mutmut changes every operator of a module, and most of
its survivors say nothing about the product.
"""
