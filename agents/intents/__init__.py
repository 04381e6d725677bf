"""What people ask for, in examples that people own, the router's written rules, and the classifier made of them."""
