"""What is answered: the shapes that clients are written against, made from runs. Plain JSON throughout."""
