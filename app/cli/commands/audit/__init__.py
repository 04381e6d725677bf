"""Commands for the proof: `log`, `receipt`, `keys`, and what became of `effects`."""
