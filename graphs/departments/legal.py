"""Legal: contracts, clauses, renewals, notes and signatures."""

from ...agents.roster import LEGAL_AGENT
from ...policies.packs import PACKS
from ...tools.sample_company.handbook import HANDBOOKS
from ...tools.toolsets import LEGAL as TOOLS
from ..extensions.extension import Extension
from ..handlers.legal.contract_actions import LEGAL_NOTE, SEND_FOR_SIGNATURE
from ..handlers.legal.contract_questions import CONTRACT_QUESTION
from ..handlers.legal.contract_search import CONTRACT_SEARCH
from ..handlers.shared.handbook import POLICY_QUESTION
from ..handlers.shared.memory_notes import add_memory
from ..workflows.contract_review.workflow import CONTRACT_REVIEW

LEGAL = Extension(
    name="legal",
    version="1.0",
    owner="general_counsel",
    tools=TOOLS,
    agents=(LEGAL_AGENT,),
    handlers={
        "contract_question": add_memory(CONTRACT_QUESTION),
        "contract_search": CONTRACT_SEARCH,
        "legal_policy_question": POLICY_QUESTION,
        "send_for_signature": SEND_FOR_SIGNATURE,
        "legal_note": LEGAL_NOTE,
    },
    workflows=(CONTRACT_REVIEW,),
    packs=(PACKS / "legal.yaml",),
    handbooks=(HANDBOOKS / "legal-handbook.md",),
)
