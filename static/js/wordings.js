// 套用意见: write the chosen wording into the field. A bulk form shows the placeholders filled in for the first row.
(() => {
  for (const picker of document.querySelectorAll('[data-wording-of]')) {
    picker.hidden = false;
    picker.addEventListener('change', event => {
      event.stopPropagation();
      const area = document.getElementById(picker.dataset.wordingOf);
      if (!picker.value) return;
      area.value = area.value.trim() ? `${area.value.trim()}\n${picker.value}` : picker.value;
      picker.value = '';
      area.dispatchEvent(new Event('input', { bubbles: true }));
      area.focus();
    });
  }

  const form = document.querySelector('[data-words]');
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  for (const area of form.querySelectorAll('textarea')) {
    const shown = Object.assign(document.createElement('p'), { className: 'field-hint' });
    area.after(shown);
    const show = () => {
      const filled = area.value.replace(/\{([^{}]*)\}/g, (whole, name) => words[name] ?? whole);
      shown.hidden = filled === area.value;
      shown.textContent = `示例（${form.dataset.exampleOf}）：${filled}（${[...filled].length} 字）`;
    };
    area.addEventListener('input', show);
    show();
  }
})();
