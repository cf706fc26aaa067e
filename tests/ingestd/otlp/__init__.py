"""Test what becomes of OpenTelemetry's exports."""
