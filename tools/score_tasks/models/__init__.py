"""The trained scores that ship: a JSON file with the weights of each, and a Markdown file as its card.

They are in force until somebody adopts another version.
"""

from pathlib import Path

MODELS = Path(__file__).parent
"""The folder of the models that ship, and of their cards."""
MADE_UP = "Trained on the history of the sample company, which is made up; train it on your own before relying on it."
"""What the cards of the models that ship say, whatever business they are used for."""
