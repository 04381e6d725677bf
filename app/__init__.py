"""The command line, the demo and the entry for LangGraph's server. Thin: what they do is done in the rooms below.

``cli`` puts the commands of ``commands/`` together, ``house`` opens what each needs, ``consoles`` is where they write,
``reading_rights`` is who may read what others did; files called ``…_view`` and ``…_words`` put things into words.
"""
