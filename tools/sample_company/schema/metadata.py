"""All tables of the sample company stand in this metadata."""

from sqlalchemy import MetaData

metadata = MetaData()
