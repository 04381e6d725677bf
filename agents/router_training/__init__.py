"""agents/router_training: what it is, in one sentence."""
