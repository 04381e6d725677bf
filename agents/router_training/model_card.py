"""A router's card says what it is, what it was made of, how good it is and what it does not know."""

from .versions import LearnedRouter


def format_router_card(model: LearnedRouter) -> str:
    """The card as Markdown."""
    figures, found = model.metrics, model.classifier
    more = ""
    if model.settings.get("corrections"):
        more = f" and {model.settings['corrections']} corrections of {model.settings['people']} people"
    lines = [
        f"# The model of {model.task}",
        "",
        f"Which of {len(found.labels)} intents a message is about, and how sure that is; or that it is none of them.",
        "",
        "- Owner: policy_owner",
        f"- Version: {model.version}, made {model.made or 'with this version'}, digest `{model.digest}`",
        f"- Trained on: {found.settings.get('count', 0)} examples that came with this version{more}",
        "- Method: logistic regression over a vector and words with an L2 penalty, one temperature, and a gate for "
        "what is out of scope",
        "",
        "## How good it is",
        "",
        f"On {figures.get('cases', 0)} messages that were written apart and are never trained on:",
        "",
        "| figure | value |",
        "|---|---|",
        f"| accuracy, out of scope included | {figures.get('accuracy', 0) / 1000:.3f} |",
        f"| calibration error | {figures.get('ece', 0) / 1000:.3f} |",
        f"| sure and wrong | {figures.get('settled_wrong', 0) / 1000:.3f} |",
        "",
        "## What it does not know",
        "",
        "- English. A message that it is not sure of is asked back, and what stays unclear goes to people.",
        "- It knows the words of the shipped examples; what people corrected moves their weights and adds no word.",
        "- It gives no rights: it names an agent, and policy decides on every call.",
        "",
    ]
    return "\n".join(lines)
