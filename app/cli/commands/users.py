"""``users``: who is who. ``history``: one's own conversation."""

from typing import Annotated

import typer

from ...access.caller import caller_of


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("users", epilog="Example: countersign users --role controller")(users)
    app.command("history", epilog="Example: countersign --as mara.voss history --thread default --explain")(history)


def users(
    context: typer.Context,
    role: Annotated[str, typer.Option("--role", help="Only people with this role.")] = "",
) -> None:
    """List the people in the directory: id, name, roles."""
    from ....policies.errors import BadInput
    from ....tools.sample_company.store.directory import CompanyDirectory
    from ...access.open import open_records
    from ...terminal.console import table, write_json

    caller = caller_of(context)
    everyone = list(CompanyDirectory(open_records(caller.settings())).everyone())
    found = [person for person in everyone if not role or role in person.roles]
    if not found:
        known = ", ".join(sorted({name for person in everyone for name in person.roles}))
        raise BadInput(f"Nobody has the role {role!r}. Roles are: {known}.")
    if caller.as_json:
        fields = [
            {"user_id": who.user_id, "name": who.name, "roles": sorted(who.roles), "teams": sorted(who.teams)}
            for who in found
        ]
        write_json(fields)
        return
    table(
        ("ID", "NAME", "TEAM", "ROLES"),
        [(who.user_id, who.name, ", ".join(sorted(who.teams)), ", ".join(sorted(who.roles))) for who in found],
    )


def history(
    context: typer.Context,
    thread: Annotated[str, typer.Option("--thread", "-t", help="Which of your conversations.")] = "default",
    threads: Annotated[bool, typer.Option("--threads", help="Only the names of your conversations.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="With each reply, what a model was given for it, what not, and why.")
    ] = False,
) -> None:
    """Show one of your own conversations, oldest message first."""
    from ....graphs.model_loop.context_accounts import account_words, accounts_of
    from ....graphs.runtime.conversations import Conversations
    from ...access.open import open_office
    from ...access.permissions import may_read_all, own_threads
    from ...access.unmasking import line_for
    from ...terminal.console import markdown, say, write_json

    caller = caller_of(context)
    who = caller.user_id
    with open_office(caller) as office:
        reader = office.principal(who)
        conversations = Conversations(office.engine, office.audit)
        own = own_threads(reader)
        if threads:
            names = [name.removeprefix(own) for name in conversations.list_threads(reader)]
            if caller.as_json:
                write_json(names)
            else:
                say("\n".join(names) or "You have no conversations yet.")
            return
        messages = conversations.history(reader, own + thread)
        given = accounts_of(office.audit, reader.tenant, own + thread) if explain else {}
        if caller.as_json:
            fields = ("seq", "run", "role", "text", "at")
            found = [
                {name: getattr(message, name) for name in fields} | {"text": line_for(office, reader, message.text)}
                for message in messages
            ]
            write_json([item | ({"given": given.get(item["run"], ())} if explain else {}) for item in found])
            return
        if not messages:
            say(f"You have said nothing in a conversation {thread!r} yet; `countersign history --threads` lists yours.")
            if may_read_all(reader):
                say("What others said, and what models got: `countersign audit show --thread ORG/PERSON/THREAD`.")
        for message in messages:
            speaker = "You" if message.role == "user" else "Countersign"
            say(f"{message.at[:16].replace('T', ' ')}  {speaker}", style="bold")
            markdown(line_for(office, reader, message.text))
            if explain and message.role == "assistant":
                for account in given.get(message.run, ()):
                    say("\n".join(account_words(account)))
                if message.run not in given:
                    say("No model was asked for this.")
