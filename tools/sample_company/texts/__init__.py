"""The words of the sample company: names, clauses with their fallbacks, and labelled cases of its past."""
