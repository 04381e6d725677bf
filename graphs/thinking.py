"""The model's loop: assemble a context, let the model propose, put its calls through the gate, and again.

Model and decide share one node, because a superstep is the unit of cost; effects happen in another, after the model's
answer stands in a checkpoint.
"""
