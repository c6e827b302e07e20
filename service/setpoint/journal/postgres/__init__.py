"""The journal on PostgreSQL: any number of processes write, and what each decides is checked by the database."""
