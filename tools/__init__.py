"""All that touches the world: tools behind one guarded door, and the ledger that lets each effect happen once.

A tool is a typed function with a spec (``spec``); ``arguments``, ``outcome``, ``schemas`` and ``summary`` are its
arguments, its results, its form for models and its words for people. The packages, from the ground up:

- ``connectors/``: the port to business systems, and the value that a business is.
- ``extraction/``: typed values in text, such as dates, money and record numbers, without a model; and attached files
  as text, whose formats the room of memory reads.
- ``scoring/``: trained scores at run time, their features, and which version is in force.
- ``contracts/``: reads contracts: sections, parties, clauses, citations and risks.
- ``ledger/``: side effects, each once, and those in doubt.
- ``registry/``: proposes, decides and executes calls; the only way to any tool.
- ``toolsets/``: the tools of support, finance and legal, and those that all share.
- ``learning/``: makes examples of what people decided, and trains better scores from them.
- ``score_tasks/``: what the shipped departments score and learn.
- ``sample_company/``: the sample company, Halden & Birch, with its records and people.
"""

from typing import TYPE_CHECKING

from ..policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .arguments import MAX_CHARACTERS as MAX_CHARACTERS
    from .arguments import bound_arguments as bound_arguments
    from .arguments import explain_misfit as explain_misfit
    from .arguments import list_defaults as list_defaults
    from .arguments import validate_arguments as validate_arguments
    from .asked_as import AskedAs as AskedAs
    from .outcome import GRANT_LIFETIME as GRANT_LIFETIME
    from .outcome import Grant as Grant
    from .outcome import Outcome as Outcome
    from .outcome import Status as Status
    from .schemas import LONGEST_NAME as LONGEST_NAME
    from .schemas import make_tool_schema as make_tool_schema
    from .schemas import make_wire_name as make_wire_name
    from .schemas import parse_wire_name as parse_wire_name
    from .schemas import tool_shapes as tool_shapes
    from .spec import Arguments as Arguments
    from .spec import DocumentReader as DocumentReader
    from .spec import Fields as Fields
    from .spec import MemoryReader as MemoryReader
    from .spec import Result as Result
    from .spec import ToolContext as ToolContext
    from .spec import ToolServices as ToolServices
    from .spec import ToolSpec as ToolSpec
    from .spec import check_running as check_running
    from .spec import issue_permit as issue_permit
    from .spec import split_paths as split_paths
    from .spec import tool as tool
    from .spec import withdraw_permit as withdraw_permit
    from .spec_gaps import find_spec_gaps as find_spec_gaps
    from .summary import MASKED as MASKED
    from .summary import format_minor_units as format_minor_units
    from .summary import mask_fields as mask_fields
    from .summary import summarise_call as summarise_call

__getattr__ = export_lazily(
    __name__,
    {
        "arguments": "bound_arguments explain_misfit list_defaults MAX_CHARACTERS validate_arguments",
        "asked_as": "AskedAs",
        "outcome": "Grant GRANT_LIFETIME Outcome Status",
        "schemas": "LONGEST_NAME make_tool_schema make_wire_name parse_wire_name tool_shapes",
        "spec": (
            "Arguments check_running DocumentReader Fields issue_permit MemoryReader Result split_paths tool "
            "ToolContext ToolServices ToolSpec withdraw_permit"
        ),
        "spec_gaps": "find_spec_gaps",
        "summary": "format_minor_units mask_fields MASKED summarise_call",
    },
)
