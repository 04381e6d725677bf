"""A pool over the scripted endpoint, and what its models are asked."""

import dataclasses
from typing import Any

import langchain_openai  # noqa: F401 - loading it takes seconds, which no time-out below is about
from countersign.agents.models.pool import ModelPool, ModelSettings
from langchain_core.messages import HumanMessage
from openai_server import OpenAIServer

ASK = [HumanMessage("Refund order ORD-1042, please.")]


REFUND = {
    "type": "function",
    "function": {
        "name": "refunds__issue",
        "description": "Refunds an order.",
        "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
    },
}


def pool(server: OpenAIServer, **more: Any) -> ModelPool:
    settings = ModelSettings.from_env(server.environment())
    assert settings is not None
    return ModelPool(dataclasses.replace(settings, backoff_s=0.001, timeout_s=5.0, **more))
