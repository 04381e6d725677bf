"""Commands for written rules: check, test, try, compare, adopt."""
