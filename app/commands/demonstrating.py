"""``demo``: the whole story on real work, in under a minute."""

import typer

from ..caller import caller_of


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo", epilog="Example: countersign demo")(demo)


def demo(context: typer.Context) -> None:
    """Play a story on the sample company and check each step. Uses a data folder of its own unless --home is given."""
    from contextlib import ExitStack
    from dataclasses import replace
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from ..consoles import write_json
    from ..demo import FAILED, narrate, play
    from ..house import open_assistant, open_records

    caller = caller_of(context)
    with ExitStack() as stack:
        if caller.home is None:
            folder = stack.enter_context(TemporaryDirectory(prefix="countersign-demo-", ignore_cleanup_errors=True))
            caller = replace(caller, home=Path(folder))
        assistant = stack.enter_context(open_assistant(caller))
        scenes = []
        for number, scene in enumerate(play(assistant, open_records(caller.settings())), start=1):
            scenes.append(scene)
            if not caller.as_json:
                narrate(scene, number)
    if caller.as_json:
        write_json([scene.record() for scene in scenes])
    if not all(scene.as_told for scene in scenes):
        raise typer.Exit(FAILED)
