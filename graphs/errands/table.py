"""Which errand serves which intent."""

from . import Errand

ERRANDS: dict[str, Errand] = {}
