// Period of a public notice: when the first day is chosen, show the earliest last day, the proposed wording, and why the
// notice cannot be passed yet. A wording typed by hand stays; a hint appears where it names other days.
(() => {
  const form = document.querySelector('[data-period]');
  if (!form) return;
  const { starts_on: begins, ends_on: ends } = form.elements;
  // The reason of a rejection is no wording of the notice: it is not proposed and may name any days.
  const opinion = 'reason' in form.dataset ? null : form.elements.opinion;
  // A message about the chosen period replaces the general hint.
  const said = document.getElementById(`${ends.id}-hint`);
  said.setAttribute('role', 'status');
  let proposed = form.dataset.wording || '';
  let asked = 0;
  let answered = Promise.resolve();

  // --- the wording ---
  const other = Object.assign(document.createElement('p'), { className: 'field-warn', hidden: true });
  other.setAttribute('role', 'status');
  const anew = Object.assign(document.createElement('button'), { className: 'act', type: 'button', textContent: '重新生成' });
  other.append('意见中的日期与所选公示时间不一致。', anew);
  opinion?.after(other);
  const day = value => value.replace(/^(\d+)-(\d+)-(\d+)$/, '$1年$2月$3日');
  function compare() {
    if (!opinion) return;
    const named = /\d{4}年\d{1,2}月\d{1,2}日/.test(opinion.value);
    other.hidden = !named || opinion.value.includes(`${day(begins.value)}至${day(ends.value)}`);
  }
  function write(words) {
    proposed = opinion.value = words;
    opinion.dispatchEvent(new Event('input', { bubbles: true }));
  }
  anew.addEventListener('click', () => {
    write(proposed);
    opinion.focus();
  });
  opinion?.addEventListener('input', compare);

  // --- consequences of the period ---
  function judge(refusal) {
    for (const each of document.querySelectorAll('[data-refused]')) each.hidden = !refusal;
    for (const each of document.querySelectorAll('[data-why]')) each.textContent = refusal;
    for (const each of document.querySelectorAll('[data-allowed]')) each.hidden = each.disabled = Boolean(refusal);
  }

  async function ask(chosen) {
    if (!begins.value) return;
    const turn = ++asked;
    const url = new URL(form.dataset.period, location.href);
    url.searchParams.set('starts_on', begins.value);
    if (chosen === ends && ends.value) url.searchParams.set('ends_on', ends.value);
    const answer = await fetch(url, { headers: { Accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) return;
    const told = await answer.json();
    if (turn !== asked) return;
    ends.value = told.ends_on;
    said.textContent = told.sentence;
    const printed = form.querySelector('[data-printed]');
    if (printed) printed.hidden = printed.dataset.printed !== `${begins.value} ${ends.value}`;
    if ('refusal' in told) judge(told.refusal);
    const example = form.querySelector('[data-example]');
    if (example) example.textContent = told.wording || '';
    else if (opinion && told.wording) {
      // Update the wording with the period until the user has edited it.
      if (!opinion.value || opinion.value === proposed) write(told.wording);
      proposed = told.wording;
    }
    compare();
  }
  begins.addEventListener('change', () => { answered = ask(begins); });
  ends.addEventListener('change', () => { answered = ask(ends); });
  document.addEventListener('before-leaving', event => { event.detail.push(answered); });
  compare();
})();
