"""An act is read as ordered only where a person orders it, here and now; its tool says how it is asked for."""

from collections.abc import Mapping
from time import perf_counter

import pytest
from countersign.agents.requests.moods import Mood
from countersign.agents.requests.reading import blank_foreign, interpret_order
from countersign.graphs.assistant.default_content import load_content
from countersign.tools.asked_as import AskedAs
from hypothesis import given
from hypothesis import strategies as st

ASKED: Mapping[str, AskedAs] = {spec.name: spec.asked_as for spec in load_content().tools if spec.asked_as}
ACTS = {  # by tool: an order, its -ing form, its past
    "refunds.issue": ("refund order ORD-8855", "refunding order ORD-8855", "refunded order ORD-8855"),
    "tickets.set_status": ("close ticket TCK-0954", "closing ticket TCK-0954", "closed ticket TCK-0954"),
    "vouchers.issue": ("give CUS-0006 a voucher of 10 EUR", "giving CUS-0006 a voucher", "gave CUS-0006 a voucher"),
    "invoices.post": ("post invoice INV-1039", "posting invoice INV-1039", "posted invoice INV-1039"),
    "payments.release": (
        "release the payment of INV-1056",
        "releasing the payment of INV-1056",
        "released the payment of INV-1056",
    ),
    "suppliers.change_bank": (
        "change the bank account of SUP-012 to DE89370400440532013000",
        "changing the bank account of SUP-012",
        "changed the bank account of SUP-012",
    ),
    "discounts.grant": (
        "grant CUS-0012 a discount of 3 %",
        "granting CUS-0012 a discount of 3 %",
        "granted CUS-0012 a discount of 3 %",
    ),
    "contracts.send_for_signature": (
        "send contract CON-0031 for signature",
        "sending contract CON-0031 for signature",
        "sent contract CON-0031 for signature",
    ),
    "contracts.set_status": ("set contract CON-0031 to approved", "setting the status", "has set the status"),
    "expenses.submit": (
        "hand in an expense of 20 EUR for a taxi",
        "handing in an expense of 20 EUR",
        "handed in an expense of 20 EUR",
    ),
    "expenses.approve": ("approve expense EXP-0031", "approving expense EXP-0031", "approved expense EXP-0031"),
}
ORDERS = (
    "{V}",
    "{V}.",
    "please {V}",
    "{V} please",
    "could you {V}?",
    "Can you please {V}",
    "would you {V}?",
    "I'd like you to {V}",
    "I need you to {V}",
    "we have to {V}",
    "let's {V}",
    "go ahead and {V}",
    "hi, {V}",
    "Hello team, please {V}. Thanks!",
    "ok, now {V}",
    "{V}, thanks",
    "{V} because the customer complained",
    "The customer complained. {V}",
    "the parcel is lost, please {V}",
    "don't forget to {V}",
    "{V} if possible",
    "make sure to {V}",
    "{V} as soon as possible",
    "when you have a minute, {V}",
    "Urgent: {V}",
    "hi there\n{V}\nthanks, Mara",
)
NO_ORDERS = (
    "should I {V}?",
    "how do I {V}?",
    "can we {V}?",
    "could we {V}?",
    "must I {V}?",
    "do we have to {V}?",
    "do I need to {V}",
    "how long do we have to {V}",
    "when do you want me to {V}",
    "why would we want to {V}?",
    "may I {V}?",
    "is it ok to {V}?",
    "what happens if I {V}?",
    "what if we {V}?",
    "who {D}?",
    "why did we {V}?",
    "when can I {V}?",
    "tell me how to {V}",
    "explain how to {V}",
    "I wonder if I should {V}",
    "we will not {V}",
    "don't {V}",
    "do not {V} yet",
    "please do not {V}",
    "never {V}",
    "nobody should {V}",
    "there is no need to {V}",
    "I would rather not {V}",
    "stop {G}",
    "forget about {G}",
    "rather than {G}, phone them",
    "I already {D}",
    "somebody {D} yesterday",
    "Tom said {V}",
    "Tom wants me to {V}",
    "the customer wants us to {V}",
    "I was asked to {V}",
    "the plan was to {V}",
    'he wrote: "{V}"',
    "she wrote: please {V}",
    "> {V}",
    "“{V}” is what the mail says",
    "{V} tomorrow",
    "{V} next week",
    "please {V} on Friday",
    "{V} only if the manager agrees",
    "{V} unless it was done before",
    "{V} once Tom is back",
    "if it is fine with Tom, {V}",
    "before you {V}, call me",
    "remind me to {V}",
    "{V}? no.",
    "{V}, no wait, don't",
    "{V} or not?",
    "{V}, is that allowed?",
    "the customer says, please {V}",
    "Tom: please {V}",
    "Tom Adler: {V}\nMara: why?",
    "See below:\n\nHello,\nplease {V}\nRegards, Tom",
    "got this mail from the customer:\nplease {V}",
    "-----Original Message-----\nFrom: Tom\nplease {V}",
    "thinking about {G}",
)


