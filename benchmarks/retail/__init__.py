"""A shop's written policy, encoded as a pack and tried on the shop's own tasks."""
