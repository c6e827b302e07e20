"""The pages that people look at. They ask nothing but what /v1 answers to anyone."""
