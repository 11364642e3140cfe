// Forms: character counters, focus on the first problem, and a warning before unsaved text is lost.
(() => {
  const length = text => [...text.trim()].length;
  // Blanks, line breaks and invisible characters do not count (seen_characters in rules/validators.py).
  const unseen = /[\s\p{Z}\p{C}\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
  const words = text => length(text.replace(unseen, ''));

  function count(counter) {
    const area = document.getElementById(counter.dataset.counter);
    if (!area) return;
    const show = () => {
      const written = words(area.value);
      const least = Number(area.dataset.shortest || 0);
      const most = area.maxLength > 0 ? area.maxLength : 0;
      const short = least - written;
      counter.classList.toggle('short', written > 0 && short > 0);
      if (short > 0) counter.textContent = written ? `已写 ${written} 字，还差 ${short} 字` : `不少于 ${least} 字`;
      else counter.textContent = most ? `已写 ${length(area.value)} / ${most}` : `已写 ${written} 字`;
    };
    area.addEventListener('input', show);
    show();
  }

  // Show the fields of a list row that belong to the kind chosen in it.
  function showKind(select) {
    for (const control of select.form.querySelectorAll('[data-kinds]')) {
      const asked = control.dataset.kinds.split('|').includes(select.value);
      control.closest('.field').hidden = !asked;
    }
  }

  document.addEventListener('change', event => {
    if (event.target.matches('select[name=kind]')) showKind(event.target);
  });

  function prepare(root) {
    for (const select of root.querySelectorAll('select[name=kind]')) showKind(select);
    for (const counter of root.querySelectorAll('[data-counter]')) count(counter);
  }

  prepare(document);
  document.addEventListener('filled', event => prepare(event.detail));

  // A link of the summary focuses its field.
  document.addEventListener('click', event => {
    const link = event.target.closest('.problems a[href^="#"], .section-index a[href^="#"]');
    const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    history.replaceState(null, '', link.hash);
    const inside = target.matches('input, select, textarea, button, a') ? target : null;
    (inside?.closest('.field') || target).scrollIntoView({ block: inside ? 'center' : 'start', behavior: 'smooth' });
    if (!inside) target.tabIndex = -1;
    (inside || target).focus({ preventScroll: true });
  });

  const wrong = document.querySelector('main form [aria-invalid=true]') || document.querySelector('[data-first-problem]');
  if (wrong && !location.hash) wrong.focus();

  // Unsaved text: the browser asks before leaving the page.
  let dirty = false;
  document.addEventListener('input', event => {
    if (event.target.closest('form[data-guard]')) dirty = true;
  });
  document.addEventListener('submit', event => {
    if (event.target.matches('form[data-guard]') && !event.defaultPrevented) dirty = false;
  });
  document.addEventListener('saved', () => { dirty = false; });
  addEventListener('leaving', () => { dirty = false; });
  addEventListener('beforeunload', event => {
    if (dirty) event.preventDefault();
  });

  // Send a form once, even if the button is pressed several times.
  document.addEventListener('submit', event => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post') return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  // After a new sign-in in another window, the answer to a form with the old CSRF token contains the new token.
  document.addEventListener('signed-in-anew', event => {
    for (const each of document.querySelectorAll('input[name=csrf_token]')) each.value = event.detail;
  });

  // Put files dropped on a drop zone into its input.
  for (const kind of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(kind, event => {
      const zone = event.target.closest?.('.drop');
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle('over', kind === 'dragover');
      const input = zone.querySelector('input[type=file]');
      if (kind === 'drop' && input) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      }
    });
  }
})();
