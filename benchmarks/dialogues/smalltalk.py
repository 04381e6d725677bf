"""What people say between the facts: openings, acknowledgements, requests without any fact. It is there to distract."""

COMPANIES = {
    "tuning": (
        "Brandt Maschinenbau",
        "Halvorsen Shipping",
        "Orlov Ceramics",
        "Delacroix Textiles",
        "Pinewood Analytics",
        "Castell Foods",
        "Ruiz Automation",
        "Weber Plastics",
        "Tanaka Optics",
        "Mulder Logistics",
        "Sorensen Energy",
        "Ibarra Metals",
    ),
    "held out": (
        "Kowalski Glass",
        "Fenwick Pumps",
        "Adeyemi Software",
        "Laurent Packaging",
        "Virtanen Forest",
        "Moretti Tools",
        "Nakamura Robotics",
        "Schuster Chemicals",
        "Costa Marine",
        "Dvorak Foundry",
        "Lindgren Paper",
        "Petrov Cables",
    ),
}
USERS = {
    "tuning": ("Ines Keller", "Jonas Wirth", "Amara Diallo", "Peter Holm", "Sofia Brandao", "Karim Nasser"),
    "held out": ("Clara Busch", "Emil Larsen", "Nadia Rahman", "Victor Stein", "Yuki Mori", "Oscar Blanc"),
}
NAMING = (
    "Let us look at {c} next.",
    "Now to {c}.",
    "I have just been talking to {c}.",
    "One more thing, it is about {c}.",
    "There is news from {c}.",
    "Do you have {c} open?",
)
GO_ON = (
    "Sure, go on.",
    "I am listening.",
    "Yes, what is it?",
    "I have the file in front of me.",
    "Of course.",
    "What happened?",
)
NOTED = (
    "Noted.",
    "I have put that into the file.",
    "Thank you, I will remember it.",
    "Understood, the record is up to date.",
    "Good to know. Anything else?",
    "Written down, with today's date.",
    "All right, I will mention it when {c} comes up again.",
)
LEADS = ("", "", "By the way, ", "Before I forget: ", "So, ", "FYI: ", "Please keep in mind: ", "For the record, ")
TAILS = (
    "",
    "",
    "",
    " Took the whole afternoon.",
    " The boss is happy with that.",
    " I did not expect it.",
    " Tell the others, please.",
    " Long story.",
    " We will see whether it lasts.",
)
REQUESTS = (
    ("Could you draft a friendly mail for me?", "Here is a draft; change what you like."),
    ("Where do I find the folder of the suppliers?", "It is in the shared drive, under suppliers."),
    ("Is there an open invoice of {c}?", "I see none that is open today."),
    ("Please set up a meeting with {c} for next week.", "I have proposed three times."),
    ("Summarise the last call for me.", "You spoke for about twenty minutes and agreed to talk again."),
    ("Who else in our company works with {c}?", "Two colleagues in operations do, as far as I can see."),
    ("Can you check whether {c} answered the contract draft?", "There is no answer to the draft yet."),
    ("I need the liability insurance form for {c}.", "The form is attached; they have to fill in page two."),
    ("Remind me to ask {c} about payment of the samples.", "I will remind you tomorrow morning."),
    ("What does jurisdiction mean, in plain words?", "It says which court may decide a dispute."),
    ("How do I cancel a meeting room?", "Open the booking and choose to release it."),
    (
        "Explain the difference between a refund and a voucher.",
        "One is money back, the other is credit for a purchase.",
    ),
    ("Is a signature by e-mail valid?", "Often yes, but look at what the contract says about form."),
    ("How long do we keep delivery notes?", "For ten years; the finance department has the details."),
    ("What is a good discount policy for bulk orders?", "A ladder with three or four steps is usual."),
    ("The coffee machine is broken again.", "I have told the facility team."),
    ("Do we have a template for termination letters?", "Yes, in the legal folder, the second one."),
    ("Please translate a short note about late shipments.", "Done, it is in your drafts."),
    ("Can you find me the phone list?", "It is pinned in the team channel."),
    ("I am working from home on Friday.", "I have marked it in the calendar."),
    ("What is the usual payment period in Italy?", "Thirty to sixty days, by law at most sixty for goods."),
    ("Was there an outage of our own mail today?", "No, everything was running."),
    ("How is an audit prepared?", "With a list of documents and one person who is responsible."),
    ("Thanks for yesterday, that helped a lot.", "You are welcome."),
    ("My train was late again.", "I moved your first meeting by half an hour."),
    ("Can I expense a taxi?", "Yes, with the receipt, within thirty days."),
)
