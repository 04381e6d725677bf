"""Commands for one installation: its people, costs, masked values and graph."""
