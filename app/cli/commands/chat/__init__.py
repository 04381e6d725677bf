"""Commands for talking with the assistant: `chat`, `ask` and the `demo`."""
