// A page that says of something that it is not finished looks again every two seconds, until it does not say so any
// more. What was unfolded stays so.
const FIRST = 700, PAUSE = 2000; // milliseconds: much is done in a second

async function look() {
  const notice = document.querySelector("[data-follow]");
  if (!notice) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) return location.reload(); // signed out, or the row is gone
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-shown]");
    fresh.querySelectorAll("details").forEach((each, number) => {
      each.open = document.querySelectorAll("[data-shown] details")[number]?.open ?? each.open;
    });
    hideIcons(fresh);
    document.querySelector("[data-shown]").replaceWith(fresh);
    document.title = page.title;
  } catch {
    notice.textContent = notice.dataset.unreachable;
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, FIRST);
