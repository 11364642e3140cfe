// The declaration form: dependent choices, suggestions while typing, automatic saving when the user pauses, and error
// messages at the fields that were filled in.
(() => {
  'use strict';
  const form = document.querySelector('[data-declaration]');
  if (!form) return;
  const STEPS = ['series', 'level', 'title', 'speciality'];
  const select = (step) => document.getElementById(`target-${step}`);
  const saved = document.getElementById('saved');
  const touched = new Set();

  function offer(control, names) {
    const chosen = control.value;
    control.replaceChildren(new Option('请选择', ''), ...names.map((name) => new Option(name, name)));
    control.value = names.includes(chosen) ? chosen : '';
  }

  async function narrow() {
    const chosen = new URLSearchParams(STEPS.map((step) => [step, select(step).value]));
    const answer = await fetch(`${form.dataset.narrow}?${chosen}`, { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const offered = await answer.json();
    STEPS.forEach((step) => offer(select(step), offered[step]));
  }

  async function suggest(control) {
    const asked = new URLSearchParams({ source: control.dataset.suggest, text: control.value });
    const answer = await fetch(`${form.dataset.suggestUrl}?${asked}`).catch(() => null);
    if (!answer?.ok) return;
    if (!control.list) {
      const list = Object.assign(document.createElement('datalist'), { id: `${control.id}-list` });
      control.after(list);
      control.setAttribute('list', list.id);
    }
    control.list.replaceChildren(...(await answer.json()).map((word) => new Option(word)));
  }

  // Return true if the choices require other sections than the page shows; the page is then reloaded.
  function sectionsChanged(sections) {
    const shown = [...document.querySelectorAll('#section-index a')].map((link) => link.hash.slice(1));
    return sections.map(({ anchor }) => anchor).join() !== shown.join();
  }

  function showIndex(sections) {
    sections.forEach(({ anchor, state, text }) => {
      const link = document.querySelector(`#section-index a[href="#${anchor}"]`);
      if (!link) return;
      link.parentElement.className = state;
      link.querySelector('.mark').textContent = text;
    });
  }

  // Show errors at once at fields that were filled in; show none at fields that the user has not reached.
  function showProblem(control, text) {
    const field = control.closest('.field');
    const id = `${control.id}-error`;
    let line = document.getElementById(id);
    field.classList.toggle('field-wrong', Boolean(text));
    if (!text) {
      line?.remove();
      control.removeAttribute('aria-invalid');
      return;
    }
    if (!line) {
      line = Object.assign(document.createElement('p'), { id, className: 'field-error' });
      line.setAttribute('role', 'status');
      field.append(line);
    }
    if (line.textContent !== text) line.textContent = text;
    control.setAttribute('aria-invalid', 'true');
    const known = (control.getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
    if (!known.includes(id)) control.setAttribute('aria-describedby', [...known, id].join(' '));
  }

  function showProblems(problems) {
    const wrong = new Map(problems.map(({ url, text }) => [url.slice(1), text]));
    const shown = new Set([...touched, ...[...form.querySelectorAll('[aria-invalid=true]')].map((control) => control.id)]);
    for (const id of shown) {
      const control = document.getElementById(id);
      if (control?.closest('.field')) showProblem(control, wrong.get(id) || '');
    }
  }

  function showFilled(filled) {
    for (const [id, value] of Object.entries(filled)) {
      const control = document.getElementById(id);
      if (control && !control.value && value) control.value = value;
    }
  }

  let timer = 0;
  let running = Promise.resolve();
  let leaving = false;

  async function save() {
    if (leaving) return;
    const answer = await fetch(form.action || location.href, {
      method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' },
    }).catch(() => null);
    if (!answer) { saved.textContent = '未能自动保存：网络中断，内容仍在本页，请稍后点击“暂存”'; return; }
    if (answer.status === 409) { saved.textContent = '未自动保存：此申报已在别处修改，点击“暂存”可比较两处内容'; return; }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      saved.textContent = '有内容格式不正确，尚未自动保存';
      showRefused(said.errors || {});
      return;
    }
    form.elements.version.value = said.version;
    saved.textContent = `${said.saved} 已自动保存`;
    if (sectionsChanged(said.sections)) {
      leaving = true;
      dispatchEvent(new Event('leaving'));
      location.reload();
      return;
    }
    showIndex(said.sections);
    showFilled(said.filled);
    showProblems(said.problems);
    form.dispatchEvent(new CustomEvent('saved', { bubbles: true }));
  }

  // The answer lists values that cannot be saved (a day that does not exist) by section and field.
  function showRefused(errors) {
    for (const [section, fields] of Object.entries(errors)) {
      for (const [name, sentences] of Object.entries(fields)) {
        const control = document.getElementById(`${section}-${name}`);
        if (control?.closest('.field')) showProblem(control, [sentences].flat().join('；'));
      }
    }
  }

  function soon() {
    clearTimeout(timer);
    saved.textContent = '正在填写，稍后自动保存';
    timer = setTimeout(() => { running = running.then(save); }, 1500);
  }

  document.addEventListener('before-leaving', event => {
    clearTimeout(timer);
    running = running.then(save);
    event.detail.push(running);
  });

  form.addEventListener('input', (event) => {
    soon();
    if (event.target.dataset.suggest) suggest(event.target);
  });
  form.addEventListener('change', (event) => {
    touched.add(event.target.id);
    soon();
    if (STEPS.some((step) => event.target === select(step))) narrow();
  });
  form.addEventListener('submit', () => { leaving = true; clearTimeout(timer); });
})();
