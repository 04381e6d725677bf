"""It desk: an extension for Countersign."""
