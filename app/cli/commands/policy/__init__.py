"""Commands for written rules, for those who own them.

`rules` lists, checks and explains, `cases` tests, and `simulate`, `diff` and `backtest` try other packs. `editions`
brings packs into force.
"""
