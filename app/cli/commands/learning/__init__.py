"""Commands for the models that learn from what people decided; all stand in `learn`."""
