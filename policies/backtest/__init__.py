"""policies/backtest: what it is, in one sentence."""
