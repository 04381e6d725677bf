"""What people ask for, in examples that people own, the router's written rules, and the classifier made of them."""

from pathlib import Path

from ..routing.intents import IntentFolder

INTENTS = IntentFolder(
    Path(__file__).parent, ("legal.yaml", "finance.yaml", "support.yaml", "shared.yaml", "out_of_scope.yaml")
)
"""The intents that ship."""
