"""Routing finds which agent takes a message: by rules, by the trained classifier, by a model, or by asking back.

`router` leads through these layers and `route` is the result. `rules` and `intents` are what people write, `classifier`
and `classifier_file` the trained part, `model_router` the question to a model, and `clarification` the question to the
person. `splitter` and `record_ids` read the message; `resolver` weighs rules and classifier, and settles each request
on an intent and so on an agent. Routing decides who works, never what is allowed.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .clarification import CHOICE_REASON as CHOICE_REASON
    from .classifier import Classifier as Classifier
    from .classifier import Doubles as Doubles
    from .classifier import FamiliarityGate as FamiliarityGate
    from .classifier import Floats as Floats
    from .classifier import compute_familiarity_signs as compute_familiarity_signs
    from .classifier import compute_softmax as compute_softmax
    from .classifier import fit_words as fit_words
    from .classifier import make_term_row as make_term_row
    from .classifier_file import decode_classifier as decode_classifier
    from .classifier_file import encode_classifier as encode_classifier
    from .intents import ASSISTANT as ASSISTANT
    from .intents import OUT_OF_SCOPE as OUT_OF_SCOPE
    from .intents import Catalogue as Catalogue
    from .intents import IntentExample as IntentExample
    from .intents import IntentFolder as IntentFolder
    from .intents import compute_examples_digest as compute_examples_digest
    from .intents import load_catalogue as load_catalogue
    from .intents import load_held_out as load_held_out
    from .model_router import PoolModelRouter as PoolModelRouter
    from .record_ids import replace_record_ids as replace_record_ids
    from .route import RequestPart as RequestPart
    from .route import Route as Route
    from .router import Router as Router
    from .rules import RoutingRules as RoutingRules
    from .rules import RoutingThresholds as RoutingThresholds
    from .rules import find_attachment_kind as find_attachment_kind
    from .rules import load_rules as load_rules

__getattr__ = export_lazily(
    __name__,
    {
        "clarification": "CHOICE_REASON",
        "classifier": (
            "Classifier compute_familiarity_signs compute_softmax Doubles FamiliarityGate fit_words Floats "
            "make_term_row"
        ),
        "classifier_file": "decode_classifier encode_classifier",
        "intents": (
            "ASSISTANT Catalogue compute_examples_digest IntentExample IntentFolder load_catalogue load_held_out "
            "OUT_OF_SCOPE"
        ),
        "model_router": "PoolModelRouter",
        "record_ids": "replace_record_ids",
        "route": "RequestPart Route",
        "router": "Router",
        "rules": "find_attachment_kind load_rules RoutingRules RoutingThresholds",
    },
)
