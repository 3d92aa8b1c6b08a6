"""The store: `store` has its methods, the other modules its tables and statements."""
