"""What is allowed and what must hold. Pure Python over the models; no HTTP, no HTML."""
