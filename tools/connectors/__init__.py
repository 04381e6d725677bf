"""Connectors are how tools reach business systems.

`port` is the one narrow interface that a system implements, and `business` is the value that a whole business is given
as. `circuit_breaker` leaves a system alone for a while when it keeps failing. A connector knows no tool.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .business import Business as Business
    from .business import PastCase as PastCase
    from .circuit_breaker import CircuitBreakers as CircuitBreakers
    from .connector import Connector as Connector
    from .connector import ConnectorSettings as ConnectorSettings
    from .people_file import PERSON_ID as PERSON_ID
    from .people_file import load_people as load_people
    from .port import BusinessRecord as BusinessRecord
    from .port import CompanyInfo as CompanyInfo
    from .port import Conflict as Conflict
    from .port import SystemOfRecord as SystemOfRecord
    from .port import Where as Where

__getattr__ = export_lazily(
    __name__,
    {
        "business": "Business PastCase",
        "circuit_breaker": "CircuitBreakers",
        "connector": "Connector ConnectorSettings",
        "people_file": "load_people PERSON_ID",
        "port": "BusinessRecord CompanyInfo Conflict SystemOfRecord Where",
    },
)
