"""policies/filters/detectors: what it is, in one sentence."""
