"""A model that is wholly captured: it obeys every text it reads, and only the guard stands between it and the world."""
