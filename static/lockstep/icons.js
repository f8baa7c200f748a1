// An icon is a word in the font of the theme: a screen reader would read “sync_alt Migrations”, or only “more_horiz”.
const SAID = { more_horiz: "More", search: "Search", sync_alt: "Overview" };

function hideIcons(root) {
  for (const icon of root.querySelectorAll(".material-symbols-outlined")) {
    const around = icon.closest("a, button");
    const word = icon.textContent.trim();
    if (SAID[word] && around?.textContent.trim() === word) around.setAttribute("aria-label", SAID[word]);
    icon.setAttribute("aria-hidden", "true");
  }
}

document.addEventListener("DOMContentLoaded", () => hideIcons(document));
