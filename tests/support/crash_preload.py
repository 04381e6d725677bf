"""Loaded by the process that dying processes are forked from, and by no test: it changes what the assistant does."""

from crash_jobs import adapt

adapt()
