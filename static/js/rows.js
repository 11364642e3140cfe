// Rows of a form: add a row at the end, remove a row.
(() => {
  function blank(row) {
    const fresh = row.cloneNode(true);
    for (const control of fresh.querySelectorAll('input, select')) {
      control.value = '';
      control.removeAttribute('aria-invalid');
    }
    return fresh;
  }
  document.addEventListener('click', event => {
    const adds = event.target.closest('[data-row-add]');
    const drops = event.target.closest('[data-row-drop]');
    const body = (adds || drops)?.closest('[data-rows]').querySelector('tbody');
    if (!body) return;
    if (adds) {
      body.append(blank(body.lastElementChild));
      body.lastElementChild.querySelector('input, select').focus();
    } else {
      const row = drops.closest('tr');
      if (body.children.length === 1) body.append(blank(row));
      row.remove();
    }
    body.dispatchEvent(new Event('input', { bubbles: true }));
  });
})();
