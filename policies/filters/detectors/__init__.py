"""The detectors find personal and secret values in text, one module for each family of values.

`detect` runs them all; `match` says what a find is and settles overlaps, and `normalization` reads through look-alike
characters. `special_categories` stands apart: it names topics such as health for rules about memory. Detectors only
find; what is masked is said by packs and done by the masker.
"""

from typing import TYPE_CHECKING

from ...lazy_exports import export_lazily

if TYPE_CHECKING:
    from .detect import detect_values as detect_values
    from .match import SensitiveKind as SensitiveKind
    from .match import SensitiveValue as SensitiveValue
    from .normalization import normalize_text as normalize_text
    from .special_categories import find_special_categories as find_special_categories

__getattr__ = export_lazily(
    __name__,
    {
        "detect": "detect_values",
        "match": "SensitiveKind SensitiveValue",
        "normalization": "normalize_text",
        "special_categories": "find_special_categories",
    },
)
