"""The tools that every department shares: tasks, access requests, documents, memory and the calculator.

Each has its module; `arithmetic` is the exact parser behind `calculator`.
"""
