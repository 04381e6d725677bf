"""Who works in the soak's company, as the people there know each other: account, person behind it, roles now."""

from dataclasses import dataclass, field

BASE = {
    "mara.voss": ("mara.voss", ("employee", "support_agent")),
    "kira.grothe": ("kira.grothe", ("employee", "support_agent")),
    "tom.adler": ("tom.adler", ("employee", "support_lead", "support_manager", "manager")),
    "sven.pohlmann": ("sven.pohlmann", ("employee", "support_manager")),
    # Mara's second account could sign, were it not hers.
    "mara.voss.admin": ("mara.voss", ("employee", "support_lead", "support_manager")),
    "lena.brandt": ("lena.brandt", ("employee", "finance_clerk")),
    "karl.weiss": ("karl.weiss", ("employee", "controller", "manager")),
    # Thea could take either seat of a large refund, but not both.
    "thea.denholm": ("thea.denholm", ("employee", "controller", "support_manager")),
    "ines.roth": ("ines.roth", ("employee", "cfo", "manager")),
    "rosa.wieland": ("rosa.wieland", ("employee", "support_agent", "support_lead")),
}
NOBODY = "nobody.known"
EVERYBODY = (*BASE, NOBODY)
REQUESTERS = ("mara.voss", "kira.grothe", "tom.adler", "mara.voss.admin", "lena.brandt")
CLERKS = ("lena.brandt", "karl.weiss", "mara.voss")


@dataclass
class Staff:
    """The roles of everybody now; ``None`` for somebody who has left."""

    roles: dict[str, tuple[str, ...] | None] = field(
        default_factory=lambda: {user: base[1] for user, base in BASE.items()}
    )

    def of(self, user: str) -> frozenset[str]:
        """The roles of an account; none when it is not in the directory."""
        return frozenset(self.roles.get(user) or ())

    def person(self, user: str) -> str:
        """Who is behind an account."""
        return BASE[user][0] if user in BASE else user

    def here(self, user: str) -> bool:
        """Whether the directory knows the account."""
        return self.roles.get(user) is not None
