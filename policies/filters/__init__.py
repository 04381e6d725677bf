"""Personal and secret values: found (one file for each kind), replaced by tokens, kept in the vault, shown to whom
packs say."""
