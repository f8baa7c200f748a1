"""PostgreSQL for tests, the bench and the attacks."""
