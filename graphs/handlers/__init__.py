"""A handler is one look-up or one act without a model: what to call, and what to say about the outcome.

Handlers stand by department in ``support``, ``finance`` and ``legal``, with what all use in ``shared``; a department
maps its intents to them. What needs several steps that depend on each other is a workflow.
"""
