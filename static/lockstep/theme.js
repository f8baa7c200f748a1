// Light or dark as it was chosen in the admin, whose theme keeps the choice under this name; else as the system is.
const chosen = (localStorage.getItem("adminTheme") || "").replaceAll('"', "");
if (chosen === "light" || chosen === "dark") document.documentElement.classList.add(chosen);
