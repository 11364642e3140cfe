// The period of a public notice: once its beginning is chosen, the earliest end and the wording stand in the form.
(() => {
  const form = document.querySelector('[data-period]');
  if (!form) return;
  const { starts_on: begins, ends_on: ends, opinion } = form.elements;
  const said = Object.assign(document.createElement('p'), { className: 'field-hint' });
  said.setAttribute('role', 'status');
  ends.after(said);
  let proposed = opinion?.value || '';

  async function ask(chosen) {
    if (!begins.value) return;
    const url = new URL(form.dataset.period, location.href);
    url.searchParams.set('starts_on', begins.value);
    if (chosen === ends && ends.value) url.searchParams.set('ends_on', ends.value);
    const answer = await fetch(url, { headers: { Accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) return;
    const told = await answer.json();
    ends.value = told.ends_on;
    said.textContent = told.sentence;
    // The wording follows the period until someone has edited it.
    if (opinion && told.wording && opinion.value === proposed) {
      proposed = opinion.value = told.wording;
      opinion.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }
  begins.addEventListener('change', () => ask(begins));
  ends.addEventListener('change', () => ask(ends));
})();
