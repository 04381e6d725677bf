"""The lexicon says which words of office English people use for the actions and things that tools are named after.

``VERBS`` are said together with a word of ``OBJECTS`` in one sentence. ``ORDERS`` hold a thing in themselves ("pay").
Phrases are patterns over folded text.
"""

VERBS: dict[str, tuple[str, ...]] = {
    "send": ("send", "forward", "write", "reply with"),
    "create": ("create", "make", "set up", "draft", "write", "book", "open", "raise", "put"),
    "schedule": ("schedule", "set up", "arrange", "set"),
    "update": ("update", "change", "adjust", "modify", "correct", "amend", "edit", "set"),
    "set": ("set", "update", "change", "mark"),
    "delete": ("delete", "remove", "erase", "get rid of"),
    "remove": ("remove", "delete", "take off", "drop"),
    "share": ("share", "give access to"),
    "append": ("append", "add", "insert", "put"),
    "add": ("add", "invite", "include", "put"),
    "invite": ("invite", "add"),
    "reschedule": ("reschedule", "move", "shift"),
    "cancel": ("cancel", "call off"),
    "reserve": ("reserve", "book", "make a reservation"),
    "post": ("post", "publish", "upload", "book", "record"),
    "issue": ("issue", "give", "make"),
    "approve": ("approve", "sign off", "release"),
    "close": ("close", "resolve"),
    "reply": ("reply", "answer", "respond", "write back", "send"),
    "assign": ("assign", "give", "hand"),
    "hold": ("hold", "block", "stop", "put on hold"),
    "release": ("release", "unblock", "pay"),
    "escalate": ("escalate", "hand over", "pass on"),
}

OBJECTS: dict[str, tuple[str, ...]] = {
    "money": (
        "money", "payments?", "amounts?", "bills?", "difference", "fees?", "refunds?", "transfers?", "transactions?",
        "sum",
    ),
    "transaction": ("transactions?", "payments?", "transfers?", "standing orders?"),
    "email": ("e-?mails?", "mails?"),
    "message": ("messages?", "notes?", "something"),
    "event": ("events?", "meetings?", "appointments?", "calendar"),
    "calendar": ("calendar", "events?", "meetings?", "appointments?"),
    "file": ("files?", "documents?", "docs?", "lists?", "spreadsheets?", "presentations?", "sheets?", "minutes"),
    "participant": ("participants?", "attendees?", "invitees?"),
    "user": ("users?", "members?", "someone", "profile", "account information", "account details", "personal details"),
    "info": ("info", "information", "details", "address", "profile", "name"),
    "task": ("tasks?", "to-?dos?", "reminders?", "tickets?"),
    "refund": ("refunds?", "money back"),
}  # fmt: skip

ORDERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("send", "money"): ("pay", "pay back", "transfer", "refund", "wire", "reimburse", "repay"),
    ("issue", "refund"): ("refund", "reimburse", "pay back"),
    ("send", "email"): ("(?<=please )e-?mail", "(?<=and )e-?mail", "(?<=then )e-?mail", "^e-?mail"),
    ("send", "message"): ("message", "tell", "write to"),
    ("add", "participant"): ("invite",),
    ("invite", "user"): ("invite",),
    ("reschedule", "event"): ("reschedule",),
}
