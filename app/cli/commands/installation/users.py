"""``users``: who is who. ``history``: one's own conversation."""

from typing import Annotated

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("users", epilog="Example: countersign users --role controller")(users)
    app.command("history", epilog="Example: countersign --as mara.voss history --thread default --explain")(history)


def users(
    context: typer.Context,
    role: Annotated[str, typer.Option("--role", help="Only people with this role.")] = "",
) -> None:
    """List the people in the directory: id, name, roles."""
    from .....policies.errors import BadInput
    from ....access.data_folder import open_business
    from ....terminal.console import print_table, write_json

    caller = get_caller(context)
    everyone = list(open_business(caller.settings(), caller.load_content()).directory.everyone())
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
    print_table(
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
    from .....graphs.model_loop.context_accounts import format_account, read_accounts
    from .....graphs.runtime.conversations import Conversations
    from .....policies.audit.readers import make_thread_prefix, may_read_all
    from ....access.data_folder import open_data_folder
    from ....access.unmasking import unmask_line
    from ....terminal.console import print_markdown, print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        conversations = Conversations(data_folder.engine, data_folder.audit)
        own = make_thread_prefix(reader)
        if threads:
            names = [name.removeprefix(own) for name in conversations.list_threads(reader)]
            if caller.as_json:
                write_json(names)
            else:
                print_text("\n".join(names) or "You have no conversations yet.")
            return
        messages = conversations.history(reader, own + thread)
        given = read_accounts(data_folder.audit, reader.tenant, own + thread) if explain else {}
        if caller.as_json:
            fields = ("seq", "run", "role", "text", "at")
            found = [
                {name: getattr(message, name) for name in fields}
                | {"text": unmask_line(data_folder, reader, message.text)}
                for message in messages
            ]
            write_json([item | ({"given": given.get(item["run"], ())} if explain else {}) for item in found])
            return
        if not messages:
            print_text(
                f"You have said nothing in a conversation {thread!r} yet; `countersign history --threads` lists yours."
            )
            if may_read_all(reader):
                print_text(
                    "What others said, and what models got: `countersign audit show --thread ORG/PERSON/THREAD`."
                )
        for message in messages:
            speaker = "You" if message.role == "user" else "Countersign"
            print_text(f"{message.at[:16].replace('T', ' ')}  {speaker}", style="bold")
            print_markdown(unmask_line(data_folder, reader, message.text))
            if explain and message.role == "assistant":
                for account in given.get(message.run, ()):
                    print_text("\n".join(format_account(account)))
                if message.run not in given:
                    print_text("No model was asked for this.")
