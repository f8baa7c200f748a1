// The page to read the API: Swagger UI, in the light or dark of the admin, with the session of whoever reads it.
const place = document.getElementById("api");
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const paint = () => root.classList.toggle("dark-mode", root.classList.contains("dark") || (system.matches && !root.classList.contains("light")));

paint();
system.addEventListener("change", paint);

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (request.method && request.method !== "GET") request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
});
