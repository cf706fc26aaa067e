"""Receive OpenTelemetry exports: logs, metrics and traces, as protobuf or JSON."""
