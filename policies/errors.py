"""There is one error family, of every error that a person can cause or act on."""


class CountersignError(Exception):
    """Something a person can act on; the message says what happened, to what, and what to do."""

    exit_code = 1


class BadInput(CountersignError):
    """What the caller gave cannot be used: a missing file, an unknown id, a date that does not exist."""

    exit_code = 2


class NotAllowed(CountersignError):
    """The principal may not do this; policy or a review rule says so."""

    exit_code = 3


class PolicyError(CountersignError):
    """A policy pack cannot be loaded or a rule cannot be evaluated; the file and line are named."""

    exit_code = 4


class StorageError(CountersignError):
    """The data folder or a database in it cannot be read or written."""

    exit_code = 5


class Tampered(CountersignError):
    """Stored bytes no longer match what was recorded; nothing may run on them."""

    exit_code = 6


class Unavailable(CountersignError):
    """Another system (a model, a business system, the vector index) did not answer; trying again may help."""

    exit_code = 7