@pytest.mark.parametrize("tool", ACTS)
@pytest.mark.parametrize("said", ORDERS)
def test_an_order_is_read(tool: str, said: str) -> None:
    """Who has to say everything twice stops asking."""
    order, _, _ = ACTS[tool]
    found = interpret_order(said.format(V=order), [ASKED[tool]])
    assert found.orders, found


@pytest.mark.parametrize("tool", ACTS)
@pytest.mark.parametrize("said", NO_ORDERS)
def test_what_is_no_order_orders_nothing(tool: str, said: str) -> None:
    """Money moved on a question, a report or a quotation does not come back by itself."""
    order, gerund, past = ACTS[tool]
    found = interpret_order(said.format(V=order, G=gerund, D=past), [ASKED[tool]])
    assert not found.orders, found


@pytest.mark.parametrize(
    "said",
    [
        "I'd like to know if we should refund order 8855",
        "I would like to see the refund of order 8855",
        "I want to know why order 8855 was refunded",
        "please explain why we refund order 8855",
        "please check whether to refund order 8855",
        "can you tell me how to refund order 8855",
        "could you check if order 8855 can be refunded?",
        "would you refund order 8855 if you were me?",
        "you should refund order 8855, says the customer",
        "we need to talk about the refund of order 8855",
        "please do nothing about the refund of order 8855",
        "let's not refund order 8855",
        "let's wait with the refund of order 8855",
        "please hold the refund of order 8855",
        "I need you to not refund order 8855",
        "we have to decide whether to refund order 8855",
        "make sure not to refund order 8855",
        "make sure nobody refunds order 8855",
        "please wait before you refund order 8855",
        "try not to refund order 8855",
        "please let me know when you refund order 8855",
        "I need to know how to refund order 8855",
        "refunding order 8855 would be wrong",
        "please refund order 8855? I'm not sure",
        "do you refund order 8855?",
        "please ask Tom to refund order 8855",
        "tell Tom to refund order 8855",
        "please forward the refund request of order 8855 to Tom",
        "please reject the refund of order 8855",
        "approve the refund of order 8855",
        "please approve the refund for order 8855",
        "can you find the refund of order 8855",
        "please send me the refund receipt of order 8855",
        "please give me the details of the refund of order 8855",
        "I need the refund number of order 8855",
        "can I have the refund date for order 8855?",
        "send the customer a mail that we refund order 8855",
        "please note on the ticket that we refund order 8855",
        "write to the customer: we refund order 8855",
        "please make a list of refunds for order 8855",
        "give me a summary of the refund for order 8855",
        "make no refund on order 8855",
        "please do not process any refund for order 8855",
        "the customer would like a refund for order 8855",
        "customer demands refund order 8855",
        "he threatens to sue unless we refund order 8855",
        "as agreed we refund order 8855",
        "I think we should refund order 8855",
        "maybe refund order 8855",
        "perhaps we could refund order 8855",
        "in theory, refund order 8855",
        "for example: refund order 8855",
        "e.g. refund order 8855",
        'an example would be "refund order 8855"',
        "type refund order 8855 to start",
        "the command is refund order 8855",
        "if you say refund order 8855 what happens",
        "I said refund order 8856 not refund order 8855",
        "are you able to refund order 8855",
        "is it possible to refund order 8855?",
        "would it be possible to refund order 8855?",
        "when you refund order 8855 use the old account",
        "after the review refund order 8855",
        "refund order 8855 after the review",
        "refund order 8855 subject to approval by Tom",
        "refund order 8855 provided Tom agrees",
        "refund order 8855 as soon as Tom agrees",
        "refund order 8855 if Tom agrees",
        "refund order 8855 except shipping",
        "refund order 8855 but not the shipping",
        "refund either order 8855 or order 8856",
        "refund order 8855 on my behalf tomorrow morning",
        "refund order 8855 in two weeks",
        "refund order 8855 at the end of the month",
        "refund order 8855 every month",
    ],
)
def test_what_only_sounds_like_an_order_is_none(said: str) -> None:
    """An attacker, or a tired colleague, writes what comes closest to an order."""
    assert not interpret_order(said, [ASKED["refunds.issue"]]).orders


