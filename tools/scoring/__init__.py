"""This package scores calls at run time with small trained models; rules read the scores as ``scores.…``.

`scorer` asks the models that are in force, `model` is one of them with its explanation, and `features` is what each
looks at. `versions` keeps every version of a model, `score_versions` those of scores; `tfidf` and `npz` are codecs.
Training stands in another package.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .features import extract_ticket_words as extract_ticket_words
    from .features import extract_word_features as extract_word_features
    from .features import load_invoice_features as load_invoice_features
    from .features import load_refund_features as load_refund_features
    from .features import load_ticket_features as load_ticket_features
    from .model import MODELS_FOLDER as MODELS_FOLDER
    from .model import ScoreModel as ScoreModel
    from .model import load_shipped_model as load_shipped_model
    from .npz import pack_arrays as pack_arrays
    from .npz import unpack_arrays as unpack_arrays
    from .score_versions import ScoreVersions as ScoreVersions
    from .scorer import CallScores as CallScores
    from .scorer import ScoreProvider as ScoreProvider
    from .scorer import Scorer as Scorer
    from .tfidf import Families as Families
    from .tfidf import SparseRow as SparseRow
    from .tfidf import Terms as Terms
    from .tfidf import count_term_texts as count_term_texts
    from .tfidf import fit_terms as fit_terms
    from .tfidf import make_sparse_matrix as make_sparse_matrix
    from .versions import ADOPTED as ADOPTED
    from .versions import PAUSED as PAUSED
    from .versions import RESUMED as RESUMED
    from .versions import ROLLED_BACK as ROLLED_BACK
    from .versions import SHIPPED as SHIPPED
    from .versions import ModelStanding as ModelStanding
    from .versions import ModelT as ModelT
    from .versions import ModelVersions as ModelVersions
    from .versions import TrainedModel as TrainedModel
    from .versions import VersionConflict as VersionConflict

__getattr__ = export_lazily(
    __name__,
    {
        "features": (
            "extract_ticket_words extract_word_features load_invoice_features load_refund_features load_ticket_features"
        ),
        "model": "load_shipped_model MODELS_FOLDER ScoreModel",
        "npz": "pack_arrays unpack_arrays",
        "score_versions": "ScoreVersions",
        "scorer": "CallScores ScoreProvider Scorer",
        "tfidf": "count_term_texts Families fit_terms make_sparse_matrix SparseRow Terms",
        "versions": (
            "ADOPTED ModelStanding ModelT ModelVersions PAUSED RESUMED ROLLED_BACK SHIPPED TrainedModel VersionConflict"
        ),
    },
)
