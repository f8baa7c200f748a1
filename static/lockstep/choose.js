// Finding dashboards in a long list. What is chosen stays chosen, whether the search shows it or not.
for (const form of document.querySelectorAll("[data-choose]")) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const boxes = () => [...form.querySelectorAll("[name=dashboard]")];
  const everything = form.querySelector("[data-everything]");
  const list = form.querySelector("[data-rows]");
  const search = form.querySelector("[data-search]");
  const count = form.querySelector("[data-count]");

  function update() {
    list.disabled = everything.checked;
    if (!count) return;
    const shown = rows.filter((row) => !row.hidden).length;
    const facts = { shown, total: rows.length, selected: boxes().filter((box) => box.checked).length };
    const text = shown < rows.length ? count.dataset.countShown : count.dataset.count;
    count.textContent = text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  }

  function find() {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.dataset.row.includes(word));
    update();
  }

  if (search) {
    form.querySelector("[data-tools]").hidden = false;
    search.addEventListener("input", find);
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    form.querySelector("[data-all]").addEventListener("click", () => {
      for (const row of rows) if (!row.hidden) row.querySelector("[name=dashboard]").checked = true;
      update();
    });
    form.querySelector("[data-none]").addEventListener("click", () => {
      for (const box of boxes()) box.checked = false;
      update();
    });
  }
  form.addEventListener("change", update);
  update();
}
