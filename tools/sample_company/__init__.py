"""The sample company, Halden & Birch: its systems of record, its handbooks and the port that reaches them."""
