"""``demo``: the whole story on real work, in under a minute."""

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo", epilog="Example: countersign demo")(demo)


def demo(context: typer.Context) -> None:
    """Play a story on the sample company and check each step. Uses a data folder of its own unless --home is given."""
    import os
    from contextlib import ExitStack
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from .....graphs.settings import Settings
    from .....memory.embeddings.embedder import PATH_VARIABLE
    from ....access.data_folder import open_assistant_for
    from ....demo.story import EXIT_NOT_AS_TOLD, narrate_scene, play_story
    from ....terminal.console import write_json

    caller = get_caller(context)
    with ExitStack() as stack:
        home = caller.home or Path(
            stack.enter_context(TemporaryDirectory(prefix="countersign-demo-", ignore_cleanup_errors=True))
        )
        # The same story everywhere: the default rules, no model, whatever the environment says.
        kept = {name: value for name, value in os.environ.items() if name == PATH_VARIABLE}
        assistant = stack.enter_context(open_assistant_for(caller, Settings.from_env(kept, home=home)))
        scenes = []
        for number, scene in enumerate(play_story(assistant), start=1):
            scenes.append(scene)
            if not caller.as_json:
                narrate_scene(scene, number)
    if caller.as_json:
        write_json([scene.record() for scene in scenes])
    if not all(scene.as_told for scene in scenes):
        raise typer.Exit(EXIT_NOT_AS_TOLD)
