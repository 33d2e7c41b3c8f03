"""Personas: who answers, and how the model is asked."""
