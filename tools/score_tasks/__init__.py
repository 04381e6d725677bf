"""What the departments that ship score and learn: fraud, wrong invoices, displeased customers, urgent tickets.

`refund_fraud`, `invoice_risk` and `ticket_text` say where the features come from, `registry` lists them, and ``models``
holds the models that ship.
"""

from pathlib import Path

MODELS = Path(__file__).parent / "models"
"""The folder of the models that ship, and of their cards."""
MADE_UP = "Trained on the history of the sample company, which is made up; train it on your own before relying on it."
"""What the cards of the models that ship say, whatever business they are used for."""
