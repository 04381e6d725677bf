"""Commands of reviewers: `inbox` shows what waits, and `answers` gives the answers, each signed."""
