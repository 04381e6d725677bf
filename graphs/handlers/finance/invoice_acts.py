"""Acts on one invoice: posting it, releasing its payment. Policy says who must sign."""

from ....policies.domain.proposal import Provenance
from ...language.formatting import amount, bullets, words
from ...language.request_values import numbers
from ...steps import Ask, Call, Calls, Case, Finish, Next
from ..shared.base import Errand, Request

POSTING, RELEASE = "finance-handbook#3.2", "finance-handbook#4.1"


def _one_invoice(case: Case[Request], doing: str) -> str | Ask:
    ids = numbers("invoice", case.input.text, case.input.earlier)
    if len(ids) > 1:
        return Ask(f"One at a time, please: {' or '.join(ids)}?", "invoice_id")
    return (
        ids[0]
        if ids
        else Ask(f"Which invoice should be {doing}? Tell me its number, for example INV-1042.", "invoice_id")
    )


def begin_post(case: Case[Request]) -> Next:
    """Match first, so that the reviewer sees why it may be posted."""
    found = _one_invoice(case, "posted")
    if isinstance(found, Ask):
        return found
    return Calls.of(Call("match", "invoices.match", {"invoice_id": found}, {"invoice_id": Provenance.USER}))


def tell_post(case: Case[Request]) -> Next:
    """Put the posting to policy, then say what came of it."""
    if stop := case.stop("match", "post the invoice"):
        return stop
    match = case.value("match")
    if "posting" not in case.outcomes:
        kinds = ", ".join(map(words, match["kinds"]))
        args = {
            "invoice_id": match["invoice_id"],
            "note": f"Exceptions: {kinds}" if kinds else "Three-way match without exception",
        }
        return Calls.of(
            Call("posting", "invoices.post", args, {"invoice_id": Provenance.USER, "note": Provenance.TRUSTED})
        )
    facts = bullets([f"{words(item['kind'])}: {item['words']}" for item in match["exceptions"]])
    if stop := case.stop("posting", f"post {match['invoice_id']}"):
        return Finish("\n\n".join(filter(None, [stop.text, facts])), stop.status, (match["invoice_id"], POSTING))
    done = case.value("posting")
    text = f"**{done['invoice_id']}** over {amount(done['total_minor'], done['currency'])} is posted."
    return Finish(
        "\n\n".join(filter(None, [text, facts])), citations=(done["invoice_id"], POSTING), data={"posting": dict(done)}
    )


def begin_release(case: Case[Request]) -> Next:
    """Put the payment to policy: it always needs a controller."""
    found = _one_invoice(case, "paid")
    if isinstance(found, Ask):
        return found
    return Calls.of(Call("payment", "payments.release", {"invoice_id": found}, {"invoice_id": Provenance.USER}))


def tell_release(case: Case[Request]) -> Finish:
    """Say what came of it."""
    if stop := case.stop("payment", "release the payment"):
        return Finish(stop.text, stop.status, (RELEASE,))
    paid = case.value("payment")
    text = (
        f"**{amount(paid['amount_minor'], paid['currency'])}** were released for "
        f"{paid['invoice_id']} ({paid['payment_id']})."
    )
    return Finish(text, citations=(paid["invoice_id"], paid["payment_id"], RELEASE), data={"payment": dict(paid)})


POST_INVOICE = Errand(begin_post, tell_post, writes=("invoices.post",))
PAYMENT_RELEASE = Errand(begin_release, tell_release, writes=("payments.release",))
