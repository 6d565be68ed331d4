"""Scores as functions of arrays, intervals, what a person sees. No torch."""
