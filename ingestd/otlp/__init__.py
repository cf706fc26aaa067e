"""Take OpenTelemetry's exports: logs, metrics and traces, as protobuf or as its JSON."""
