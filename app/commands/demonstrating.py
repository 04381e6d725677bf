"""``demo``: the whole story on real work, in under a minute."""

import typer

from ..caller import caller_of


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo", epilog="Example: countersign demo")(demo)


def demo(context: typer.Context) -> None:
    """Play a story on the sample company and check each step. Uses a data folder of its own unless --home is given."""
    import os
    from contextlib import ExitStack
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from ...graphs.settings import Settings
    from ...memory.embedder import PATH_VARIABLE
    from ..consoles import write_json
    from ..demo import FAILED, narrate, play
    from ..house import open_assistant

    caller = caller_of(context)
    with ExitStack() as stack:
        home = caller.home or Path(
            stack.enter_context(TemporaryDirectory(prefix="countersign-demo-", ignore_cleanup_errors=True))
        )
        # The same story everywhere: the default rules, no model, whatever the environment says.
        kept = {name: value for name, value in os.environ.items() if name == PATH_VARIABLE}
        assistant = stack.enter_context(open_assistant(caller, Settings.from_env(kept, home=home)))
        scenes = []
        for number, scene in enumerate(play(assistant), start=1):
            scenes.append(scene)
            if not caller.as_json:
                narrate(scene, number)
    if caller.as_json:
        write_json([scene.record() for scene in scenes])
    if not all(scene.as_told for scene in scenes):
        raise typer.Exit(FAILED)
