// Work list: tick all rows of the page, show their number, apply filters when chosen. The list works without this file.
const bulk = document.querySelector('[data-bulk]');
const boxes = [...document.querySelectorAll('input[name=rowid]')];
const all = document.querySelector('[data-pick-all]');
const whole = bulk?.querySelector('[name=all_of_filter]');

function show() {
  const picked = boxes.filter(box => box.checked).length;
  const everything = whole?.checked;
  for (const box of boxes) box.closest('tr').classList.toggle('picked', box.checked);
  all.checked = picked > 0 && picked === boxes.length;
  all.indeterminate = picked > 0 && picked < boxes.length;
  const some = picked > 0 || everything;
  bulk.classList.toggle('picked', some);
  bulk.classList.toggle('waiting', !some);
  bulk.querySelector('[data-picked]').textContent = everything ? '' : picked ? `已选 ${picked} 项` : '勾选后可批量办理';
  for (const button of bulk.querySelectorAll('button')) button.disabled = !some;
}

if (bulk) {
  let last = null;
  const tick = ticked => { for (const box of boxes) box.checked = ticked; };
  const some = () => { if (whole && boxes.some(box => !box.checked)) whole.checked = false; };
  all.addEventListener('change', () => {
    tick(all.checked);
    some();
    show();
  });
  // "All of the filter" ticks the rows of this page too; unticking one row keeps the other rows of the page.
  whole?.addEventListener('change', () => tick(whole.checked));
  for (const box of boxes) {
    box.addEventListener('click', event => {
      // Shift also ticks the rows in between, as in a mail program.
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
      }
      last = box;
      some();
      show();
    });
  }
  bulk.addEventListener('change', show);
  addEventListener('pageshow', show);
  show();
}

const filters = document.querySelector('[data-filters]');
if (filters) {
  // Each press of an arrow key changes a closed select, so only a choice by pointer applies at once.
  let keyed = false;
  filters.addEventListener('keydown', () => { keyed = true; });
  filters.addEventListener('pointerdown', () => { keyed = false; });
  filters.addEventListener('change', event => {
    if (event.target.matches('select') && !keyed) filters.requestSubmit();
  });
  // Leave empty controls out of the URL, so that it is short enough for a bookmark.
  filters.addEventListener('submit', () => {
    for (const control of filters.querySelectorAll('[name]')) control.disabled = control.value === '';
  });
  addEventListener('pageshow', () => {
    for (const control of filters.querySelectorAll('[name]')) control.disabled = false;
  });
}
