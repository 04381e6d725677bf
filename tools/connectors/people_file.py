"""A people file says who is who, for a house without an identity system."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput

PERSON_ID = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""What a user id looks like, as a regular expression."""


class _Person(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(pattern=PERSON_ID)
    name: str = Field(min_length=1, max_length=200)
    roles: list[str] = Field(min_length=1)
    teams: list[str] = []
    manager: str | None = None
    human: str = ""
    limit_minor: int = Field(default=0, ge=0)


class _PeopleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    people: list[_Person] = Field(min_length=1)

    @model_validator(mode="after")
    def _differ(self) -> "_PeopleFile":
        ids = [person.id for person in self.people]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"{twice[0]} stands in it twice; give each person one entry")
        for person in self.people:
            if person.manager is not None and person.manager not in ids:
                raise ValueError(f"{person.id} has the manager {person.manager}, who is not in it; add them")
            if person.human and person.human not in ids:
                raise ValueError(f"{person.id} is an account of {person.human}, who is not in it; add them")
        return self


@dataclass(frozen=True, slots=True)
class FileDirectory:
    """The people of a file, in its order."""

    people: tuple[Principal, ...]

    def get(self, user_id: str) -> Principal | None:
        """The principal with this id, or ``None``."""
        return next((person for person in self.people if person.user_id == user_id), None)

    def everyone(self) -> Iterable[Principal]:
        """Every principal."""
        return self.people


def load_people(path: Path, tenant: str) -> Directory:
    """The people in a YAML file: under ``people``, each with ``id``, ``name`` and ``roles``.

    ``teams``, ``manager`` (an id), ``limit_minor`` and ``human`` (for a second account, the id of the first) may be
    given too.

    Args:
        tenant: the organisation that all of them belong to.

    Raises:
        BadInput: the file cannot be read or used; the sentence says where and what to do.
    """
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = _PeopleFile.model_validate(raw)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is no YAML: {' '.join(str(error).split())}. Repair it.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInput(f"{path}: {where + ': ' if where else ''}{first['msg']}. Repair the file.") from error
    return FileDirectory(
        tuple(
            Principal(
                user_id=person.id,
                tenant=tenant,
                roles=frozenset(person.roles),
                teams=frozenset(person.teams),
                name=person.name,
                person=person.human,
                manager=person.manager,
                limit_minor=person.limit_minor,
            )
            for person in found.people
        )
    )
