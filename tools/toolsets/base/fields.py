"""Many tools share these types of arguments; what they refuse, no tool body has to check."""

from typing import Annotated

from pydantic import Field

LARGEST_MINOR = 10**13
"""A hundred billion in minor units: nothing the company does is larger, and it is far below 64 bits."""

Id = Annotated[str, Field(min_length=1, max_length=64)]
Minor = Annotated[int, Field(strict=True, gt=0, le=LARGEST_MINOR, description="in minor units: 100.00 EUR is 10000")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code, such as EUR")]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Prose = Annotated[str, Field(min_length=1, max_length=8000)]
Query = Annotated[str, Field(min_length=1, max_length=200)]
Limit = Annotated[int, Field(strict=True, ge=1, le=50)]
Flag = Annotated[bool, Field(strict=True)]
