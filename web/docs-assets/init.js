// Draw the API's pages from our own OpenAPI file. validatorUrl is null because Swagger UI would
// otherwise ask a public service to check the file, and no request may leave this machine.
window.SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#swagger-ui",
  validatorUrl: null,
});
