// The declaration form: choices that narrow each other, and saving by itself while the user pauses.
(() => {
  'use strict';
  const form = document.querySelector('[data-declaration]');
  if (!form) return;
  const STEPS = ['series', 'level', 'title', 'speciality'];
  const select = (step) => document.getElementById(`target-${step}`);
  const saved = document.getElementById('saved');

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

  function showIndex(sections) {
    sections.forEach(({ anchor, state, text }) => {
      const link = document.querySelector(`#section-index a[href="#${anchor}"]`);
      if (!link) return;
      link.parentElement.className = state;
      link.querySelector('.mark').textContent = text;
    });
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
    if (!answer.ok) { saved.textContent = '有内容格式不正确，尚未自动保存'; return; }
    form.elements.version.value = said.version;
    saved.textContent = `${said.saved} 已自动保存`;
    showIndex(said.sections);
    form.dispatchEvent(new CustomEvent('saved', { bubbles: true }));
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

  form.addEventListener('input', soon);
  form.addEventListener('change', (event) => {
    soon();
    if (STEPS.some((step) => event.target === select(step))) narrow();
  });
  form.addEventListener('submit', () => { leaving = true; clearTimeout(timer); });
})();