@pytest.mark.parametrize(
    ("said", "mood"),
    [
        ("refund on order 8855 was wrong", Mood.REPORT),
        ("refund order 8855 has failed", Mood.REPORT),
        ("no refund on 8855", Mood.REFUSED),
        ("halt the refund on order 8855", Mood.REFUSED),
        ("replace order 8855 rather than refunding it", Mood.REFUSED),
        ("plan the refund on order 8855", Mood.DRAFT),
        ("simulate a refund for order 8855", Mood.DRAFT),
        ("where is the refund of order 8855?", Mood.QUESTION),
        ("a refund for order 8855, please", Mood.ORDER),
        ("full refund on 8855", Mood.ORDER),
        ("8855 refund", Mood.ORDER),
        ("ORD-8855: please refund", Mood.ORDER),
        ("issue a refund for order 8855", Mood.ORDER),
        ("Tom wishes a refund of order 8855, is that allowed?", Mood.QUESTION),
        ("where is order 8855?", None),
    ],
)
def test_moods_are_told_apart(said: str, mood: Mood | None) -> None:
    """A reply says how the message was read; a wrong reason is worse than none."""
    assert interpret_order(said, [ASKED["refunds.issue"]]).mood is mood


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("suppliers.change_bank", "change the bank details of SUP-019 to DE89370400440532013000"),
        ("suppliers.change_bank", "please update the account number of SUP-019 to DE89370400440532013000"),
        ("suppliers.change_bank", "set the IBAN of SUP-019 to DE89370400440532013000"),
        ("refunds.issue", "give the customer of order ORD-8855 her money back"),
        ("refunds.issue", "process a full refund of 20 EUR for order 8855"),
        ("vouchers.issue", "send CUS-0006 a goodwill voucher worth 10 EUR"),
        ("vouchers.issue", "create a 10 EUR voucher for the customer of TCK-0954"),
        ("tickets.set_status", "set the status of ticket TCK-0954 to pending"),
        ("tickets.set_status", "mark TCK-0954 as solved"),
        ("discounts.grant", "give CUS-0012 3 % off as a discount"),
        ("payments.release", "pay INV-1056"),
        ("payments.release", "make the payment of INV-1056"),
        ("contracts.send_for_signature", "put CON-0031 out for signature"),
        ("expenses.submit", "put in an expense of 20 EUR for lunch"),
    ],
)
def test_orders_are_read_in_other_words(tool: str, said: str) -> None:
    """A grammar that only knew its own examples would ask everybody."""
    found = interpret_order(said, [ASKED[tool]])
    assert found.orders, found


def test_what_a_tool_passes_on_is_no_order_of_its_own() -> None:
    """The words of a comment are for somebody else."""
    asked = [ASKED["tickets.comment"]]
    assert interpret_order("comment on TCK-0412: we will not refund this, if you ask me tomorrow", asked).orders
    assert not interpret_order("should I comment on TCK-0412: it was sent", asked).orders
    assert interpret_order("comment on TCK-0412: please refund order 8855", [ASKED["refunds.issue"]]).mood is not None
    assert not interpret_order('a customer writes: "refund order 8855"', [ASKED["refunds.issue"]]).orders


def test_what_cannot_be_kept_to_is_named() -> None:
    """The reply says which words were not applied."""
    found = interpret_order("refund order 8855 next month, but only if Tom is fine with it", [ASKED["refunds.issue"]])
    assert found.times == ("next month",)
    assert found.conditions == ("only if tom is fine with it",)


@pytest.mark.parametrize("text", ["refund " * 2800, "refund, " * 2500, "refund ORD-8841 " * 1200, "said: " * 3300])
def test_a_long_message_is_read_at_once(text: str) -> None:
    """Whoever sends 20,000 characters must not hold up everybody else."""
    begun = perf_counter()
    assert not interpret_order(text[:20_000], [ASKED["refunds.issue"]]).orders
    assert perf_counter() - begun < 1


def test_every_write_with_words_has_an_example_that_orders_it() -> None:
    """The reply tells people to write so."""
    for name, asked in ASKED.items():
        assert asked.examples, name
        for example in asked.examples:
            assert interpret_order(example, [asked]).orders, (name, example)


LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=100)


@given(LINE, LINE)
def test_nothing_quoted_orders(around: str, said: str) -> None:
    """Whatever stands around it, and whatever a quotation holds, the reading is as long as the text."""
    text = f"{around}\n> {said} refund order 8855"
    blanked = blank_foreign(text)
    assert len(blanked) == len(text)
    assert "refund order 8855" not in blanked.splitlines()[-1]
