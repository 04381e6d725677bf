"""This package scores calls at run time with small trained models; rules read the scores as ``scores.…``.

`scorer` asks the models that are in force, `model` is one of them with its explanation, `task` says what is scored,
from what, and who answers for it, and `features` has those of texts. `versions` keeps every version of a model,
`score_versions` those of scores; `tfidf` and `npz` are codecs. Training stands in another package.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .features import FeatureValues as FeatureValues
    from .features import extract_word_features as extract_word_features
    from .model import ScoreModel as ScoreModel
    from .model import load_shipped_model as load_shipped_model
    from .npz import pack_arrays as pack_arrays
    from .npz import unpack_arrays as unpack_arrays
    from .score_versions import ScoreVersions as ScoreVersions
    from .scorer import CallScores as CallScores
    from .scorer import ScoreProvider as ScoreProvider
    from .scorer import Scorer as Scorer
    from .task import LearningTask as LearningTask
    from .task import ReviewedCase as ReviewedCase
    from .task import Target as Target
    from .task import get_learning_task as get_learning_task
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
        "features": "extract_word_features FeatureValues",
        "model": "load_shipped_model ScoreModel",
        "npz": "pack_arrays unpack_arrays",
        "score_versions": "ScoreVersions",
        "scorer": "CallScores ScoreProvider Scorer",
        "task": "get_learning_task LearningTask ReviewedCase Target",
        "tfidf": "count_term_texts Families fit_terms make_sparse_matrix SparseRow Terms",
        "versions": (
            "ADOPTED ModelStanding ModelT ModelVersions PAUSED RESUMED ROLLED_BACK SHIPPED TrainedModel VersionConflict"
        ),
    },
)
