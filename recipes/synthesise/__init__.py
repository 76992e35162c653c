"""Render and synthesise training audio: instruments, voices and sounds made by formula.

Run ``python -m recipes.synthesise FOLDER`` from the project's root.
"""
