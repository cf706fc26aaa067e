"""Speak HTTP: parameters, time ranges, errors, the document, the page's files."""
