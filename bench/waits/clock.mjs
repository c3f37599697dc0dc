// A virtual clock: once the event loop is idle, it advances to the next timer. The timers are in a heap,
// so that the clock costs little.

export function virtualClock() {
  let now = 0;
  let busy = 0;
  let planned = false;
  const heap = [];

  const before = (a, b) => heap[a].at < heap[b].at;
  const swap = (a, b) => ([heap[a], heap[b]] = [heap[b], heap[a]]);
  function push(sleeper) {
    let place = heap.push(sleeper) - 1;
    while (place > 0 && before(place, (place - 1) >> 1)) {
      swap(place, (place - 1) >> 1);
      place = (place - 1) >> 1;
    }
  }
  function pop() {
    swap(0, heap.length - 1);
    const first = heap.pop();
    for (let place = 0; ;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < heap.length && before(child, least)) least = child;
      }
      if (least === place) return first;
      swap(place, least);
      place = least;
    }
  }

  function jump() {
    planned = false;
    if (busy > 0 || heap.length === 0) return;
    now = Math.max(now, heap[0].at);
    while (heap.length > 0 && heap[0].at <= now) pop().wake();
    later();
  }
  function later() {
    if (planned) return;
    planned = true;
    // Twice, because a woken task may itself wait for the next iteration of the event loop.
    setImmediate(() => setImmediate(jump));
  }

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        signal?.addEventListener("abort", wake);
        push({ at: now + ms, wake });
        later();
      }),
    /** The clock does not advance while this runs. */
    during:
      (work) =>
      async (...args) => {
        busy++;
        try {
          return await work(...args);
        } finally {
          busy--;
          later();
        }
      },
  };
}
