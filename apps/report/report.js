'use strict';
// Hover and touch: shows the values behind the mark under, or nearest to, the pointer. Only textContent is
// written. The title elements move into this map, so that the browser does not show them a second time.
(() => {
  const tips = new WeakMap();
  for (const title of document.querySelectorAll('svg.chart title')) {
    tips.set(title.parentNode, title.textContent);
    title.remove();
  }
  for (const svg of document.querySelectorAll('svg.chart')) tips.delete(svg);

  const box = document.getElementById('tip');
  let lit = null;

  const hide = () => {
    box.hidden = true;
    if (lit) lit.classList.remove('lit');
    lit = null;
  };

  const show = (mark, x, y) => {
    if (lit !== mark) {
      hide();
      lit = mark;
      mark.classList.add('lit');
      box.textContent = tips.get(mark);
    }
    box.hidden = false;
    const wide = document.documentElement.clientWidth;
    const high = document.documentElement.clientHeight;
    const w = box.offsetWidth;
    const h = box.offsetHeight;
    const left = x + 16 + w > wide - 8 ? x - 16 - w : x + 16;
    const top = y + 16 + h > high - 8 ? y - 16 - h : y + 16;
    box.style.left = Math.max(8, Math.min(left, wide - w - 8)) + 'px';
    box.style.top = Math.max(8, Math.min(top, high - h - 8)) + 'px';
  };

  // The mark under the pointer, or the nearest one within a finger's width.
  const find = (target, x, y) => {
    const svg = target.closest('svg.chart');
    if (!svg) return null;
    let best = null;
    let distance = 18;
    for (const mark of svg.getElementsByClassName('pt')) {
      if (!tips.has(mark)) continue;
      const r = mark.getBoundingClientRect();
      const d = Math.hypot(x - (r.left + r.right) / 2, y - (r.top + r.bottom) / 2);
      if (d < distance) {
        distance = d;
        best = mark;
      }
    }
    if (best) return best;
    for (let e = target; e && e !== svg; e = e.parentNode) if (tips.has(e)) return e;
    return null;
  };

  let frame = 0;
  const follow = (event) => {
    const { target, clientX, clientY } = event;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const mark = target.closest ? find(target, clientX, clientY) : null;
      if (mark) show(mark, clientX, clientY);
      else hide();
    });
  };
  document.addEventListener('pointermove', follow);
  document.addEventListener('pointerdown', follow);
  document.addEventListener('scroll', hide, { passive: true });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
})();

// Sorting: numbers by their full value in data-v, texts by themselves; empty cells stay last.
(() => {
  const key = (row, column) => {
    const cell = row.cells[column];
    const text = cell.textContent.trim();
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return text === '' || text === '–' ? null : text;
  };
  const compare = (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  };
  for (const table of document.querySelectorAll('table.sortable')) {
    table.tHead.addEventListener('click', (event) => {
      const head = event.target.closest('th');
      if (!head) return;
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [key(row, head.cellIndex), row]);
      rows.sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null);
        return down ? compare(b, a) : compare(a, b);
      });
      body.append(...rows.map(([, row]) => row));
    });
  }
})();
