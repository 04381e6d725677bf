"""Commands for one installation: its `users`, `extensions`, costs (`usage`), masked values (`vault`) and `graph`."""
