"""HTTP shared by all features: parameters, errors, the OpenAPI document, the dashboard's files."""
