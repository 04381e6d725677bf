"""The intents that ship: what people ask for, in examples that people own, and the router's written rules.

There is one YAML file per agent, one for what all share and one for what is out of scope. ``rules.yaml`` holds the
rules, ``held_out.yaml`` the messages that test the classifier, and ``model.npz`` the classifier that `train` makes of
the examples.
"""

from pathlib import Path

from ..routing.intents import IntentFolder

INTENTS = IntentFolder(
    Path(__file__).parent, ("legal.yaml", "finance.yaml", "support.yaml", "shared.yaml", "out_of_scope.yaml")
)
"""The intents that ship."""
