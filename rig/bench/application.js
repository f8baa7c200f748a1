// What `rig.bench.application` runs in the page.

window.bench = {
  /** Scrolls a list from end to end, a step in each frame; resolves to what it saw. */
  async scroll({ list, rows, step, frames, from }) {
    const box = document.querySelector(list);
    const most = box.scrollHeight - box.clientHeight;
    let [seen, count, top, direction] = [
      0,
      0,
      from === "end" ? most : 0,
      from === "end" ? -1 : 1,
    ];
    const began = performance.now();
    await new Promise((done) => {
      function frame() {
        performance.mark("lockstep-frame");
        count += 1;
        if (count % 20 === 0)
          seen = Math.max(seen, box.querySelectorAll(rows).length);
        top = Math.max(0, Math.min(most, top + direction * step));
        box.scrollTop = top;
        if (top === 0) direction = 1;
        if (top === most) direction = -1;
        if (count < frames) requestAnimationFrame(frame);
        else done();
      }
      requestAnimationFrame(frame);
    });
    return {
      rows: seen,
      frames: count,
      seconds: (performance.now() - began) / 1000,
      all: most,
    };
  },

  /** Milliseconds from a click on a link until `shown` is there and a frame was drawn with it. */
  async opens({ href, shown, within = 15_000 }) {
    let link = document.querySelector(`a[href="${href}"]`);
    if (!link) {
      link = document.body.appendChild(document.createElement("a"));
      link.href = href;
    }
    // That of the page before is not meant
    const old = document.querySelector(shown);
    const there = () => ![null, old].includes(document.querySelector(shown));
    const began = performance.now();
    link.click();
    while (!there()) {
      if (performance.now() - began > within)
        throw new Error(`${href} does not show ${shown}`);
      await new Promise(requestAnimationFrame);
    }
    await new Promise((drawn) =>
      requestAnimationFrame(() => setTimeout(drawn)),
    );
    return performance.now() - began;
  },

  /** The end of a list that is read in pages, until there is no more. */
  async readAll({ list, first, within = 120_000 }) {
    const began = performance.now();
    while (!document.querySelector(first)) {
      if (performance.now() - began > within)
        throw new Error(`${first} does not come`);
      document.querySelector(list).scrollTop = 0;
      await new Promise((turn) => setTimeout(turn, 30));
    }
  },
};

// When a page shows what it is for, counted from the beginning of its navigation
window.benchShown = (selector) =>
  new Promise((done) => {
    function look() {
      if (document.querySelector(selector))
        setTimeout(() => done(performance.now()));
      else requestAnimationFrame(look);
    }
    look();
  });
