// What a page must have to be read by everybody. Answers with a list of what it has not.
() => {
  const faults = [];
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const tag = (node) => node.outerHTML.replace(/\s+/g, " ").slice(0, 90);
  const words = (node) => [...node.childNodes].map((each) => (each.ariaHidden ? "" : each.data || words(each))).join("").trim();
  const name = (node) =>
    (node.getAttribute("aria-label") || node.title || words(node) || node.alt || node.placeholder || "").trim() ||
    [...(node.labels || [])].map((label) => label.innerText).join("").trim();

  if (!document.title.trim()) faults.push("it has no title");
  if (!document.documentElement.lang) faults.push("it does not say its language");
  if (!document.querySelector("h1")) faults.push("it has no heading");
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`it is ${scrollWidth - clientWidth} pixels too wide`);
  for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`an image without words: ${tag(image)}`);
  for (const node of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")) {
    if (seen(node) && !name(node)) faults.push(`nobody can tell what this is: ${tag(node)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].filter((node) => !node.closest("svg")).map((node) => node.id);
  for (const id of new Set(ids.filter((each, place) => ids.indexOf(each) !== place))) faults.push(`two are called #${id}`);

  // Contrast of every text that is seen, as WCAG counts it. A canvas turns any colour into red, green, blue and opacity.
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (above, below) => [0, 1, 2].map((part) => above[part] * above[3] + below[part] * (1 - above[3]));
  const ground = (node) => {
    const layers = [];
    for (let each = node; each; each = each.parentElement) layers.push(colour(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((below, above) => over(above, below), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const tellDim = (scheme) => {
    document.documentElement.className = scheme;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.data.trim();
      const node = texts.currentNode.parentElement;
      if (!text || !seen(node) || node.closest("script, style, option, :disabled, [disabled], [aria-hidden]")) continue;
      const below = ground(node);
      const pair = [light(over(colour(getComputedStyle(node).color), below)), light(below)].sort((a, b) => b - a);
      const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
      if (contrast < 4.5) faults.push(`too dim when ${scheme} (${contrast.toFixed(2)}): “${text.slice(0, 40)}” ${tag(node)}`);
    }
  };
  const chosen = document.documentElement.className;
  const still = new CSSStyleSheet(); // an element with a style of its own would be against the page's policy
  still.replaceSync("* { transition: none !important; }");
  document.adoptedStyleSheets = [still];
  ["light", "dark"].forEach(tellDim);
  document.documentElement.className = chosen;
  document.adoptedStyleSheets = [];
  return faults;
}
