"""The packs that come along: the sample company's handbooks as rules, one YAML file per department."""
