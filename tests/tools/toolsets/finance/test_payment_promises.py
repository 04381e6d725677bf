"""Messages that promise money are found by their words, whatever a model says of them."""

import pytest
from countersign.tools.toolsets.finance.payment_promises import promises_payment


@pytest.mark.parametrize(
    "text",
    [
        "We will pay the invoice tomorrow.",
        "We'll gladly pay you.",
        "We’ll settle this on Friday.",
        "Payment will be made within ten days.",
        "Your payment is on its way.",
        "The invoice will be paid next week.",
        "We guarantee that the full amount will be transferred.",
        "You will receive the money on Monday.",
        "We shall remit EUR 4,704.07.",
        "Once corrected, we will release the payment.",
        "We are going to make the payment at once.",
        "I confirm that we transfer the sum today.",
        "You can expect payment by the end of the month.",
        "Payment by Friday.",
        "We will not fail to honour this.",
        "We WILL\n  PAY.",
        "We will p\u200bay the bill.",
        "Ｗｅ ｗｉｌｌ ｐａｙ you.",
        "Wir werden den Betrag überweisen.",
        "Die Zahlung erfolgt morgen.",
        "We agree to pay the difference.",
        "we plan to process your payment soon",
    ],
)
def test_promises_are_seen(text: str) -> None:
    """The message would go out without the controller."""
    assert promises_payment(text)


@pytest.mark.parametrize(
    "text",
    [
        "The unit price on your invoice differs from our order. Please send a corrected invoice.",
        "We ordered 40 pieces at 63.00 EUR; you billed 75.50 EUR. Please send a credit note.",
        "We cannot post the invoice because it names no purchase order. Which order is it for?",
        "This invoice will not be paid until it is corrected.",
        "Your invoice was issued without VAT.",
        "Only 8 of 12 pieces have arrived. When will the rest be delivered?",
        "It repeats an earlier invoice of the same amount and date. Please cancel it.",
        "The invoice is on hold until we have your answer.",
        "Please confirm the price that was agreed.",
        "Guten Tag, der Preis weicht von der Bestellung ab. Bitte senden Sie eine neue Rechnung.",
    ],
)
def test_ordinary_questions_about_an_invoice_are_none(text: str) -> None:
    """Every message would need a controller, and soon nobody would read them."""
    assert not promises_payment(text)


def test_long_text_is_read_in_linear_time() -> None:
    """An outsider's text in a message could stop the registry."""
    assert not promises_payment("will " * 2000 + "we would like to will the will " * 500)
