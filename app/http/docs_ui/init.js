// Addresses are relative, so that the page also works behind a proxy's path prefix.
SwaggerUIBundle({
  url: "v1/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  validatorUrl: null, // the default badge would send the document to another host
});
