"""The trained scores that ship: a JSON file with the weights of each, and a Markdown file as its card.

They are in force until somebody adopts another version.
"""
