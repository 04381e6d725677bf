"""Commands for one installation: its people (`users`), costs (`usage`), masked values (`vault`) and its `graph`."""
