// Finding dashboards in a long list. What is chosen stays chosen, whether the search shows it or not.
for (const form of document.querySelectorAll("[data-choose]")) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const boxes = () => [...form.querySelectorAll("[name=dashboard]")];
  const everything = form.querySelector("[data-everything]");
  const list = form.querySelector("[data-rows]");
  const search = form.querySelector("[data-search]");
  const told = form.querySelector("[data-told]");

  function tell() {
    list.disabled = everything.checked;
    if (!told) return;
    const shown = rows.filter((row) => !row.hidden).length;
    const chosen = boxes().filter((box) => box.checked).length;
    told.textContent = (shown < rows.length ? `${shown} of ${rows.length} shown, ` : "") + `${chosen} chosen`;
  }

  function find() {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.dataset.row.includes(word));
    tell();
  }

  if (search) {
    form.querySelector("[data-tools]").hidden = false;
    search.addEventListener("input", find);
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    form.querySelector("[data-all]").addEventListener("click", () => {
      for (const row of rows) if (!row.hidden) row.querySelector("[name=dashboard]").checked = true;
      tell();
    });
    form.querySelector("[data-none]").addEventListener("click", () => {
      for (const box of boxes()) box.checked = false;
      tell();
    });
  }
  form.addEventListener("change", tell);
  tell();
}
