"""The commands, one package for each group and one module for each command or a few that belong together.

Heavy imports stand inside the functions, so that ``--help`` answers at once. Commands parse, ask and print; what they
need is opened by the access package and shown by the views.
"""
